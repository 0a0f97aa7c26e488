using System.Globalization;
using System.Text.Json;
using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Server.Hosting;

/// <summary>What pages say about the model: its name, and for the embedded one how little it knows.</summary>
internal sealed class ModelNotice : IServerInfo
{
    public ModelNotice(MolmoOptions options)
    {
        if (options.Role == ServerRole.Web)
            Current = new ServerInfo("Molmo", options.Inference?.Host, null);
        else if (options.Model is { } folder)
            Current = new ServerInfo(Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)), null, null);
        else
            Current = new ServerInfo("molmo-tiny", null, Hint(Path.Combine(AppContext.BaseDirectory, "models", "molmo-tiny", "labels.json")));
    }

    public ServerInfo Current { get; }

    private static string Hint(string labels)
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(labels));
        var count = file.RootElement.GetProperty("labels").GetArrayLength();
        return string.Create(CultureInfo.InvariantCulture,
            $"The small built-in model knows {count} simple shapes and symbols; for photographs start the server with real Molmo weights: --model FOLDER.");
    }
}
