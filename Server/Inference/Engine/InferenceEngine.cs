using System.Diagnostics;
using System.Threading.Channels;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Inference.Tokenization;

namespace Molmo.Demo.Inference.Engine;

/// <summary>
/// Answers many prompts at once with one network. One thread owns scheduler, network and key/value memory; prompts come
/// to it by a channel, tokens leave it by one stream a sequence. A slow or absent reader never holds up the others.
/// </summary>
/// <remarks>Owns the runner. Knows prompts and tokens; nothing of people, conversations or points.</remarks>
public sealed class InferenceEngine : IAsyncDisposable
{
    /// <summary>256 MiB: some ten pictures of the largest published network.</summary>
    public const long DefaultPictureBytes = 256L << 20;

    private readonly IModelRunner _runner;
    private readonly BpeTokenizer _tokenizer;
    private readonly int _maxPositions;
    private readonly Channel<Arrival> _arrivals =
        Channel.CreateUnbounded<Arrival>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _shutdown = new();
    private readonly CancellationToken _stopping;
    private readonly TaskCompletionSource<DeviceLostException?> _ended = new(
        TaskCreationOptions.RunContinuationsAsynchronously);

    // The engine thread's own.
    private readonly Dictionary<Sequence, Generation> _open = [];
    private readonly BlockManager _blocks;
    private readonly PictureQueue _pictures;
    private readonly StepBudget _budget = new();
    private readonly Scheduler _scheduler;
    private readonly TokenChooser _tokens;
    private bool _picturesAreNext;
    private long _prefilled;

    // Written by the engine thread, read by anyone.
    private int _accepted;
    private int _released;
    private int _running;
    private long _steps;
    private ReuseStatistics _reuse;
    private readonly Lock _statisticsGate = new();
    private int _freeBlocks;
    private volatile DeviceLostException? _loss;

