using Molmo.Demo.Shared.Markup;

namespace Molmo.Demo.Shared.Chat;

/// <summary>
/// One answer as its events have told it so far. A plain value holder for a reader of the journal; not safe for use by
/// several threads at once.
/// </summary>
public sealed class Answer
{
    private readonly SegmentBuilder _segments = new();
    private readonly List<Noted> _notes = [];

    /// <summary>Where the answer stands.</summary>
    public AnswerState State { get; private set; }

    /// <summary>Number of the last event taken; reading goes on at the next.</summary>
    public long LastSeq { get; private set; }

    /// <summary>Place in the queue, while waiting.</summary>
    public Queued? Queue { get; private set; }

    /// <summary>What answers; null until the engine has begun.</summary>
    public Started? Start { get; private set; }

    /// <summary>How it ended; null while it has not, and where it failed.</summary>
    public Ended? Ended { get; private set; }

    /// <summary>Why it failed.</summary>
    public Failed? Failure { get; private set; }

    /// <summary>Remarks, in order.</summary>
    public IReadOnlyList<Noted> Notes => _notes;

    /// <summary>Prose and groups of points, in reading order; the same as parsing the verbatim text gives.</summary>
    public IReadOnlyList<AnswerSegment> Segments => _segments.Segments;

    /// <summary>Points in all groups.</summary>
    public int PointCount => Segments.Sum(segment => segment is PointSegment points ? points.Points.Length : 0);

    /// <summary>The text to copy or read aloud.</summary>
    public string CleanText => AnswerText.Clean(Segments);

    /// <summary>
    /// Whether the answer agrees with itself. One that did not come to its own end, or whose points are not all here,
    /// is not held to the number in its words.
    /// </summary>
    public AnswerCheck Check()
    {
        var check = AnswerCheck.Of(Segments);
        var isWhole =
            Ended is { Reason: EndReason.Finished } && !_notes.Exists(note => note.Code == NoteCode.TooManyPoints);
        return isWhole
            ? check
            : check with { Stated = null, Findings = check.Findings.RemoveAll(finding => finding is CountDiffers) };
    }

    /// <summary>Takes the next event. One that was taken before is ignored, so that readers may start early.</summary>
    /// <exception cref="ArgumentException">Events between the last one and this one are missing.</exception>
    public void Apply(GenerationEvent e)
    {
        if (e.Seq <= LastSeq) return;
        if (!EventNumbers.Follows(e.Seq, LastSeq))
            throw new ArgumentException($"Event {e.Seq} came after event {LastSeq}.", nameof(e));
        LastSeq = e.Seq;

        if (State == AnswerState.Queued && e is not (Queued or Noted))
        {
            State = AnswerState.Streaming;
            Queue = null;
        }
        switch (e)
        {
            case Queued queued:
                Queue = queued;
                // An answer that goes on from an earlier one has its beginning before it waits.
                State = AnswerState.Queued;
                break;
            case Started started: Start = started; break;
            case Noted note: _notes.Add(note); break;
            case Ended ended:
                Ended = ended;
                State = ended.Reason == EndReason.Interrupted ? AnswerState.Interrupted : AnswerState.Done;
                break;
            case Failed failed:
                Failure = failed;
                State = AnswerState.Failed;
                break;
            default: _segments.Add(e); break;
        }
    }
}
