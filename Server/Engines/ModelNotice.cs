namespace Molmo.Demo.Server.Engines;

/// <summary>
/// What pages say about the model: its name and device, and for the embedded one how little it knows.
/// </summary>
/// <param name="options">Which model.</param>
/// <param name="engine">The engine of this process; null where it has none.</param>
internal sealed class ModelNotice(MolmoOptions options, EngineHost? engine = null) : IServerInfo
{
    private const string Embedded = "molmo-tiny";

    private readonly Fact? _hint = options.Model is null
        ? Hint(Path.Combine(AppContext.BaseDirectory, "models", Embedded, "labels.json"))
        : null;

    public ServerInfo Current => engine is { IsReady: true, Loaded.Result: { } model }
        ? new ServerInfo(model.Name, model.Device, _hint) { KeepHours = options.KeepHours, Precision = model.Precision }
        : new ServerInfo(Name, null, _hint) { KeepHours = options.KeepHours };

    private string Name
        => options.Model is { } folder ? Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)) : Embedded;

    private static SmallModel Hint(string labels)
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(labels));
        var count = file.RootElement.GetProperty("labels").GetArrayLength();
        return new SmallModel(count);
    }
}
