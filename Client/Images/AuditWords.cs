using System.Globalization;
using Molmo.Demo.Client.Chat;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Images;

/// <summary>What the check of a count says.</summary>
public static class AuditWords
{
    internal const string Begin = "Check the dots one by one";
    internal const string Bar = "Check of the dots";
    /// <summary>What the layer is called.</summary>
    public const string Layer = "Check by a person";

    internal const string Right = "Right";
    internal const string Wrong = "Wrong";
    internal const string Missed = "Missed";
    internal const string Undo = "Undo";
    internal const string Done = "Done";
    internal const string PlaceHint = "Click what was missed, or move it under the cross.";
    internal const string Place = "Add here";
    internal const string Leave = "Cancel";
    internal const string NothingToUndo = "There is nothing to undo.";

    /// <summary>The result: <c>37 claimed, 35 confirmed, 2 wrong, 1 missed. Precision 95 %, recall 97 %.</c></summary>
    public static string Sentence(AuditResult result)
    {
        var looked = result.IsComplete ? "" : $"{Number(result.Checked)} checked, ";
        var rates = new[] { result.Precision is { } precision ? $"precision {Percent(precision)}" : null, result.Recall is { } recall ? $"recall {Percent(recall)}" : null }
            .OfType<string>().ToList();
        var rest = rates.Count == 0 ? "" : string.Concat(" ", char.ToUpperInvariant(rates[0][0]).ToString(), string.Join(", ", rates).AsSpan(1), ".");
        return $"{Number(result.Claimed)} claimed, {looked}{Number(result.Confirmed)} confirmed, {Number(result.Wrong)} wrong, {Number(result.Missed)} missed.{rest}";
    }

    /// <summary>One word: <c>right</c> or <c>wrong</c>.</summary>
    public static string Word(DotVerdict verdict) => verdict == DotVerdict.Right ? "right" : "wrong";

    internal static string Progress(int at, int count) => string.Create(CultureInfo.InvariantCulture, $"{at + 1} of {count}");

    internal static string Judged(string dot, DotVerdict verdict, string? next) => next is null ? $"{dot}: {Word(verdict)}." : $"{dot}: {Word(verdict)}. Now {next}.";

    internal static string AllChecked(string said, AuditResult result) => $"{said} All {AnswerWords.Count(result.Claimed, "dot")} checked. {Sentence(result)}";

    internal static string Began(string dot) => $"{Bar}. {dot}. Y is right, X is wrong, M adds a missed one, Backspace undoes, Escape leaves.";

    internal static string Added(string name) => $"Added a missed point: {name}.";

    internal static string Undone(string? dot) => dot is null ? "Undone: the missed point is gone." : $"Undone. Back at {dot}.";

    // 199 of 200 is not all of them, and 1 of 300 is not none.
    private static string Percent(double part)
    {
        var rounded = Math.Round(part * 100, MidpointRounding.AwayFromZero);
        var honest = part is > 0 and < 1 ? Math.Clamp(rounded, 1, 99) : rounded;
        return string.Create(CultureInfo.InvariantCulture, $"{honest:0} %");
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
