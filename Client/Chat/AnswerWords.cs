namespace Molmo.Demo.Client.Chat;

/// <summary>What the page says about an answer, in sentences.</summary>
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
        if (queued is null) return T("Sent.");
        return Eta(queued) is { } seconds
            ? T("{0}, {1}. You can close this tab; the answer will be here.", Ahead(queued), Wait(seconds))
            : T("{0}. You can close this tab; the answer will be here.", Ahead(queued));
    }

    /// <summary>Place in the queue.</summary>
    public static string Ahead(Queued? queued) => queued switch
    {
        null => T("Sent."),
        { Position: <= 0 } => T("You are next"),
        _ => Plural(queued.Position, "{0} person is ahead of you", "{0} people are ahead of you"),
    };

    /// <summary>How long it takes until the answer begins, and what can be done meanwhile; null where nothing is known.
    /// </summary>
    public static string? Waiting(Queued? queued) => queued is null ? null
        : Eta(queued) is { } seconds
            ? T("It takes {0}. You can close this tab; the answer will be here.", Wait(seconds))
            : T("You can close this tab; the answer will be here.");

    private static double? Eta(Queued queued)
        => queued.EtaSeconds is { } seconds && double.IsFinite(seconds) && seconds >= 0 ? seconds : null;

    /// <summary>A wait, rounded up: seconds to ninety, then minutes.</summary>
    private static string Wait(double seconds)
    {
        var whole = Math.Max(1, (long)Math.Ceiling(Math.Min(seconds, 1e6)));
        return whole <= 90
            ? Plural(whole, "about {0} second", "about {0} seconds")
            : Plural((whole + 59) / 60, "about {0} minute", "about {0} minutes");
    }

    /// <summary>What an answer being written is doing.</summary>
    public static string Writing(Answer answer) => answer switch
    {
        { PointCount: > 0 } => Plural(answer.PointCount, "writing · {0} dot so far", "writing · {0} dots so far"),
        { Segments.Count: 0 } => T("Looking at the photo"),
        _ => T("Writing"),
    };

    /// <summary>
    /// Time and tokens of an ended answer, such as <c>0.9 s · 41 tokens</c>; null without tokens: nobody has counted
    /// them where the process that wrote it is gone. A time that is not known, or reads as none, is left out.
    /// </summary>
    public static string? Cost(Ended ended)
    {
        if (ended.Usage.AnswerTokens == 0) return null;
        var tokens = Plural(ended.Usage.AnswerTokens, "{0} token", "{0} tokens");
        return ended.Timings.TotalMs < 50 ? tokens : T("{0:0.0} s · {1}", ended.Timings.TotalMs / 1000, tokens);
    }

    /// <summary>Why an answer is not as long as it might be; null for a finished one.</summary>
    public static string? Ending(EndReason? reason, int pointCount) => reason switch
    {
        EndReason.Length => T("Cut at the length limit. The list of points may be incomplete; it can go on from here."),
        EndReason.Stopped => pointCount == 0
            ? $"{T("You stopped here.")} {Kept(pointCount)}"
            : $"{T("You stopped here.")} {Plural(pointCount, "This {0} dot is kept.", "These {0} dots are kept.")}",
        EndReason.Interrupted => $"{T("The server was restarted while this was being written.")} {Kept(pointCount)}",
        _ => null,
    };

    /// <summary>
    /// That the machine that writes an answer is out of reach, so that nobody here knows how it goes on.
    /// </summary>
    public static string Cut => T("The model cannot be reached at the moment. What is here is kept.");

    /// <summary>That an answer is on this page only, and why.</summary>
    public static string NotKept(StorageFault fault)
    {
        var why = fault switch
        {
            StorageFault.Full => T("This answer is not being kept at the moment: the server's storage is full."),
            StorageFault.ReadOnly => T(
                "This answer is not being kept at the moment: the server's storage cannot be written."),
            StorageFault.Locked => T(
                "This answer is not being kept at the moment: another program holds the server's storage."),
            _ => T("This answer is not being kept at the moment: the server's storage fails."),
        };
        return $"{why} {T("It is kept as soon as that works again; copy what you need before you leave this page.")}";
    }

    /// <summary>Remarks on how an answer was asked, each once.</summary>
    public static IEnumerable<string> Notes(Answer answer)
        => answer.Notes.Where(note => !note.IsOnOutput).Select(Note).Distinct();

    /// <summary>What was asked about and the checkpoint does not know, in sentences, each once.</summary>
    public static IEnumerable<string> Unknown(Answer answer)
        => answer.Notes.Where(note => note.Fact is ThingUnknown).Select(Note).Distinct();

    /// <summary>
    /// Remarks on what the model wrote: every repaired or dropped piece. That a list of points is open at the end says
    /// something of the model only where the model itself ended there; after a stop or a cut it is what everybody
    /// expects.
    /// </summary>
    public static IEnumerable<Noted> OutputNotes(Answer answer) => answer.Notes
        .Where(note => note.IsOnOutput)
        .Where(note => note.Code is not (NoteCode.UnclosedTag or NoteCode.BrokenTag)
            || answer.Ended is { Reason: EndReason.Finished });

    /// <summary>How long a verbatim text is, for one who wants to be sure to have all of it.</summary>
    public static string Size(string text) => T("{0}, {1}, exactly as the model wrote them",
        Plural(text.Length, "{0} character", "{0} characters"),
        Plural(Encoding.UTF8.GetByteCount(text), "{0} byte", "{0} bytes"));

    /// <summary>A remark on an answer.</summary>
    public static string Note(Noted note) => note.Code switch
    {
        NoteCode.PointOutOfRange => T("A point outside the picture is not shown."),
        NoteCode.UnpairedCoordinate => T("A point with only one coordinate is not shown."),
        NoteCode.UnclosedTag => T("A list of points was not closed; its dots are kept."),
        NoteCode.BrokenTag => T("The answer ends inside a list of points that was not complete; its dots are kept."),
        NoteCode.TooManyPoints => T("Only the first {0} dots are drawn; all are counted.", ChatLimits.PointsDrawn),
        _ => Words.Of(note),
    };

    /// <summary>
    /// What a screen reader says once when an answer is over: its words, never markup or coordinates.
    /// </summary>
    public static string Summary(ChatTurn turn)
    {
        var answer = turn.Answer;
        if (turn.State is AnswerState.Failed) return turn.Failure ?? T("The answer failed.");
        var groups = answer.Segments.OfType<PointSegment>().Count(segment => segment.Points.Length > 0);
        var points = answer.PointCount == 0 ? null : Plural(
            groups, "{1} in {0} group.", "{1} in {0} groups.", Plural(answer.PointCount, "{0} point", "{0} points"));
        string?[] sentences =
            [T("Answer ready: {0}", answer.CleanText.Trim()), points, Ending(answer.Ended?.Reason, answer.PointCount)];
        return string.Join(' ', sentences.OfType<string>());
    }

    private static string Kept(int pointCount)
        => pointCount == 0
            ? T("What was written is kept.")
            : Plural(pointCount, "The text and {0} point so far are kept.", "The text and {0} points so far are kept.");
}
