using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Chat;

/// <summary>
/// Accepts questions, opens a job and a journal for each, and lets any number of readers follow. Knows nothing of
/// tokens or of where answers come from: that is <see cref="IAnswerSource"/>.
/// </summary>
internal sealed class GenerationService(
    IAnswerSource source,
    IImageAccess pictures,
    IChatStore store,
    ConversationChanges changes,
    Intake intake,
    AcceptPolicy policy,
    Looks looks,
    StorageHealth health,
    MolmoOptions options,
    TimeProvider time,
    ILogger<GenerationService> log) : IChatService, IAnswerTexts
{
    private readonly Lock _gate = new();

    /// <summary>Answers that run, and ended ones until their end is kept.</summary>
    private readonly ConcurrentDictionary<GenerationId, GenerationJob> _jobs = new();

    private bool _isEnding;

    /// <summary>What is said once this process is ending and takes no more questions; null before.</summary>
    public Fact? EndingFact
    {
        get { lock (_gate) return _isEnding ? Ending().Fact : null; }
    }

    /// <summary>Running and waiting answers.</summary>
    public IEnumerable<GenerationJob> Active => _jobs.Values.Where(job => !job.Journal.IsEnded);

    public Task<GenerationId> StartAsync(VisitorId visitor, Question question, CancellationToken cancellationToken)
        => StartAsync(GenerationId.New(), visitor, question, default, cancellationToken);

    /// <summary>
    /// As the interface's, under an id of the caller's choice: asking twice with the same id asks once.
    /// </summary>
    /// <param name="id">A new random id, or that of an earlier attempt whose reply was lost.</param>
    /// <param name="visitor">Who asks.</param>
    /// <param name="question">What.</param>
    /// <param name="left">Earlier turns that the caller has left out of the question's history.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public Task<GenerationId> StartAsync(
        GenerationId id, VisitorId visitor, Question question, LeftOutTurns left, CancellationToken cancellationToken)
    {
        QuestionRules.Check(question);
        // Off the caller's circuit: the database may wait for its lock, and the job must not run on a circuit's
        // dispatcher.
        return Task.Run(() => AcceptAsync(id, visitor, question, left, cancellationToken), cancellationToken);
    }

    public async IAsyncEnumerable<GenerationEvent> ReadAsync(
        VisitorId visitor, GenerationId id, long fromSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in ReadEntriesAsync(visitor, id, fromSeq, cancellationToken))
            yield return entry.Event;
    }

    /// <summary>As <see cref="ReadAsync"/>, with the verbatim text beside each event.</summary>
    public async IAsyncEnumerable<JournalEntry> ReadEntriesAsync(
        VisitorId visitor, GenerationId id, long fromSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await FindAsync(visitor, id, cancellationToken) is { } job)
        {
            await foreach (var entry in job.Journal.ReadAsync(fromSeq, cancellationToken)) yield return entry;
            yield break;
        }
        foreach (var entry in await Task.Run(() => store.ReadEvents(id, fromSeq), cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return entry;
        }
    }

    public async Task StopAsync(VisitorId visitor, GenerationId id, CancellationToken cancellationToken)
    {
        if (await FindAsync(visitor, id, cancellationToken) is { } job) job.Stop.Request(EndReason.Stopped);
    }

    /// <summary>The last event of an answer whose reader is known to be its owner; null while more may come.</summary>
    public async Task<GenerationEvent?> FindEndAsync(GenerationId id, CancellationToken cancellationToken)
        => _jobs.TryGetValue(id, out var job)
            ? job.Journal.EndOf()
            : await Task.Run(() => store.FindEnd(id), cancellationToken);

    public async Task LookAsync(
        VisitorId visitor, ConversationId conversation, ImageId image, CancellationToken cancellationToken)
    {
        try
        {
            if (await pictures.FindAsync(visitor, image, cancellationToken) is not { } found) return;
            var stored = await Task.Run(() => store.Find(visitor, conversation), cancellationToken);
            var passing = stored is { IsPrivate: true } ? conversation : pictures.PassingOf(visitor, image);
            using var look = looks.Begin(new AwaitedPhoto(visitor, found, passing), cancellationToken);
            // One that was deleted meanwhile was not yet a look that could be ended.
            if (await pictures.FindAsync(visitor, image, look.Token) is not null)
                await source.LookAsync(look.Photo, look.Token);
        }
        catch (OperationCanceledException)
        {
            // Taken back, or another photo came in its place.
        }
        catch (Exception e) when (e is ChatRefusedException or ImageRefusedException or StartupException)
        {
            // Whoever asks about it is told.
        }
        catch (Exception e)
        {
            log.LogWarning(e, "A photo could not be looked at before it was asked about.");
        }
    }

    public Task<QueueStatus> GetQueueStatusAsync(CancellationToken cancellationToken)
        => source.GetStatusAsync(cancellationToken);

    /// <summary>
    /// A visitor's conversation with its running answers as they are now; null where unknown or foreign.
    /// </summary>
    public Task<StoredConversation?> FindAsync(
        VisitorId visitor, ConversationId id, CancellationToken cancellationToken)
        => Task.Run(() => RandomId.IsWellFormed(id.Value) ? FindWithLive(visitor, id) : null, cancellationToken);

    public async Task<string?> FindTextAsync(VisitorId visitor, GenerationId id, CancellationToken cancellationToken)
    {
        if (await OwnerOfAsync(id, cancellationToken) != visitor) return null;
        return _jobs.TryGetValue(id, out var job)
            ? job.Journal.Text
            : await Task.Run(() => store.FindText(id), cancellationToken);
    }

    /// <summary>Owner of an answer, for a caller that acts for all visitors; null where unknown.</summary>
    public Task<VisitorId?> OwnerOfAsync(GenerationId id, CancellationToken cancellationToken)
    {
        if (!RandomId.IsWellFormed(id.Value)) return Task.FromResult<VisitorId?>(null);
        if (_jobs.TryGetValue(id, out var job)) return Task.FromResult<VisitorId?>(job.Assignment.Visitor);
        return Task.Run(() => store.OwnerOf(id), cancellationToken);
    }

    /// <summary>
    /// Stops the answers of conversations that are to go, and waits until nothing is written for them any more.
    /// </summary>
    /// <param name="isMeant">Which conversations.</param>
    public async Task EndAnswersAsync(Func<Assignment, bool> isMeant)
    {
        var jobs = _jobs.Values.Where(job => isMeant(job.Assignment)).ToList();
        foreach (var job in jobs) job.Stop.Request(EndReason.Stopped);
        await Task.WhenAll(jobs.Select(job => job.Completion));
    }

    /// <summary>Conversations of a visitor with an answer that waits or is being written.</summary>
    public IReadOnlySet<ConversationId> RunningOf(VisitorId visitor)
        => Active.Where(job => job.Assignment.Visitor == visitor)
            .Select(job => job.Assignment.Conversation).ToHashSet();

    /// <summary>
    /// Closes or takes up again what an earlier process left unended. Once, before the first question.
    /// </summary>
    public void Recover()
    {
        store.EndKept += journal =>
        {
            if (_jobs.TryRemove(journal.Id, out var job)) job.Dispose();
        };
        foreach (var (assignment, entries, text, tokens) in store.FindUnended())
        {
            var job = NewJob(assignment, new GenerationJournal(assignment.Id, time, entries, text, tokens));
            _jobs[assignment.Id] = job;
            store.Follow(assignment, job.Journal);
            if (source.OutlivesProcess) job.Start();
            else job.Close(EndReason.Interrupted);
        }
    }

    /// <summary>Stops answers that nobody has read for longer than the grace.</summary>
    public void StopUnread()
    {
        foreach (var job in Active)
            if (job.Journal.UnreadFor > TimeSpan.FromSeconds(options.UnreadSeconds))
                job.Stop.Request(EndReason.Stopped);
    }

    /// <summary>
    /// Takes no more questions, waits for the running answers as long as allowed, and interrupts the rest.
    /// </summary>
    public async Task EndAsync(TimeSpan patience, CancellationToken hurry)
    {
        List<GenerationJob> running;
        lock (_gate)
        {
            _isEnding = true;
            running = Active.ToList();
        }
        if (!source.OutlivesProcess && running.Count > 0 && patience > TimeSpan.Zero)
        {
            log.LogInformation("Waiting up to {Seconds} s for {Count} answers.", patience.TotalSeconds, running.Count);
            await Task.WhenAny(Task.WhenAll(running.Select(job => job.Completion)), Task.Delay(patience, time, hurry));
        }
        foreach (var job in running) job.Stop.Request(EndReason.Interrupted);
        await Task.WhenAll(running.Select(job => job.Completion))
            .WaitAsync(TimeSpan.FromSeconds(10), CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (running.Count > 0) await LetReadersFinishAsync(running);
    }

    /// <summary>The last events are on their way: connections that close now would lose them.</summary>
    private static async Task LetReadersFinishAsync(List<GenerationJob> ended)
    {
        for (var tries = 0; tries < 20 && ended.Exists(job => job.Journal is { IsEnded: true, IsRead: true }); tries++)
            await Task.Delay(100);
        await Task.Delay(300);
    }

    private async Task<GenerationId> AcceptAsync(
        GenerationId id, VisitorId visitor, Question question, LeftOutTurns left, CancellationToken cancellationToken)
    {
        try
        {
            if (await OwnerOfAsync(id, cancellationToken) is { } owner)
                return owner == visitor ? id : throw QuestionRules.UnknownAnswer();
            intake.ThrowIfClosed();
            source.ThrowIfUnavailable(question.Prompt?.Checkpoint);
            var assignment = await AssignAsync(id, visitor, question, left, cancellationToken);
            // An answer that goes on is asked of the checkpoint that began it, whatever the question says.
            if (assignment.Prompt.Checkpoint is { } checkpoint && checkpoint != question.Prompt?.Checkpoint)
                source.ThrowIfUnavailable(checkpoint);
            // An inference machine has taken the question of a web machine that keeps it already: there the answer says
            // so.
            if (!policy.ActsForAll) assignment = assignment with { Fit = source.Fit(assignment) };
            var job = NewJob(assignment, new GenerationJournal(id, time));
            job.Seed();
            Reserve(job);
            Store(job);
            job.Start();
            changes.Report(assignment.Visitor, assignment.Conversation);
            return id;
        }
        catch (SqliteException e)
        {
            health.Report(e);
            throw new ChatRefusedException(ChatFault.Unavailable, new QuestionNotStored(), TimeSpan.FromMinutes(1));
        }
    }

    private void Store(GenerationJob job)
    {
        try
        {
            store.Add(job.Assignment, job.Journal, keepHistory: source.OutlivesProcess);
        }
        catch
        {
            _jobs.TryRemove(job.Assignment.Id, out _);
            throw;
        }
    }

    private async Task<Assignment> AssignAsync(
        GenerationId id, VisitorId visitor, Question question, LeftOutTurns left, CancellationToken cancellationToken)
    {
        var image = question.Image is { } imageId
            ? await pictures.FindAsync(visitor, imageId, cancellationToken) ?? throw QuestionRules.UnknownImage()
            : null;
        if (store.OwnerOf(question.Conversation) is { } owner && owner != visitor)
            throw QuestionRules.UnknownConversation();
        var conversation = FindWithLive(visitor, question.Conversation);
        if (question.Place is { IsPrivate: true } && conversation is not { IsPrivate: true })
            throw QuestionRules.EndedPrivately();
        var turns = conversation?.Turns ?? [];
        // Only a web machine of this installation may say what was written; what anyone else claims is taken from the
        // store.
        var place = policy.ActsForAll && question.Place is { Written: not null } told
            ? told
            : PlaceOf(question.Place, turns);
        var continued = place.Continues is { } kept
            ? turns.FirstOrDefault(turn => turn.Id == kept) ?? throw QuestionRules.UnknownAnswer() : null;
        if (continued is not null) image = continued.Image;
        var region = continued is not null
            ? continued.Region
            : image is null ? null : question.Region?.OnPixelsOf(image.Width, image.Height);
        var path = new ConversationTree(turns.Select(turn => turn.Node))
            .PathTo((continued is null ? place.After : continued.Parent) ?? default).ToHashSet();
        var (history, omitted, cut) = question.History is { } given
            ? (given, left.OfOtherImages, left.Cut)
            : History.Choose(turns.Where(turn => path.Contains(turn.Id)), image, region);
        // Positive, so that the seed shown with the answer can be typed back everywhere.
        var sampling =
            question.Sampling with { Seed = question.Sampling.Seed ?? Random.Shared.NextInt64(1, int.MaxValue) };
        var assignment = new Assignment(
            id, visitor, question.Conversation, question.Text, image, sampling, history, omitted, region)
        {
            Prompt = question.Prompt ?? PromptChoice.Plain,
            CutTurns = cut,
            IsSeedGiven = question.Sampling.Seed is not null,
            Parent = place.After,
            Continues = place.Continues,
            Written = place.Written,
            IsPrivate = conversation is { IsPrivate: true },
        };
        return continued is null ? assignment : GoOn(assignment, continued);
    }

    /// <summary>The place within these turns: where none is given, after the newest.</summary>
    /// <exception cref="ChatRefusedException">There is no such turn any more.</exception>
    private static TurnPlace PlaceOf(TurnPlace? given, ImmutableArray<StoredTurn> turns)
    {
        if (given is null) return new TurnPlace(turns is [.., var newest] ? newest.Id : null);
        if (given.After is { } after && !turns.Any(turn => turn.Id == after)) throw QuestionRules.UnknownConversation();
        return given with { Written = null };
    }

    /// <summary>The same question about the same picture with what was written, asked in the same way.</summary>
    /// <exception cref="ChatRefusedException">That answer is still being written, or was not cut.</exception>
    private Assignment GoOn(Assignment assignment, StoredTurn turn)
    {
        var kept = _jobs.TryGetValue(turn.Id, out var job)
            ? KeptAnswer.Of(job.Assignment, job.Journal)
            : store.FindKept(turn.Id) ?? throw QuestionRules.UnknownAnswer();
        if (kept.End is null or Ended { Reason: EndReason.Finished }) throw QuestionRules.NothingToContinue();
        return assignment with
        {
            Text = turn.Question,
            Parent = turn.Parent,
            Sampling = kept.Sampling,
            Prompt = turn.Prompt ?? PromptChoice.Plain,
            IsSeedGiven = turn.Sampling?.Seed is not null,
            Written = new WrittenAnswer(kept.Whole, kept.Tokens),
        };
    }

    private void Reserve(GenerationJob job)
    {
        var visitor = job.Assignment.Visitor;
        lock (_gate)
        {
            if (_isEnding) throw Ending();
            var active = Active.ToList();
            if (active.Exists(other => other.Assignment.Conversation == job.Assignment.Conversation))
                throw new ChatRefusedException(ChatFault.VisitorLimit, new EarlierAnswerRuns());
            var own = active.Count(other => other.Assignment.Visitor == visitor);
            if (own >= policy.MostPerVisitor)
                throw new ChatRefusedException(ChatFault.VisitorLimit, new TooManyQuestions(own));
            if (active.Count >= options.MaxSequences + options.MaxWaiting)
                throw Full(active.Count - options.MaxSequences);
            if (!_jobs.TryAdd(job.Assignment.Id, job)) throw QuestionRules.UnknownAnswer();
        }
    }

    private GenerationJob NewJob(Assignment assignment, GenerationJournal journal)
        => new(assignment, source, journal, time, log);

    /// <summary>The running job of an answer, null where only the database has it.</summary>
    /// <exception cref="ChatRefusedException">Unknown to this visitor.</exception>
    private async Task<GenerationJob?> FindAsync(
        VisitorId visitor, GenerationId id, CancellationToken cancellationToken)
    {
        if (await OwnerOfAsync(id, cancellationToken) != visitor) throw QuestionRules.UnknownAnswer();
        return _jobs.GetValueOrDefault(id);
    }

    private StoredConversation? FindWithLive(VisitorId visitor, ConversationId id)
    {
        // The database lags up to half a second behind a running answer. The jobs are taken first: one that ends in
        // between is still in hand.
        var live = _jobs.Values.Where(job => job.Assignment.Conversation == id).ToDictionary(job => job.Assignment.Id);
        if (store.Find(visitor, id) is not { } conversation) return null;
        return conversation with
        {
            Turns = [.. conversation.Turns.Select(turn => live.TryGetValue(turn.Id, out var job)
                ? turn with { IsEnded = job.Journal.IsEnded, Text = job.Journal.Text }
                : turn)],
        };
    }

    private static ChatRefusedException Ending()
        => new(ChatFault.Restarting, new ServerRestarts(), TimeSpan.FromMinutes(1));

    private ChatRefusedException Full(int waiting)
    {
        var retryAfter = TimeSpan.FromSeconds(Math.Clamp(source.EstimateSeconds(waiting) ?? 30, 1, 3600));
        var fact = new QueueFull(waiting, waiting + 1, (int)Math.Ceiling(retryAfter.TotalSeconds));
        return new ChatRefusedException(ChatFault.Busy, fact, retryAfter);
    }
}

/// <summary>Earlier turns that are not in a question's history.</summary>
/// <param name="OfOtherImages">About another picture.</param>
/// <param name="Cut">About the same picture, but too much to be sent along.</param>
internal readonly record struct LeftOutTurns(int OfOtherImages, int Cut);
