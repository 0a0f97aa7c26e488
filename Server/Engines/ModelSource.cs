using Molmo.Demo.Server.ModelHub;

namespace Molmo.Demo.Server.Engines;

/// <summary>
/// From the setting's text to a folder with a checkpoint: the shipped one, a folder, or a model of the Hub.
/// </summary>
internal sealed class ModelSource
{
    private readonly TimeProvider _time;

    /// <param name="setting">The text.</param>
    /// <param name="time">Measures the rate.</param>
    /// <param name="where">Where it was given, for the refusal.</param>
    /// <exception cref="StartupException">The text is neither a folder that exists nor a model's name.</exception>
    public ModelSource(string setting, TimeProvider time, string where)
    {
        Model = HubModel.Parse(setting) ?? throw Missing(setting, where);
        _time = time;
    }

    /// <summary>The checkpoint shipped with the program.</summary>
    public static string DefaultFolder { get; } = Path.Combine(AppContext.BaseDirectory, "models", "molmo-tiny");

    /// <summary>What is to be fetched.</summary>
    public HubModel Model { get; }

    /// <summary>
    /// The folder where there is one already, the Hub cache included; null where the model must be fetched.
    /// </summary>
    /// <param name="setting">The text; null for the shipped one.</param>
    /// <param name="where">Where it was given, for the refusal.</param>
    /// <exception cref="StartupException">The text is neither a folder that exists nor a model's name.</exception>
    public static string? FindFolder(string? setting, string where)
    {
        if (setting is null) return DefaultFolder;
        if (Directory.Exists(setting)) return Path.GetFullPath(setting);
        var model = HubModel.Parse(setting) ?? throw Missing(setting, where);
        try
        {
            return new HubCache(HubSettings.FromEnvironment().Cache).FindSnapshot(model) is { } snapshot
                && HubFetch.IsComplete(snapshot) ? snapshot : null;
        }
        catch (ModelHubException e)
        {
            throw new StartupException(e.Message, e);
        }
    }

    /// <summary>The folder, fetched where it is not here.</summary>
    /// <exception cref="StartupException">It cannot be had.</exception>
    public static async Task<string> FindOrFetchAsync(
        MolmoOptions options, IProgress<FetchProgress>? progress, CancellationToken cancellationToken)
        => FindFolder(options.Model, options.ModelSwitch)
            ?? await new ModelSource(options.Model!, TimeProvider.System, options.ModelSwitch)
                .FetchAsync(progress, cancellationToken);

    /// <summary>Brings the model into the Hub cache.</summary>
    /// <returns>Its folder.</returns>
    /// <exception cref="StartupException">It cannot be had; the message says why and what was kept.</exception>
    public async Task<string> FetchAsync(IProgress<FetchProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            return await new HubFetch(HubSettings.FromEnvironment(), _time)
                .RunAsync(Model, progress, cancellationToken);
        }
        catch (ModelHubException e)
        {
            throw new StartupException(e.Message, e);
        }
    }

    private static StartupException Missing(string setting, string where)
        => new($"The model folder {Path.GetFullPath(setting)} does not exist. Give a folder in Hugging Face layout, "
            + $"or OWNER/NAME of the Hub, with {where}.");
}
