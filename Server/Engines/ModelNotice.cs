namespace Molmo.Demo.Server.Engines;

/// <summary>What pages say about the model: its name and device, and what it says that it knows.</summary>
/// <param name="options">Which model.</param>
/// <param name="engine">The engine of this process; null where it has none.</param>
internal sealed class ModelNotice(MolmoOptions options, EngineHost? engine = null) : IServerInfo
{
    public ServerInfo Current => engine is { IsReady: true, Loaded.Result: { } model }
        ? Of(model.Name, model.Device) with { Precision = model.Precision }
        : Of(Name, null);

    private string Name => Path.GetFileName(options.Model is { } folder
        ? Path.TrimEndingDirectorySeparator(folder) : ModelSource.DefaultFolder);

    private ServerInfo Of(string name, Fact? device) => new(name, device)
    {
        KeepHours = options.KeepHours,
        Revision = engine?.Revision,
        Knows = engine?.Knows,
    };
}
