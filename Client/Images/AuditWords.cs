using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Images;

/// <summary>What the check of a count says.</summary>
public static class AuditWords
{
    internal static string Begin => T("Check the dots one by one");
    internal static string Short => T("Check");
    internal static string Bar => T("Check of the dots");

    /// <summary>What the layer is called.</summary>
    public static string Layer => T("Check by a person");

    internal static string Right => T("Right");
    internal static string Wrong => T("Wrong");
    internal static string Missed => T("Missed");
    internal static string Undo => T("Undo");
    internal static string Done => T("Done");
    internal static string PlaceHint => T("Click what was missed, or move it under the cross.");
    internal static string Place => T("Add here");
    internal static string Leave => T("Cancel");
    internal static string NothingToUndo => T("There is nothing to undo.");

    /// <summary>The result: <c>37 claimed, 35 confirmed, 2 wrong, 1 missed. Precision 95 %, recall 97 %.</c></summary>
    public static string Sentence(AuditResult result)
    {
        var found = result.IsComplete
            ? T("{0} claimed, {1} confirmed, {2} wrong, {3} missed.", result.Claimed, result.Confirmed, result.Wrong,
                result.Missed)
            : T("{0} claimed, {1} checked, {2} confirmed, {3} wrong, {4} missed.", result.Claimed, result.Checked,
                result.Confirmed, result.Wrong, result.Missed);
        return (result.Precision, result.Recall) switch
        {
            ({ } precision, { } recall) =>
                $"{found} {T("Precision {0} %, recall {1} %.", Percent(precision), Percent(recall))}",
            ({ } precision, null) => $"{found} {T("Precision {0} %.", Percent(precision))}",
            (null, { } recall) => $"{found} {T("Recall {0} %.", Percent(recall))}",
            _ => found,
        };
    }

    /// <summary>The handle for files, styles and scripts: <c>right</c> or <c>wrong</c>.</summary>
    public static string Word(DotVerdict verdict) => verdict == DotVerdict.Right ? "right" : "wrong";

    internal static string Mark(string dot, DotVerdict verdict)
        => verdict == DotVerdict.Right ? T("{0}: right", dot) : T("{0}: wrong", dot);

    internal static string MissedMark(string name) => T("Missed: {0}", name);

    internal static string Progress(int at, int count) => T("{0} of {1}", at + 1, count);

    internal static string Judged(string dot, DotVerdict verdict, string? next)
    {
        var said = verdict == DotVerdict.Right ? T("{0}: right.", dot) : T("{0}: wrong.", dot);
        return next is null ? said : $"{said} {T("Now {0}.", next)}";
    }

    internal static string AllChecked(string said, AuditResult result)
        => $"{said} {Plural(result.Claimed, "All {0} dot checked.", "All {0} dots checked.")} {Sentence(result)}";

    internal static string Began(string dot)
        => T("Check of the dots. {0}. Y is right, X is wrong, M adds a missed one, Backspace undoes, Escape leaves.",
            dot);

    internal static string Added(string name) => T("Added a missed point: {0}.", name);

    internal static string Undone(string? dot)
        => dot is null ? T("Undone: the missed point is gone.") : T("Undone. Back at {0}.", dot);

    // 199 of 200 is not all of them, and 1 of 300 is not none.
    private static int Percent(double part)
    {
        var rounded = (int)Math.Round(part * 100, MidpointRounding.AwayFromZero);
        return part is > 0 and < 1 ? Math.Clamp(rounded, 1, 99) : rounded;
    }
}
