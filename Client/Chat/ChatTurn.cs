using System.Threading.Channels;
using Molmo.Demo.Client.Images;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Chat;

/// <summary>One question of the page's conversation and its answer, as far as it has arrived.</summary>
/// <remarks>Belongs to one page: everything public is used from that page's dispatcher only.</remarks>
public sealed class ChatTurn(
    GenerationId id, string question, ImageInfo? image, ImageRegion? region = null, GenerationId? parent = null,
    GenerationId? continues = null)
{
    /// <summary>
    /// Shortest time between two <see cref="Changed"/> of one answer, 22 a second; where only words arrive it is twice
    /// that.
    /// </summary>
    public static readonly TimeSpan FlushInterval = TimeSpan.FromMilliseconds(45);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private volatile bool _isCut;
    private bool _isAway;
    private volatile string? _lost;

    public GenerationId Id { get; } = id;

    /// <summary>The person's words.</summary>
    public string Question { get; } = question;

    /// <summary>The picture it was asked about; its dots belong on this one and no other.</summary>
    public ImageInfo? Image { get; } = image;

    /// <summary>How it was asked.</summary>
    public AskChoice Choice { get; init; } = AskChoice.Plain;

    /// <summary>
    /// Where the conversation no longer fitted: how many of the oldest turns have to be left out. Null in all other
    /// cases.
    /// </summary>
    public int? DropOldest => Answer.Failure is { Code: Failed.ContextFull } full ? full.DropOldest : null;

    /// <summary>The part of the picture that it was asked about alone; null for all of it.</summary>
    public ImageRegion? Region { get; } = region;

    /// <summary>Its place in the conversation.</summary>
    public TurnNode Node { get; } = new(id, parent, continues);

    /// <summary>What has arrived.</summary>
    public Answer Answer { get; } = new();

    /// <summary>What a person found at its points.</summary>
    public Audit Audit { get; private set; } = Audit.Empty;

    /// <summary>What the person thinks of it; null for nothing.</summary>
    public Rating? Rating { get; private set; }

    /// <summary>Grows with each <see cref="Changed"/>, so that a view knows whether it is current.</summary>
    public int Version { get; private set; }

    /// <summary>How far the answer is. Failed also where the server no longer knows it.</summary>
    public AnswerState State => _lost is null ? Answer.State : AnswerState.Failed;

    /// <summary>Whether more may arrive.</summary>
    public bool IsLive => State is AnswerState.Queued or AnswerState.Streaming;

    /// <summary>Whether the way to the answer, or to what writes it, is broken at the moment.</summary>
    public bool IsCut => (_isCut || _isAway) && IsLive;

    /// <summary>Whether it ended before the model had finished, so that it can go on from where it is.</summary>
    public bool CanContinue
        => _lost is null && !IsLive && Answer.Segments.Count > 0 && Answer.Ended is not { Reason: EndReason.Finished };

    /// <summary>Whether asking again makes another version of it; where not, it is tried once more.</summary>
    public bool CanRepeat
        => State is not AnswerState.Failed && (CanContinue || Answer.Ended is { Reason: EndReason.Finished });

    /// <summary>Why a failed answer failed, as a sentence in the reader's language.</summary>
    public string? Failure => _lost ?? (Answer.Failure is { } failure ? Words.Of(failure.Fact) : null);

    /// <summary>Look of a turn's first group: groups take their looks in the order of the chat.</summary>
    /// <param name="path">The turns that are read, this one among them.</param>
    /// <param name="turn">The turn.</param>
    public static int LookOf(IEnumerable<ChatTurn> path, ChatTurn turn)
        => path.TakeWhile(before => before != turn).Sum(before => PointLook.CountOf(before.Answer.Segments));

    /// <summary>Raised on the page's dispatcher after something arrived, at most 25 times a second.</summary>
    public event Action? Changed;

    /// <summary>Takes another check of its points in place of the one before.</summary>
    internal void SetAudit(Audit audit)
    {
        Audit = audit;
        Version++;
        Changed?.Invoke();
    }

    /// <summary>Takes another rating in place of the one before.</summary>
    internal void SetRating(Rating? rating)
    {
        Rating = rating;
        Version++;
        Changed?.Invoke();
    }

    /// <summary>Takes whether the machine that writes it is away.</summary>
    internal void SetAway(bool isAway)
    {
        if (_isAway == isAway) return;
        _isAway = isAway;
        Version++;
        Changed?.Invoke();
    }

    /// <summary>
    /// Reads the answer to its end. A broken stream is taken up again after the last event that arrived.
    /// </summary>
    internal async Task FollowAsync(
        IChatService chat, VisitorId visitor, TimeProvider time, CancellationToken cancellationToken)
    {
        var arrived = Channel.CreateUnbounded<GenerationEvent?>(
            new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        var reading =
            Task.Run(() => ReadAsync(arrived.Writer, chat, visitor, time, cancellationToken), CancellationToken.None);
        try
        {
            while (await arrived.Reader.WaitToReadAsync(cancellationToken))
            {
                if (TakeArrived(arrived.Reader))
                {
                    // Each change costs the wire more than the words in it. A dot among them waits for the rest of this
                    // interval at most.
                    await Task.Delay(FlushInterval, time, cancellationToken);
                    TakeArrived(arrived.Reader);
                }
                Version++;
                Changed?.Invoke();
                if (IsLive) await Task.Delay(FlushInterval, time, cancellationToken);
            }
        }
        finally
        {
            await reading;
        }
    }

    /// <summary>
    /// Applies what is there; says whether it did no more than lengthen the words that were there before.
    /// </summary>
    private bool TakeArrived(ChannelReader<GenerationEvent?> arrived)
    {
        var isWordsOnly = Answer.Segments.Count > 0;
        while (arrived.TryRead(out var e))
        {
            if (e is not null) Answer.Apply(e);
            isWordsOnly &= e is TextDelta;
        }
        return isWordsOnly;
    }

    /// <summary>
    /// Until as much has arrived as a stored text holds; not long, because it is a question of looks only.
    /// </summary>
    internal async Task ReachAsync(string text, TimeProvider time, CancellationToken cancellationToken)
    {
        var stored = new List<GenerationEvent>();
        new PointMarkupParser().Append(text, stored);
        var points = stored.Count(e => e is PointFound);
        var words = stored.Sum(e => e is TextDelta prose ? prose.Delta.Length : 0);
        var reached = new TaskCompletionSource();
        Changed += Check;
        try
        {
            Check();
            await reached.Task.WaitAsync(Patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // It shows what there is.
        }
        finally
        {
            Changed -= Check;
        }

        void Check()
        {
            if (!IsLive || (Answer.PointCount >= points
                && Answer.Segments.Sum(segment => segment is TextSegment prose ? prose.Text.Length : 0) >= words))
                reached.TrySetResult();
        }
    }

    /// <summary>
    /// Copies events into the channel; null says that only the state of the connection changed. Runs on the pool.
    /// </summary>
    private async Task ReadAsync(
        ChannelWriter<GenerationEvent?> writer, IChatService chat, VisitorId visitor, TimeProvider time,
        CancellationToken cancellationToken)
    {
        var next = 1L;
        var pause = FirstPause;
        try
        {
            while (true)
            {
                try
                {
                    await foreach (var e in chat.ReadAsync(visitor, Id, next, cancellationToken))
                    {
                        if (e.Seq < next) continue;
                        if (!EventNumbers.Follows(e.Seq, next - 1)) break;
                        next = e.Seq + 1;
                        pause = FirstPause;
                        _isCut = false;
                        writer.TryWrite(e);
                        if (e.IsLast) return;
                    }
                }
                catch (ChatRefusedException e) when (e.Fault is ChatFault.Unknown)
                {
                    _lost = T("This answer is no longer kept on the server. You can ask again.");
                    return;
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    // Whatever broke the way to the answer, the answer itself is safe in its journal: try again below.
                }

                _isCut = true;
                writer.TryWrite(null);
                await Task.Delay(pause, time, cancellationToken);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The page is gone.
        }
        finally
        {
            writer.TryWrite(null);
            writer.TryComplete();
        }
    }
}
