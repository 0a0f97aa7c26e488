using System.Globalization;

namespace Molmo.Demo.Server.Hosting;

/// <summary>What the program says when it has started.</summary>
internal static class StartNotice
{
    public static void Write(WebApplication app, MolmoOptions options, TextWriter output)
    {
        // A test host listens nowhere and has no reader.
        if (app.Urls.Count == 0) return;
        var host = app.Services.GetService<EngineHost>();
        var second = app.Services.GetService<Checkpoints>()?.Second;
        var text = string.Create(CultureInfo.InvariantCulture, $"""

            Molmo.Demo
              Address  {string.Join(", ", app.Urls)}
              Model    {host?.ModelName ?? $"answers come from {options.Inference}"}{(second is null ? "" : $"\n  Compare  {second.ModelName}")}
              Device   {host?.Device ?? "the inference machine's"}
              Data     {Path.GetFullPath(options.Data)}

            """);
        output.WriteLine(text);
    }
}
