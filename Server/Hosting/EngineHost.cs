using Molmo.Demo.Inference.Model;
using Molmo.Demo.Server.ModelHub;

namespace Molmo.Demo.Server.Hosting;

/// <summary>
/// Keeps this process's model. The checkpoint is opened before the server listens, so that a broken one is refused at the
/// start; its weights load in the background while pages are already served. A model of the Hub that is not in the cache is
/// fetched in the background first.
/// </summary>
public sealed class EngineHost(MolmoOptions options, ILogger<EngineHost> logger, TimeProvider? time = null) : IHostedService, IDisposable
{
    private readonly TaskCompletionSource<LoadedModel> _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly TimeProvider _clock = time ?? TimeProvider.System;

    private Task _loading = Task.CompletedTask;
    private Task? _ending;

    /// <summary>Whether questions are answered at once.</summary>
    public bool IsReady => Loaded.IsCompletedSuccessfully;

    /// <summary>Why the model will never be ready: a sentence for the person. Null while it loads and when it is ready.</summary>
    public string? Trouble { get; private set; }

    /// <summary>What it is doing while it is neither ready nor in trouble: a sentence for the person.</summary>
    public string Doing { get; private set; } = "The model is loading. You can ask already; the answer begins as soon as it is ready.";

    /// <summary>Name of the checkpoint, known from the start on.</summary>
    public string? ModelName { get; private set; }

    /// <summary>What it computes on.</summary>
    public string Device { get; } = ManagedModelRunner.DeviceOf(options.Threads);

    /// <summary>The model, warmed up. Fails with a <see cref="StartupException"/> where the weights cannot be loaded.</summary>
    public Task<LoadedModel> Loaded => _loaded.Task;

    /// <exception cref="StartupException">There is no such checkpoint, or it is broken.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (ModelSource.FindFolder(options.Model) is { } folder)
        {
            var checkpoint = ModelLoader.Open(folder);
            ModelName = $"{checkpoint.Name} ({checkpoint.Revision})";
            _loading = Task.Run(() => LoadAsync(_ => Task.FromResult(checkpoint), _stop.Token), CancellationToken.None);
        }
        else
        {
            var fetch = new ModelSource(options.Model!, _clock);
            ModelName = $"{fetch.Model} (being fetched)";
            _loading = Task.Run(() => LoadAsync(token => FetchAsync(fetch, token), _stop.Token), CancellationToken.None);
        }
        return Task.CompletedTask;
    }

    /// <summary>Ends all answers and gives the memory back. Called again, it waits for the same.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_gate) return _ending ??= EndAsync();
    }

    public void Dispose() => _stop.Dispose();

    private async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _loading;
        if (IsReady) await (await Loaded).DisposeAsync();
    }

    private async Task<Checkpoint> FetchAsync(ModelSource source, CancellationToken cancellationToken)
    {
        var checkpoint = ModelLoader.Open(await source.FetchAsync(new FetchReport(this), cancellationToken));
        ModelName = $"{checkpoint.Name} ({checkpoint.Revision})";
        Doing = "The model has arrived and is loading. You can ask already; the answer begins as soon as it is ready.";
        return checkpoint;
    }

    private async Task LoadAsync(Func<CancellationToken, Task<Checkpoint>> open, CancellationToken cancellationToken)
    {
        LoadedModel? model = null;
        try
        {
            var checkpoint = await open(cancellationToken);
            var start = _clock.GetTimestamp();
            model = ModelLoader.Load(checkpoint, options, progress: null, note => logger.LogWarning("{Note}", note), cancellationToken);
            LogWeights(model);
            await ModelLoader.WarmUpAsync(model, cancellationToken);
            logger.LogInformation("The model is ready, {Seconds:F1} seconds after its checkpoint was opened.", _clock.GetElapsedTime(start).TotalSeconds);
            _loaded.SetResult(model);
        }
        catch (OperationCanceledException)
        {
            if (model is not null) await model.DisposeAsync();
            _loaded.SetCanceled(CancellationToken.None);
        }
        catch (Exception e)
        {
            // Pages stay: what was written before can be read. The log says why nothing new is answered.
            logger.LogError(e, "The model could not be loaded.");
            if (model is not null) await model.DisposeAsync();
            Trouble = e is StartupException ? e.Message : "The model could not be loaded; the server's log says why.";
            _loaded.SetException(e as StartupException ?? new StartupException(Trouble, e));
            _ = _loaded.Task.Exception;
        }
    }

    private void LogWeights(LoadedModel model) => logger.LogInformation(
        "Weights of {Model} {Revision} in {Precision}, {Choice}, {Source}.", model.Name, model.Revision, model.Precision,
        options.Weights == WeightSetting.Auto ? model.PackedFile is null ? "the most exact that fits into the free memory" : "for which there is a packed file that fits into the free memory" : "as set",
        model.PackedFile is { } file ? $"mapped from the packed file {file}" : "converted from the checkpoint");

    private sealed class FetchReport(EngineHost host) : IProgress<FetchProgress>
    {
        public void Report(FetchProgress value)
            => host.Doing = $"The model is being fetched: {FetchWords.Say(value)}. The gallery can be looked at meanwhile, and questions wait.";
    }
}