    /// <param name="runner">The network; disposed with the engine.</param>
    /// <param name="tokenizer">Turns token ids into text.</param>
    /// <param name="maxSequences">Sequences decoded together, at least 1.</param>
    /// <param name="pictureBytes">Memory for features of pictures that nobody asks about at the moment.</param>
    public InferenceEngine(
        IModelRunner runner, BpeTokenizer tokenizer, int maxSequences, long pictureBytes = DefaultPictureBytes)
    {
        ArgumentNullException.ThrowIfNull(runner);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxSequences, 1);
        _runner = runner;
        _tokenizer = tokenizer;
        _maxPositions = (int)Math.Min(runner.MaxPositions, (long)runner.BlockCapacity * runner.BlockSize);
        _blocks = new BlockManager(runner.BlockCapacity, runner.BlockSize, runner.CopyBlock);
        _pictures = new PictureQueue(runner.BeginPicture, pictureBytes);
        _scheduler = new Scheduler(_blocks, _pictures, _budget, maxSequences, runner.MixesPhases);
        _tokens = new TokenChooser(runner, maxSequences);
        Publish();
        _stopping = _shutdown.Token;
        new Thread(Run) { IsBackground = true, Name = "Molmo engine" }.Start();
    }

    /// <summary>How busy the engine is now.</summary>
    public EngineStatistics Statistics
    {
        get
        {
            // Released before accepted: a sequence that ends between the two reads counts as open, never as minus one.
            var released = Volatile.Read(ref _released);
            var running = Volatile.Read(ref _running);
            var open = Volatile.Read(ref _accepted) - released;
            return new EngineStatistics(
                running, Math.Max(0, open - running), Volatile.Read(ref _steps), Volatile.Read(ref _freeBlocks));
        }
    }

    /// <summary>What is kept for later questions, and what that has spared.</summary>
    public ReuseStatistics Reuse
    {
        get
        {
            lock (_statisticsGate) return _reuse;
        }
    }

    /// <summary>
    /// Completes, never faulted, when the engine has ended: with the loss of its device where that ended it, else with
    /// null.
    /// </summary>
    public Task<DeviceLostException?> Ended => _ended.Task;

    /// <summary>
    /// Answers a prompt: an update a token, then one with the reason why the answer is over. The prompt joins the queue
    /// when the first update is asked for. Cancelling, or leaving the enumeration, ends the sequence within one step.
    /// </summary>
    /// <exception cref="ArgumentException">Sampling options or length out of range.</exception>
    /// <exception cref="EngineException">Thrown here for a prompt that is too long, later where the network
    /// fails.</exception>
    public IAsyncEnumerable<GenerationUpdate> GenerateAsync(
        GenerationRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfLessThan(request.MaxTokens, 1, nameof(request));
        request.Sampling.Validate();
        var length = request.Prompt.TokenIds.Length + (request.Written?.Count ?? 0);
        if (length >= _maxPositions)
            throw new EngineException(EngineFault.PromptTooLong,
                $"The question takes {length} tokens, its picture and what was said before included. The model takes "
                    + $"{_maxPositions} together with the answer: ask with less text, or in a new conversation.");
        return StreamAsync(
            request, Math.Min(request.MaxTokens, _maxPositions - length), isAhead: false, cancellationToken);
    }

    /// <summary>
    /// Computes a prompt that questions about a picture will begin with, when nothing else is to be done, so that they
    /// find it. It ends early without harm where it is cancelled, does not fit, or fails.
    /// </summary>
    /// <param name="prompt">The beginning, with its picture.</param>
    /// <param name="isolation">As <see cref="GenerationRequest.Isolation"/> of the questions.</param>
    /// <param name="cancellationToken">Ends it; what is computed by then may still be used.</param>
    public async Task PrepareAsync(Prompt prompt, string? isolation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        if (prompt.Image is null || prompt.TokenIds.Length >= _maxPositions) return;
        var request = new GenerationRequest(prompt, SamplingOptions.Greedy, [], 1) { Isolation = isolation };
        try
        {
            await foreach (var _ in StreamAsync(request, 1, isAhead: true, cancellationToken).ConfigureAwait(false)) { }
        }
        catch (Exception e) when (e is EngineException or OperationCanceledException)
        {
            // Whoever asks meets the reason, if it is still there.
        }
    }

    /// <summary>
    /// Gives up what is kept under an isolation, soon: nothing that was computed for it is left once its sequences have
    /// ended.
    /// </summary>
    public void Forget(string isolation)
    {
        ArgumentNullException.ThrowIfNull(isolation);
        Forget(key => key.Isolation == isolation);
    }

    /// <summary>
    /// Gives up what is kept of a picture, soon, but for what an isolation has of it: nothing of it is left once the
    /// sequences about it have ended that were asked for before.
    /// </summary>
    /// <param name="contentKey">Its <see cref="ImageInputs.ContentKey"/>.</param>
    public void ForgetPicture(string contentKey)
    {
        ArgumentNullException.ThrowIfNull(contentKey);
        Forget(key => key.Picture == contentKey && key.Isolation is null);
    }

    /// <summary>
    /// Ends all sequences with <see cref="EngineFault.Stopped"/>, waits for the thread and disposes the network.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_arrivals.Writer.TryComplete()) await _shutdown.CancelAsync().ConfigureAwait(false);
        await _ended.Task.ConfigureAwait(false);
        _shutdown.Dispose();
    }

    private void Forget(Predicate<PrefixKey> isMeant) => _arrivals.Writer.TryWrite(new Arrival(null, isMeant));

    private async IAsyncEnumerable<GenerationUpdate> StreamAsync(
        GenerationRequest request, int maxTokens, bool isAhead,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping);
        var generation = new Generation(request, maxTokens, stop.Token, isAhead);
        if (!isAhead) Interlocked.Increment(ref _accepted);
        if (!_arrivals.Writer.TryWrite(new Arrival(generation, null)))
        {
            if (!isAhead) Interlocked.Increment(ref _released);
            throw _loss is null ? Stopped() : Lost();
        }
        try
        {
            var decoder = new TokenStreamDecoder(_tokenizer, skipSpecial: true);
            // A character may have been cut in the middle: its bytes so far wait in the decoder.
            foreach (var id in request.Written ?? []) decoder.Append(id);
            await foreach (var (tokenId, finish) in generation.Stream.ReadAsync(cancellationToken)
                .ConfigureAwait(false))
                yield return new GenerationUpdate(
                    tokenId, tokenId is { } id ? decoder.Append(id) : decoder.Flush(), finish);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
        }
    }

    private void Run()
    {
        try
        {
            while (Accept())
            {
                ReleaseCancelled();
                var picture = _pictures.Next(withAhead: false);
                var areNext = picture is not null && _picturesAreNext;
                var batch = _scheduler.Next(withPrompts: !areNext);
                Publish();
                if (batch is not null) Step(batch);
                _picturesAreNext = batch is { Phase: Phase.Prefill };
                if (!_picturesAreNext) Look(isTurn: batch is not null || areNext, besideAnswers: batch is not null);
            }
            End(Stopped);
        }
        catch (DeviceLostException e)
        {
            _loss = e;
            _arrivals.Writer.TryComplete();
            End(Lost);
        }
        catch (Exception e)
        {
            // A fault of the engine itself: nobody may wait for ever.
            _arrivals.Writer.TryComplete();
            End(() => new EngineException(EngineFault.Stopped,
                "The engine has failed and ended. What was written is kept; the program must be started again.", e));
        }
        finally
        {
            // Nothing can be given back to a device that is gone.
            if (_loss is null)
            {
                _pictures.Dispose();
                _runner.Dispose();
            }

            _ended.TrySetResult(_loss);
        }
    }

    /// <summary>
    /// Takes what has arrived, waiting where there is nothing else to do. False: the engine is to end.
    /// </summary>
    private bool Accept()
    {
        // Nothing can be awaited here: this thread is the engine's own, and its waiting costs nobody.
        if (_open.Count == 0) _arrivals.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult();
        while (_arrivals.Reader.TryRead(out var arrival))
        {
            if (arrival.Forgotten is { } isMeant) Leave(isMeant);
            if (arrival.Generation is not { } generation) continue;
            _open.Add(generation.Sequence, generation);
            generation.Sequence.Reserve(generation.MaxPositions, _blocks.BlocksFor(generation.MaxPositions));
            Admit(generation);
        }

        return !_stopping.IsCancellationRequested;
    }

    private void Leave(Predicate<PrefixKey> isMeant)
    {
        foreach (var sequence in _open.Keys)
            if (isMeant(sequence.Prefix)) sequence.LeavesNothing = true;
        _blocks.Forget(isMeant);
        _pictures.Forget(isMeant);
    }

    private void Admit(Generation generation)
    {
        if (!generation.IsAhead)
        {
            _scheduler.Add(generation.Sequence);
            return;
        }

        try
        {
            _scheduler.AddAhead(generation.Sequence);
        }
        catch (Exception e) when (e is not DeviceLostException)
        {
            Fail(generation.Sequence, Failure(e));
        }
    }

    private void ReleaseCancelled()
    {
        // A dictionary allows removing while it is enumerated.
        foreach (var generation in _open.Values)
            if (generation.Stop.IsCancellationRequested)
            {
                Release(generation.Sequence);
                generation.Stream.Fail(
                    _stopping.IsCancellationRequested ? Stopped() : new OperationCanceledException(generation.Stop));
            }
    }

    /// <summary>Goes on with a picture.</summary>
    /// <param name="isTurn">
    /// Whether answers or prompts go on as well, which may be held up for a while; else nothing else waits for this
    /// thread, and after a step it looks for newcomers.
    /// </param>
    /// <param name="besideAnswers">Whether answers are among those held up.</param>
    private void Look(bool isTurn, bool besideAnswers)
    {
        if (_pictures.Next(withAhead: !isTurn) is not { } picture) return;
        TimeSpan spent = TimeSpan.Zero, longest = TimeSpan.Zero;
        try
        {
            do
            {
                var began = Stopwatch.GetTimestamp();
                _pictures.Step(picture, CancellationToken.None);
                var step = Stopwatch.GetElapsedTime(began);
                spent += step;
                if (step > longest) longest = step;
            }
            while (isTurn && !picture.IsComplete && StepBudget.HasTimeFor(longest, spent, besideAnswers));
        }
        catch (Exception e) when (e is not DeviceLostException)
        {
            if (e is DeviceMemoryException && _pictures.Clear()) return;
            foreach (var sequence in _pictures.Fail(picture)) Fail(sequence, Failure(e));
        }
    }

    private void Step(Batch batch)
    {
        var sequences = batch.Sequences;
        ReadOnlySpan<int> tokenIds;
        var began = Stopwatch.GetTimestamp();
        try
        {
            // A lone sequence may end the pass on the way. One of several leaves after it, for the others' sake.
            tokenIds = _tokens.Run(
                batch, _open, sequences.Count == 1 ? _open[sequences[0]].Stop : CancellationToken.None);
        }
        catch (OperationCanceledException) when (sequences.Count == 1
            && _open[sequences[0]].Stop.IsCancellationRequested)
        {
            return;
        }
        catch (DeviceMemoryException) when (sequences.Count > 1)
        {
            _scheduler.Narrow(batch);
            return;
        }
        catch (Exception e) when (e is not DeviceLostException)
        {
            for (var row = sequences.Count - 1; row >= 0; row--) Fail(sequences[row], Failure(e));
            return;
        }

        Learn(batch, Stopwatch.GetElapsedTime(began));
        for (var row = 0; row < sequences.Count; row++) Advance(sequences[row], tokenIds[row]);
        Volatile.Write(ref _steps, _steps + 1);
    }

    private void Learn(Batch batch, TimeSpan time)
    {
        var positions = 0;
        for (var i = 0; i < batch.Sequences.Count; i++)
        {
            var computed = batch.Sequences[i].PassEnd - batch.Sequences[i].ComputedCount;
            if (computed > 1) positions += computed;
        }

        _prefilled += positions;
        _budget.Learn(time.TotalSeconds, positions);
    }

    private void Advance(Sequence sequence, int token)
    {
        var generation = _open[sequence];
        if (token == Sampler.NotFinite)
        {
            Fail(sequence, new EngineException(EngineFault.InvalidLogits,
                "The model's output is not a number. The answer ends here; "
                    + "its weights or its precision are at fault."));
            return;
        }

        var wantsToken = sequence.WantsToken;
        var isPrompt = sequence.PassEnd - sequence.ComputedCount > 1 || !wantsToken;
        sequence.CompletePass();
        if (isPrompt) _scheduler.Complete(sequence);
        if (!wantsToken) return;
        if (generation.IsAhead)
        {
            Release(sequence);
            generation.Stream.Finish(FinishReason.Length);
            return;
        }

        if (generation.IsEnd(token))
        {
            Release(sequence);
            generation.Stream.Finish(FinishReason.EndToken);
            return;
        }
        sequence.Append(token);
        generation.Stream.Write(token);
        if (!generation.Stream.IsFull) return;
        Release(sequence);
        generation.Stream.Finish(FinishReason.Length);
    }

    private void Fail(Sequence sequence, EngineException failure)
    {
        var stream = _open[sequence].Stream;
        // What a failed pass left behind is nobody's to use again.
        Release(sequence, keep: false);
        stream.Fail(failure);
    }

    private static EngineException Failure(Exception cause) => cause is DeviceMemoryException
        ? new EngineException(EngineFault.OutOfMemory,
            "The device has too little memory for this answer. What was written is kept; ask again later, "
                + "or with a smaller photo.", cause)
        : new EngineException(
            EngineFault.ModelFailed,
            "The model failed on this question. What was written is kept; ask again, or ask something else.", cause);

    private void Release(Sequence sequence, bool keep = true)
    {
        _scheduler.Remove(sequence, keep);
        _open.Remove(sequence, out var generation);
        Publish();
        if (generation is { IsAhead: false }) Interlocked.Increment(ref _released);
    }

    private void End(Func<EngineException> reason)
    {
        foreach (var sequence in _open.Keys) Fail(sequence, reason());
        while (_arrivals.Reader.TryRead(out var arrival))
        {
            var generation = arrival.Generation;
            if (generation is { IsAhead: false }) Interlocked.Increment(ref _released);
            generation?.Stream.Fail(reason());
        }
    }

    private void Publish()
    {
        Volatile.Write(ref _running, _scheduler.RunningCount);
        Volatile.Write(ref _freeBlocks, _blocks.FreeCount);
        lock (_statisticsGate)
            _reuse = new ReuseStatistics(
                _runner.BlockCapacity, _blocks.KeptCount, _blocks.ReusedPositions, _prefilled, _pictures.Count,
                _pictures.Bytes, _pictures.Begun, _pictures.Reused);
    }

    private EngineException Lost() => new(EngineFault.DeviceLost,
        "The device that the model computes on answers no more. What was written is kept; ask again in a minute.",
        _loss);

    private static EngineException Stopped()
        => new(EngineFault.Stopped, "The server is shutting down. What was written is kept; ask again in a moment.");

    /// <summary>
    /// What came to the engine, in its order: what is to be forgotten counts for all that was asked for before.
    /// </summary>
    private readonly record struct Arrival(Generation? Generation, Predicate<PrefixKey>? Forgotten);
}
