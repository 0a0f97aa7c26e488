using Molmo.Demo.Client.Chat;
using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Client.Compare;

/// <summary>
/// Asks two questions about one photo, one after the other, compares their dots and takes a vote. Both answers are
/// versions of one conversation, which the list of chats has afterwards like any other.
/// </summary>
/// <remarks>Used from one dispatcher only, the page's.</remarks>
public sealed class ComparisonSession(
    IChatService chat, IImageCatalog images, IVoteStore votes, TimeProvider time, VisitorId visitor, Random random)
    : IAsyncDisposable
{
    private readonly CancellationTokenSource _closed = new();
    private Task _running = Task.CompletedTask;
    private (CompareSide First, CompareSide Second, bool IsSwapped)? _asked;
    private bool _hasOffered;
    private bool _isStopped;

    /// <summary>The photo; null before one was chosen.</summary>
    public ImageInfo? Image { get; private set; }

    /// <summary>The two sides as the person sets them.</summary>
    public (CompareSide A, CompareSide B) Sides { get; } = (new CompareSide(), new CompareSide());

    /// <summary>Both checkpoints, the first one first; null where the server has one only.</summary>
    public IReadOnlyList<CheckpointStatus>? Checkpoints { get; private set; }

    /// <summary>Whether it is known which there are.</summary>
    public bool HasLooked { get; private set; }

    /// <summary>Whether a side can ask either of two checkpoints, now or soon.</summary>
    public bool HasChoice => Checkpoints is [_, { HasFailed: false }];

    /// <summary>Whether a second checkpoint is on its way.</summary>
    public bool IsAwaiting => Checkpoints is [_, { HasFailed: false, Ready: false }];

    /// <summary>Whether the answers are to come in random order without saying which is which.</summary>
    public bool IsBlind { get; set; }

    /// <summary>Whether the order of the last run was hidden.</summary>
    public bool WasBlind { get; private set; }

    /// <summary>The answers as shown; null before they are asked for.</summary>
    public (ChatTurn? First, ChatTurn? Second) Turns { get; private set; }

    /// <summary>Whether the answers are being written.</summary>
    public bool IsRunning => !_running.IsCompleted;

    /// <summary>Where the dots of both agree; null until both have ended.</summary>
    public DotDiff? Diff { get; private set; }

    /// <summary>The vote; null before it.</summary>
    public Verdict? Verdict { get; private set; }

    /// <summary>Why the last wish was refused, as a sentence.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Whether it is known which answer is which.</summary>
    public bool IsRevealed => !WasBlind || Verdict is not null || (!IsRunning && Entrants is not null && !IsRated);

    /// <summary>Whether there are two answers to choose from, and a choice says something.</summary>
    public bool CanVote => !IsRunning && IsRated;

    /// <summary>Why there is nothing to vote on, as a sentence; null where there is, or not yet.</summary>
    public string? Unvotable => IsRunning || IsRated || Turns.First is null ? null
        : Entrants is null ? CompareWords.Unvotable : CompareWords.Unrated;

    /// <summary>Whether a vote tells entrants apart.</summary>
    public bool IsRated => Entrants is { } entrants && entrants.First != entrants.Second;

    /// <summary>Raised when anything changed, a growing answer included.</summary>
    public event Action? Changed;

    private (string First, string Second)? Entrants
        => _asked is { } asked && Turns is ({ Answer: { Start.Stamp: var first, Ended: not null } },
        { Answer: { Start.Stamp: var second, Ended: not null } })
            ? (CompareWords.Entrant(first, asked.First), CompareWords.Entrant(second, asked.Second))
            : null;

    /// <summary>Name of a shown answer: what it is, or only its place while that is hidden.</summary>
    public string NameOf(bool isFirst)
    {
        if (!IsRevealed || _asked is not { } asked) return isFirst ? T("First") : T("Second");
        var name = isFirst == asked.IsSwapped ? "B" : "A";
        return Checkpoints is [var usual, ..] && asked.First.Checkpoint != asked.Second.Checkpoint
            ? $"{name} ({SideOf(isFirst)!.Checkpoint ?? usual.Name})"
            : name;
    }

    /// <summary>How a shown answer was asked; null before.</summary>
    public CompareSide? SideOf(bool isFirst) => isFirst ? _asked?.First : _asked?.Second;

    /// <summary>
    /// Looks which checkpoints there are. When the second is there for the first time, side B asks it.
    /// </summary>
    public async Task LookAsync()
    {
        IReadOnlyList<CheckpointStatus>? found;
        try
        {
            found = (await chat.GetQueueStatusAsync(_closed.Token)).Checkpoints;
        }
        catch (OperationCanceledException) when (_closed.IsCancellationRequested)
        {
            return;
        }
        // While another machine does not reply, what it had before is the best that is known.
        HasLooked = true;
        Checkpoints = found ?? Checkpoints;
        if (!_hasOffered && found is [_, { Ready: true } second])
        {
            _hasOffered = true;
            if (_asked is null) Sides.B.Checkpoint ??= second.Name;
        }
        Changed?.Invoke();
    }

    /// <summary>Puts an uploaded photo of this visitor on the stage.</summary>
    public async Task<bool> TakePhotoAsync(ImageId id)
        => Place(RandomId.IsWellFormed(id.Value) ? await images.FindAsync(visitor, id, _closed.Token) : null,
            T("This photo is not on the server any more. Choose it again."));

    /// <summary>Puts a gallery picture on the stage.</summary>
    public async Task<bool> TakeSampleAsync(SampleScene sample)
    {
        try
        {
            if (!Place(await images.TakeSampleAsync(visitor, sample.File, _closed.Token),
                T("The gallery has no such picture.")))
                return false;
        }
        catch (ChatRefusedException e)
        {
            return Refuse(Words.Of(e.Fact));
        }
        if (Sides.A.Text.Length == 0) Sides.A.Text = sample.Question;
        if (Sides.B.Text.Length == 0) Sides.B.Text = sample.Question;
        Changed?.Invoke();
        return true;
    }

    /// <summary>Asks both.</summary>
    public async Task RunAsync()
    {
        if (IsRunning) return;
        if (Image is not { } picture)
        {
            Refuse(CompareWords.NoPhoto);
            return;
        }
        if (string.IsNullOrWhiteSpace(Sides.A.Text) || string.IsNullOrWhiteSpace(Sides.B.Text))
        {
            Refuse(CompareWords.NoQuestion);
            return;
        }
        (Refusal, Diff, Verdict, Turns, _isStopped, WasBlind) = (null, null, null, default, false, IsBlind);
        var isSwapped = IsBlind && random.Next(2) == 1;
        // What is rated is how it was asked, whatever is set before the vote.
        var (a, b) = (Sides.A.Copy(), Sides.B.Copy());
        var asked = isSwapped ? (First: b, Second: a) : (First: a, Second: b);
        _asked = (asked.First, asked.Second, isSwapped);
        _running = AskBothAsync(picture, asked);
        Changed?.Invoke();
        await _running;
        Changed?.Invoke();
    }

    /// <summary>Ends what is being written, and does not ask what has not been asked yet.</summary>
    public async Task StopAsync()
    {
        _isStopped = true;
        foreach (var turn in new[] { Turns.First, Turns.Second })
            if (turn is { IsLive: true }) await chat.StopAsync(visitor, turn.Id, _closed.Token);
    }

    /// <summary>
    /// Keeps the person's verdict on the answers as shown; a second one takes the place of the first.
    /// </summary>
    public async Task VoteAsync(Verdict verdict)
    {
        if (!CanVote || Entrants is not { } entrants) return;
        try
        {
            await votes.KeepAsync(
                Turns.Second!.Id, new Vote(entrants.First, entrants.Second, verdict, WasBlind), _closed.Token);
            Verdict = verdict;
            Refusal = null;
        }
        catch (ChatRefusedException e)
        {
            Refusal = Words.Of(e.Fact);
        }
        Changed?.Invoke();
    }

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closed.Dispose();
    }

    private async Task AskBothAsync(ImageInfo picture, (CompareSide First, CompareSide Second) asked)
    {
        var conversation = ConversationId.New();
        try
        {
            await AskAsync(asked.First, turn => Turns = (turn, null));
            if (_isStopped) return;
            await AskAsync(asked.Second, turn => Turns = (Turns.First, turn));
            if (Turns is ({ } first, { } second))
                Diff = DotDiff.Of(PointsOf(first), PointsOf(second), picture.Width, picture.Height);
        }
        catch (ChatRefusedException e)
        {
            Refusal = Words.Of(e.Fact);
        }
        catch (OperationCanceledException) when (_closed.IsCancellationRequested)
        {
            // The page is gone; the answers are written all the same.
        }

        async Task AskAsync(CompareSide side, Action<ChatTurn> show)
        {
            var id = await chat.StartAsync(visitor, side.ToQuestion(conversation, picture.Id), _closed.Token);
            var turn = new ChatTurn(id, side.Text, picture);
            show(turn);
            turn.Changed += () => Changed?.Invoke();
            await turn.FollowAsync(chat, visitor, time, _closed.Token);
        }
    }

    private static List<ImagePoint> PointsOf(ChatTurn turn) => [.. turn.Answer.Segments.OfType<PointSegment>()
        .SelectMany(segment => segment.Points).Take(ChatLimits.PointsDrawn)];

    private bool Place(ImageInfo? picture, string otherwise)
    {
        if (picture is null) return Refuse(otherwise);
        (Image, Refusal, Diff, Verdict, Turns) = (picture, null, null, null, default);
        Changed?.Invoke();
        return true;
    }

    private bool Refuse(string reason)
    {
        Refusal = reason;
        Changed?.Invoke();
        return false;
    }
}
