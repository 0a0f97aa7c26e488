using Molmo.Demo.Client.Localization;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Server.ModelHub;

namespace Molmo.Demo.Server.Engines;

/// <summary>
/// Keeps this process's model. The checkpoint is opened before the server listens, so that a broken one is refused at
/// the start; its weights load in the background while pages are already served. A model of the Hub that is not in the
/// cache is fetched in the background first.
/// </summary>
/// <param name="options">Which model, and how it is kept.</param>
/// <param name="logger">Told what was loaded, or why not.</param>
/// <param name="time">Measures how long it takes.</param>
/// <param name="terminal">Told how far it is.</param>
/// <param name="memory">Memory shared with the other checkpoint; null where this is the only one.</param>
/// <param name="first">
/// For a second checkpoint, the host of the first: it is loaded before this one, and whatever is wrong with this one is
/// no reason not to start.
/// </param>
/// <param name="loading">How and where it is loaded; null for what the options say.</param>
/// <param name="restart">Asked where the device is lost; null for nobody.</param>
public sealed class EngineHost(
    MolmoOptions options, ILogger<EngineHost> logger, TimeProvider? time = null, ProgressLine? terminal = null,
    ModelMemory? memory = null, EngineHost? first = null, IModelLoading? loading = null, Restart? restart = null)
    : IHostedService, IDisposable
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly IModelLoading _way = loading ?? ModelLoading.For(options);
    private readonly LoadingProgress _arrival = new(time ?? TimeProvider.System, terminal);
    private readonly TaskCompletionSource<LoadedModel> _loaded = new(
        TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();

    private Task _loading = Task.CompletedTask;
    private Task? _ending;
    private bool _isDisposed;

    /// <summary>Whether questions are answered at once.</summary>
    public bool IsReady => Loaded.IsCompletedSuccessfully && Trouble is null;

    /// <summary>
    /// Why the model will never be ready, or is so no more. Null while it loads and when it is ready.
    /// </summary>
    public Fact? Trouble { get; private set; }

    /// <summary>How far the model is; null once it is ready or in trouble.</summary>
    public ModelProgress? Progress => Loaded.IsCompleted ? null : _arrival.Now;

    /// <summary>What it is doing while it is neither ready nor in trouble.</summary>
    public Fact Doing
        => Progress is { Stage: ModelStage.Fetching } fetch ? new FetchingModel(fetch) : new LoadingModel();

    /// <summary>How its weights are to be kept, such as <c>int4</c>.</summary>
    public string Form { get; } = options.Weights.ToString().ToLowerInvariant();

    /// <summary>Seconds that loading the weights took; 0 before they are loaded.</summary>
    public double LoadSeconds { get; private set; }

    /// <summary>What its engine keeps for later questions; nothing before it is loaded.</summary>
    public ReuseStatistics Reuse => IsReady ? Loaded.Result.Engine.Reuse : default;

    /// <summary>Name of the checkpoint for people, known from the start on.</summary>
    public string? ModelName { get; private set; }

    /// <summary>Name of the checkpoint: the folder's, or owner/name.</summary>
    public string Name { get; private set; } = NameOf(options.Model);

    /// <summary>Stands for its content; null until it is opened.</summary>
    public string? Revision { get; private set; }

    /// <summary>What the checkpoint says that it knows; null where it makes no such promise or is not here.</summary>
    public Knowledge? Knows { get; private set; }

    /// <summary>What it computes on: what was chosen, and once it is loaded, what that is.</summary>
    public Fact Device => Loaded.IsCompletedSuccessfully ? Loaded.Result.Device : _way.Device;

    /// <summary>
    /// The model, warmed up. Fails with a <see cref="StartupException"/> where the weights cannot be loaded.
    /// </summary>
    public Task<LoadedModel> Loaded => _loaded.Task;

    /// <summary>Waits for the model with a question, which is not kept waiting for the last of warming up.</summary>
    /// <exception cref="StartupException">The weights cannot be loaded.</exception>
    public Task<LoadedModel> WaitAsync(CancellationToken cancellationToken)
    {
        _wanted.TrySetResult();
        return Loaded.WaitAsync(cancellationToken);
    }

    /// <exception cref="StartupException">There is no such checkpoint, or it is broken, and it is the
    /// first.</exception>
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

    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        // A server that was refused its start is never told to stop.
        _stop.Cancel();
        _stop.Dispose();
    }

    private static string NameOf(string? setting) => setting is null ? Path.GetFileName(ModelSource.DefaultFolder)
        : !Directory.Exists(setting) && HubModel.Parse(setting) is { } model ? model.Repository
        : Path.GetFileName(Path.TrimEndingDirectorySeparator(setting)) is { Length: > 0 } name ? name : setting;

    private void Begin()
    {
        _way.Check();
        // It may be disposed before the work begins.
        var stop = _stop.Token;
        if (ModelSource.FindFolder(options) is { } folder)
        {
            var checkpoint = ModelLoader.Open(folder, options);
            BeginLoading(checkpoint);
            if (first is not null) memory?.Reserve(_way.LeastBytes(checkpoint));
            _loading = Task.Run(() => LoadAsync(_ => Task.FromResult(checkpoint), stop), CancellationToken.None);
        }
        else
        {
            var fetch = new ModelSource(options, _time);
            ModelName = $"{fetch.Model} (being fetched)";
            _arrival.BeginFetching(fetch.Model.ToString());
            _loading = Task.Run(() => LoadAsync(token => FetchAsync(fetch, token), stop), CancellationToken.None);
        }
    }

    private async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _loading;
        if (Loaded.IsCompletedSuccessfully) await (await Loaded).DisposeAsync();
    }

    private async Task<Checkpoint> FetchAsync(ModelSource source, CancellationToken cancellationToken)
    {
        string folder;
        try
        {
            folder = await source.FetchAsync(_arrival, cancellationToken);
        }
        catch (StartupException e)
        {
            throw new StartupException($"{e.Message} This server tries again when it is started again.", e);
        }
        var checkpoint = ModelLoader.Open(folder, options);
        _arrival.End();
        BeginLoading(checkpoint);
        return checkpoint;
    }

    private void BeginLoading(Checkpoint checkpoint)
    {
        ModelName = $"{checkpoint.Name} ({checkpoint.Revision})";
        (Name, Revision) = (checkpoint.Name, checkpoint.Revision);
        Knows = KnowledgeFile.Read(checkpoint.Folder, note => logger.LogWarning("{Note}", note));
        _arrival.BeginLoading(checkpoint.Name);
    }

    private async Task LoadAsync(Func<CancellationToken, Task<Checkpoint>> open, CancellationToken cancellationToken)
    {
        LoadedModel? model = null;
        try
        {
            var checkpoint = await open(cancellationToken);
            if (first is not null) await TakeTurnAsync(first, checkpoint, cancellationToken);
            model = ModelLoader.Load(checkpoint, options, _way, _arrival, note => logger.LogWarning("{Note}", note),
                cancellationToken, memory, Knows);
            _arrival.End();
            LoadSeconds = _arrival.Elapsed.TotalSeconds;
            logger.LogInformation("Weights of {Model} {Revision} in {Precision}, {Origin}.", model.Name, model.Revision,
                model.Precision, model.Origin);
            logger.LogInformation("{Device}, {Precision}: {KeyValues}.", Words.Of(model.Device, Language.English),
                model.Precision, model.KeyValues);
            await ModelLoader.WarmUpAsync(model, cancellationToken, _wanted.Task);
            logger.LogInformation("{Model} is ready, {Seconds:F1} seconds after its loading began.",
                first is null ? "The model" : $"The second checkpoint, {Name},", _arrival.Elapsed.TotalSeconds);
            _loaded.SetResult(model);
            _ = WatchAsync(model.Engine, _time.GetTimestamp());
        }
        // What takes too long by itself is a failure, and is said.
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            if (model is not null) await model.DisposeAsync();
            _loaded.SetCanceled(CancellationToken.None);
        }
        catch (Exception e)
        {
            if (model is not null) await model.DisposeAsync();
            _arrival.End();
            if (e is DeviceLostException or EngineException { Fault: EngineFault.DeviceLost }) Lose(e, TimeSpan.Zero);
            else Fail(e);
        }
    }

    private async Task WatchAsync(InferenceEngine engine, long readySince)
    {
        if (await engine.Ended is { } loss) Lose(loss, _time.GetElapsedTime(readySince));
    }

    /// <summary>Nothing in this process can use the device again.</summary>
    private void Lose(Exception loss, TimeSpan answered)
    {
        logger.LogCritical(
            loss, "The device {Device} answers no more. Answers end with what they have, and the program starts again.",
            Words.Of(Device, Language.English));
        Trouble = new DeviceLost();
        if (_loaded.TrySetException(new StartupException("The device answers no more.", loss)))
            _ = _loaded.Task.Exception;
        restart?.Ask(answered);
    }

    /// <summary>
    /// Lets the first checkpoint be loaded before, and looks whether there is room for this one beside it.
    /// </summary>
    private async Task TakeTurnAsync(EngineHost before, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        await ((Task)before.Loaded.WaitAsync(cancellationToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        _arrival.Restart();
        if (memory is null) return;
        memory.Release();
        ModelLoader.ThrowIfTooLarge(checkpoint, options, _way, memory);
    }

    /// <summary>Pages stay: what was written before can be read. The log says why nothing new is answered.</summary>
    private void Fail(Exception e)
    {
        if (first is null && e is StartupException)
            logger.LogError("The model could not be loaded: {Reason}", e.Message);
        else if (first is null) logger.LogError(e, "The model could not be loaded.");
        else if (e is StartupException)
            logger.LogError(
                "There is no second checkpoint to compare with, {Model} is left out: {Reason}", Name, e.Message);
        else
            logger.LogError(
                e, "There is no second checkpoint to compare with, {Model} is left out: it could not be loaded.", Name);
        ModelName ??= $"{Name} (left out)";
        Trouble = e is StartupException ? new ModelRefused(e.Message) : new ModelNotLoaded();
        _loaded.SetException(e as StartupException ?? new StartupException("The model could not be loaded.", e));
        _ = _loaded.Task.Exception;
    }
}
