using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Chat;

/// <summary>What an answer says there is, in words: for pages, lists and files.</summary>
/// <remarks>The names of things are the model's own words and stay as it wrote them.</remarks>
public static class ClaimWords
{
    /// <summary>Of one kind of thing: <c>3 dogs</c>; <c>3 dots</c> where it has no name.</summary>
    public static string Of(ClaimGroup group) => Counted(group.Count, group.Noun);

    /// <summary>Of all kinds: <c>1 white cell, 18 red cells</c>, or <c>None</c>.</summary>
    public static string Of(Claim claim) => claim.IsNone ? T("None") : InARow(claim.Groups.Select(Of));

    /// <summary>The same with whether a person has checked it: <c>4 fish, checked</c>.</summary>
    public static string Entry(Claim claim) => claim.Check switch
    {
        CheckState.All => T("{0}, checked", Of(claim)),
        CheckState.Part => T("{0}, partly checked", Of(claim)),
        _ => Of(claim),
    };

    /// <summary>
    /// What a person changed: <c>The model said 3. You found 1 more.</c> Null where nobody has looked.
    /// </summary>
    public static string? Correction(Claim claim)
    {
        if (claim.Check == CheckState.None) return null;
        if (claim.IsConfirmed)
            return Plural(claim.Given, "You found the dot right.", "You found all {0} dots right.");
        string?[] sentences =
        [
            ModelSaid(claim),
            claim.Missed > 0 ? Plural(claim.Missed, "You found {0} more.", "You found {0} more.") : null,
            claim.Wrong > 0 ? Plural(claim.Wrong, "{0} dot was wrong.", "{0} dots were wrong.") : null,
            claim.Check == CheckState.Part
                ? T("{0} of {1} looked at.", claim.Judged, claim.Given)
                : null,
        ];
        return string.Join(' ', sentences.OfType<string>());
    }

    /// <summary>
    /// The same for readers who are somebody else: <c>4 dogs, checked by a person. The model said 3.</c>
    /// </summary>
    public static string ByAPerson(Claim claim)
    {
        var found = claim.Check == CheckState.All
            ? T("{0}, checked by a person.", Of(claim))
            : T("{0}, partly checked by a person.", Of(claim));
        return claim.Wrong == 0 && claim.Missed == 0 ? found : $"{found} {ModelSaid(claim)}";
    }

    /// <summary>What it was before a person checked it: <c>The model said 3.</c></summary>
    public static string ModelSaid(Claim claim) => claim.Groups.Length > 1
        ? T("The model said {0}.", InARow(claim.Groups.Select(group => Counted(group.Given, group.Noun))))
        : T("The model said {0}.", claim.Stated ?? claim.Given);

    private static string Counted(int count, string noun)
        => noun.Length == 0
            ? Plural(count, "{0} dot", "{0} dots")
            : T("{0} {1}", count, EnglishNoun.For(noun, count));

    private static string InARow(IEnumerable<string> words)
        => words.Aggregate((before, after) => T("{0}, {1}", before, after));
}
