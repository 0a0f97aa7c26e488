using System.Globalization;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Markup;

namespace Molmo.Demo.Client.Chat;

/// <summary>What the page says about an answer, in sentences. Numbers are written the same in every culture.</summary>
public static class AnswerWords
{
    /// <summary>The handle for <c>data-state</c>.</summary>
    public static string State(AnswerState state) => state switch
    {
        AnswerState.Queued => "queued",
        AnswerState.Streaming => "streaming",
        AnswerState.Done => "done",
        AnswerState.Interrupted => "interrupted",
        _ => "failed",
    };

    /// <summary>The handle for <c>data-end-reason</c>; null while there is none.</summary>
    public static string? Reason(EndReason? reason) => reason switch
    {
        EndReason.Finished => "finished",
        EndReason.Length => "length",
        EndReason.Stopped => "stopped",
        EndReason.Interrupted => "interrupted",
        _ => null,
    };

    /// <summary>Place in the queue and the wait.</summary>
    public static string Queue(Queued? queued)
    {
        if (queued is null) return "Sent.";
        var place = queued.Position switch
        {
            <= 0 => "You are next",
            1 => "1 person is ahead of you",
            var ahead => string.Create(CultureInfo.InvariantCulture, $"{ahead} people are ahead of you"),
        };
        var wait = queued.EtaSeconds is { } seconds && double.IsFinite(seconds) && seconds >= 0 ? $", about {Wait(seconds)}" : "";
        return $"{place}{wait}. You can close this tab; the answer will be here.";
    }

    /// <summary>A wait, rounded up: seconds to ninety, then minutes.</summary>
    public static string Wait(double seconds)
    {
        var whole = Math.Max(1, (long)Math.Ceiling(Math.Min(seconds, 1e6)));
        return whole <= 90 ? Count(whole, "second") : Count((whole + 59) / 60, "minute");
    }

    /// <summary>What an answer being written is doing.</summary>
    public static string Writing(Answer answer) => answer switch
    {
        { PointCount: > 0 } => $"writing · {Count(answer.PointCount, "dot")} so far",
        { Segments.Count: 0 } => "looking at the photo",
        _ => "writing",
    };

    /// <summary>Time and tokens of an ended answer, such as <c>0.9 s · 41 tokens</c>.</summary>
    public static string Cost(Ended ended)
        => string.Create(CultureInfo.InvariantCulture, $"{ended.Timings.TotalMs / 1000:0.0} s · {Count(ended.Usage.AnswerTokens, "token")}");

    /// <summary>Why an answer is not as long as it might be; null for a finished one.</summary>
    public static string? Ending(EndReason? reason, int pointCount) => reason switch
    {
        EndReason.Length => "Cut at the length limit. The list of points may be incomplete; it can go on from here.",
        EndReason.Stopped => $"Stopped by you. {Kept(pointCount)}",
        EndReason.Interrupted => $"The server was restarted while this was being written. {Kept(pointCount)}",
        _ => null,
    };

    /// <summary>What of the picture the model was given.</summary>
    public static string Sent(SentImage sent) => string.Create(CultureInfo.InvariantCulture,
        $"Sent as {sent.Width} × {sent.Height}, {Count(sent.Crops, "crop")}, {Count(sent.ImageTokens, "image token")}");

    /// <summary>Remarks on how an answer was asked, each once.</summary>
    public static IEnumerable<string> Notes(Answer answer) => answer.Notes.Where(note => !note.Code.IsOnOutput()).Select(Note).Distinct();

    /// <summary>
    /// Remarks on what the model wrote: every repaired or dropped piece. That a list of points is open at the end says something
    /// of the model only where the model itself ended there; after a stop or a cut it is what everybody expects.
    /// </summary>
    public static IEnumerable<Noted> OutputNotes(Answer answer) => answer.Notes
        .Where(note => note.Code.IsOnOutput())
        .Where(note => note.Code is not (NoteCode.UnclosedTag or NoteCode.BrokenTag) || answer.Ended is { Reason: EndReason.Finished });

    /// <summary>How long a verbatim text is, for one who wants to be sure to have all of it.</summary>
    public static string Size(string text) => string.Create(CultureInfo.InvariantCulture,
        $"{Count(text.Length, "character")}, {Count(System.Text.Encoding.UTF8.GetByteCount(text), "byte")}, exactly as the model wrote them");

    /// <summary>A remark on an answer.</summary>
    public static string Note(Noted note) => note.Code switch
    {
        NoteCode.PointOutOfRange => "A point outside the picture is not shown.",
        NoteCode.UnpairedCoordinate => "A point with only one coordinate is not shown.",
        NoteCode.UnclosedTag => "A list of points was not closed; its dots are kept.",
        NoteCode.BrokenTag => "The answer ends inside a list of points that was not complete; its dots are left out.",
        NoteCode.TooManyPoints => string.Create(CultureInfo.InvariantCulture, $"Only the first {ChatLimits.PointsDrawn} dots are drawn; all are counted."),
        // How it was asked: the server's own sentences, with their numbers.
        _ => note.Detail,
    };

    /// <summary>What a screen reader says once when an answer is over: its words, never markup or coordinates.</summary>
    public static string Summary(ChatTurn turn)
    {
        var answer = turn.Answer;
        if (turn.State is AnswerState.Failed) return turn.Failure ?? "The answer failed.";
        var groups = answer.Segments.OfType<PointSegment>().Count(segment => segment.Points.Length > 0);
        var points = answer.PointCount == 0 ? "" : $" {Count(answer.PointCount, "point")} in {Count(groups, "group")}.";
        var ending = Ending(answer.Ended?.Reason, answer.PointCount);
        return $"Answer ready: {answer.CleanText.Trim()}{points}{(ending is null ? "" : " " + ending)}";
    }

    /// <summary>A number with its noun: <c>1 dot</c>, <c>2 dots</c>.</summary>
    public static string Count(long number, string noun)
        => string.Create(CultureInfo.InvariantCulture, $"{number} {noun}{(number == 1 ? "" : "s")}");

    private static string Kept(int pointCount)
        => pointCount == 0 ? "What was written is kept." : $"The text and {Count(pointCount, "point")} so far are kept.";
}
