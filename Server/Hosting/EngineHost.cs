using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Localization;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Server.ModelHub;
using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Server.Hosting;

/// <summary>
/// Keeps this process's model. The checkpoint is opened before the server listens, so that a broken one is refused at the
/// start; its weights load in the background while pages are already served. A model of the Hub that is not in the cache is
/// fetched in the background first.
/// </summary>
/// <param name="options">Which model, and how it is kept.</param>
/// <param name="logger">Told what was loaded, or why not.</param>
/// <param name="time">Measures how long it takes.</param>
/// <param name="terminal">Told how far it is.</param>
/// <param name="memory">Memory shared with the other checkpoint; null where this is the only one.</param>
/// <param name="first">
/// For a second checkpoint, the host of the first: it is loaded before this one, and whatever is wrong with this one is no reason
/// not to start.
/// </param>
public sealed class EngineHost(
    MolmoOptions options, ILogger<EngineHost> logger, TimeProvider? time = null, ProgressLine? terminal = null, ModelMemory? memory = null, EngineHost? first = null)
    : IHostedService, IDisposable
{
    // A model that is loaded sooner needs no word about it.
    private static readonly TimeSpan QuietStart = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly TaskCompletionSource<LoadedModel> _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();

    private volatile ModelProgress? _progress;
    private long _loadingSince;
    private Task _loading = Task.CompletedTask;
    private Task? _ending;

    /// <summary>Whether questions are answered at once.</summary>
    public bool IsReady => Loaded.IsCompletedSuccessfully;

    /// <summary>Why the model will never be ready: a sentence for the person. Null while it loads and when it is ready.</summary>
    public string? Trouble { get; private set; }

    /// <summary>How far the model is; null once it is ready or in trouble.</summary>
    public ModelProgress? Progress => Loaded.IsCompleted ? null : _progress;

    /// <summary>What it is doing while it is neither ready nor in trouble: a sentence for the person, in English as all that pages translate.</summary>
    public string Doing => Progress is { Stage: ModelStage.Fetching } fetch
        ? Fetching(fetch)
        : "The model is loading. You can ask already; the answer begins as soon as it is ready.";

    /// <summary>How its weights are to be kept, such as <c>int4</c>.</summary>
    public string Form { get; } = options.Weights.ToString().ToLowerInvariant();

    internal static string Fetching(ModelProgress fetch) => Texts.InEnglish(() => ModelWords.Doing(fetch));

    /// <summary>Seconds that loading the weights took; 0 before they are loaded.</summary>
    public double LoadSeconds { get; private set; }

    /// <summary>Name of the checkpoint for people, known from the start on.</summary>
    public string? ModelName { get; private set; }

    /// <summary>Name of the checkpoint: the folder's, or owner/name.</summary>
    public string Name { get; private set; } = NameOf(options.Model);

    /// <summary>Stands for its content; null until it is opened.</summary>
    public string? Revision { get; private set; }

    /// <summary>What it computes on.</summary>
    public string Device { get; } = ManagedModelRunner.DeviceOf(options.Threads);

    /// <summary>The model, warmed up. Fails with a <see cref="StartupException"/> where the weights cannot be loaded.</summary>
    public Task<LoadedModel> Loaded => _loaded.Task;

    /// <exception cref="StartupException">There is no such checkpoint, or it is broken, and it is the first.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            Begin();
        }
        catch (StartupException e) when (first is not null)
        {
            Fail(e);
        }
        return Task.CompletedTask;
    }

    /// <summary>Ends all answers and gives the memory back. Called again, it waits for the same.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_gate) return _ending ??= EndAsync();
    }

    public void Dispose() => _stop.Dispose();

    private static string NameOf(string? setting) => setting is null ? Path.GetFileName(ModelSource.DefaultFolder)
        : !Directory.Exists(setting) && HubModel.Parse(setting) is { } model ? model.Repository
        : Path.GetFileName(Path.TrimEndingDirectorySeparator(setting)) is { Length: > 0 } name ? name : setting;

    private void Begin()
    {
        if (ModelSource.FindFolder(options.Model, options.ModelSwitch) is { } folder)
        {
            var checkpoint = ModelLoader.Open(folder, options);
            BeginLoading(checkpoint);
            if (first is not null) memory?.Reserve(ModelLoader.LeastBytes(checkpoint, options));
            _loading = Task.Run(() => LoadAsync(_ => Task.FromResult(checkpoint), _stop.Token), CancellationToken.None);
        }
        else
        {
            var fetch = new ModelSource(options.Model!, _time, options.ModelSwitch);
            ModelName = $"{fetch.Model} (being fetched)";
            Show(new ModelProgress(ModelStage.Fetching, fetch.Model.ToString(), 0));
            _loading = Task.Run(() => LoadAsync(token => FetchAsync(fetch, token), _stop.Token), CancellationToken.None);
        }
    }

    private async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _loading;
        if (IsReady) await (await Loaded).DisposeAsync();
    }

    private async Task<Checkpoint> FetchAsync(ModelSource source, CancellationToken cancellationToken)
    {
        var checkpoint = ModelLoader.Open(await source.FetchAsync(new FetchReport(this), cancellationToken), options);
        terminal?.End();
        BeginLoading(checkpoint);
        return checkpoint;
    }

    private void BeginLoading(Checkpoint checkpoint)
    {
        ModelName = $"{checkpoint.Name} ({checkpoint.Revision})";
        (Name, Revision) = (checkpoint.Name, checkpoint.Revision);
        _loadingSince = _time.GetTimestamp();
        _progress = new ModelProgress(ModelStage.Loading, checkpoint.Name, 0);
    }

    private void Show(ModelProgress progress)
    {
        _progress = progress;
        if (progress.Stage == ModelStage.Fetching || _time.GetElapsedTime(_loadingSince) > QuietStart)
            terminal?.Say(ModelWords.Line(progress), isLast: progress.Share >= 1);
    }

    private async Task LoadAsync(Func<CancellationToken, Task<Checkpoint>> open, CancellationToken cancellationToken)
    {
        LoadedModel? model = null;
        try
        {
            var checkpoint = await open(cancellationToken);
            if (first is not null) await TakeTurnAsync(first, checkpoint, cancellationToken);
            model = ModelLoader.Load(checkpoint, options, new LoadReport(this), note => logger.LogWarning("{Note}", note), cancellationToken, memory);
            terminal?.End();
            LoadSeconds = _time.GetElapsedTime(_loadingSince).TotalSeconds;
            LogWeights(model);
            await ModelLoader.WarmUpAsync(model, cancellationToken);
            logger.LogInformation("{Model} is ready, {Seconds:F1} seconds after its loading began.", first is null ? "The model" : $"The second checkpoint, {Name},", _time.GetElapsedTime(_loadingSince).TotalSeconds);
            _loaded.SetResult(model);
        }
        catch (OperationCanceledException)
        {
            if (model is not null) await model.DisposeAsync();
            _loaded.SetCanceled(CancellationToken.None);
        }
        catch (Exception e)
        {
            if (model is not null) await model.DisposeAsync();
            terminal?.End();
            Fail(e);
        }
    }

    /// <summary>Lets the first checkpoint be loaded before, and looks whether there is room for this one beside it.</summary>
    private async Task TakeTurnAsync(EngineHost before, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        await ((Task)before.Loaded.WaitAsync(cancellationToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        _loadingSince = _time.GetTimestamp();
        if (memory is null) return;
        memory.Release();
        ModelLoader.ThrowIfTooLarge(checkpoint, options, memory);
    }

    /// <summary>Pages stay: what was written before can be read. The log says why nothing new is answered.</summary>
    private void Fail(Exception e)
    {
        if (first is null) logger.LogError(e, "The model could not be loaded.");
        else if (e is StartupException) logger.LogError("There is no second checkpoint to compare with, {Model} is left out: {Reason}", Name, e.Message);
        else logger.LogError(e, "There is no second checkpoint to compare with, {Model} is left out: it could not be loaded.", Name);
        ModelName ??= $"{Name} (left out)";
        Trouble = e is StartupException ? e.Message : "The model could not be loaded; the server's log says why.";
        _loaded.SetException(e as StartupException ?? new StartupException(Trouble, e));
        _ = _loaded.Task.Exception;
    }

    private void LogWeights(LoadedModel model) => logger.LogInformation(
        "Weights of {Model} {Revision} in {Precision}, {Choice}, {Source}.", model.Name, model.Revision, model.Precision,
        options.Weights == WeightSetting.Auto ? model.PackedFile is null ? "the most exact that fits into the free memory" : "for which there is a packed file that fits into the free memory" : "as set",
        model.PackedFile is { } file ? $"mapped from the packed file {file}" : "converted from the checkpoint");

    private sealed class FetchReport(EngineHost host) : IProgress<FetchProgress>
    {
        public void Report(FetchProgress value) => host.Show(value.ToModelProgress());
    }

    private sealed class LoadReport(EngineHost host) : IProgress<double>
    {
        public void Report(double value)
        {
            var seconds = host._time.GetElapsedTime(host._loadingSince).TotalSeconds;
            // The first moments say little about the rest.
            double? left = value is > 0.02 and < 1 && seconds > 1 ? seconds * (1 - value) / value : null;
            host.Show(new ModelProgress(ModelStage.Loading, host._progress?.Model ?? "", value, SecondsLeft: left));
        }
    }
}
