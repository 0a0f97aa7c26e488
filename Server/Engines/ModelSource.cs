using Molmo.Demo.Server.ModelHub;

namespace Molmo.Demo.Server.Engines;

/// <summary>
/// From the setting's text to a folder with a checkpoint: the shipped one, a folder, or a model of the Hub.
/// </summary>
internal sealed class ModelSource
{
    private readonly MolmoOptions _options;
    private readonly TimeProvider _time;

    /// <param name="options">Which model, where it was given, and how long the Hub is waited for.</param>
    /// <param name="time">Measures the rate.</param>
    /// <exception cref="StartupException">The text is neither a folder that exists nor a model's name.</exception>
    public ModelSource(MolmoOptions options, TimeProvider time)
    {
        Model = HubModel.Parse(options.Model) ?? throw Missing(options.Model!, options.ModelSwitch);
        _options = options;
        _time = time;
    }

    /// <summary>The checkpoint shipped with the program.</summary>
    public static string DefaultFolder { get; } = Path.Combine(AppContext.BaseDirectory, "models", "molmo-tiny");

    /// <summary>What is to be fetched.</summary>
    public HubModel Model { get; }

    /// <summary>
    /// The folder where there is one already, the Hub cache included; null where the model must be fetched.
    /// </summary>
    /// <param name="options">Which model; none for the shipped one.</param>
    /// <exception cref="StartupException">The text is neither a folder that exists nor a model's name.</exception>
    public static string? FindFolder(MolmoOptions options)
    {
        if (options.Model is not { } setting) return DefaultFolder;
        if (Directory.Exists(setting)) return Path.GetFullPath(setting);
        var model = HubModel.Parse(setting) ?? throw Missing(setting, options.ModelSwitch);
        try
        {
            return new HubCache(HubSettings.FromEnvironment().Cache).FindSnapshot(model) is { } snapshot
                && HubSnapshot.IsComplete(snapshot) ? snapshot : null;
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
        => FindFolder(options)
            ?? await new ModelSource(options, TimeProvider.System).FetchAsync(progress, cancellationToken);

    /// <summary>What the environment says of the Hub, and the settings of how long it is waited for.</summary>
    /// <exception cref="ModelHubException">A value of the environment is not valid.</exception>
    public static HubSettings HubOf(MolmoOptions options) => HubSettings.FromEnvironment() with
    {
        Limits = new HubLimits
        {
            Connect = TimeSpan.FromSeconds(options.HubConnectSeconds),
            Answer = TimeSpan.FromSeconds(options.HubAnswerSeconds),
            Stall = TimeSpan.FromSeconds(options.HubStallSeconds),
            GiveUp = TimeSpan.FromSeconds(options.HubGiveUpSeconds),
        },
    };

    /// <summary>Brings the model into the Hub cache.</summary>
    /// <returns>Its folder.</returns>
    /// <exception cref="StartupException">It cannot be had; the message says why and what was kept.</exception>
    public async Task<string> FetchAsync(IProgress<FetchProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            return await new HubFetch(HubOf(_options), _time).RunAsync(Model, progress, cancellationToken);
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
