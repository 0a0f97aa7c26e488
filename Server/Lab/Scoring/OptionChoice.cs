namespace Molmo.Demo.Lab.Scoring;

/// <summary>Which of several options an answer means, by the rules of the published evaluation.</summary>
internal static class OptionChoice
{
    /// <summary>
    /// The option that is the same text; else the only one that contains it; else the one that needs the fewest edits,
    /// the first of equals. Letters' case and white space around do not matter.
    /// </summary>
    /// <param name="answer">The model's answer.</param>
    /// <param name="options">At least one, all different.</param>
    /// <returns>Index of the option.</returns>
    public static int Select(string answer, IReadOnlyList<string> options)
    {
        var wanted = Folded(answer);
        var folded = options.Select(Folded).ToList();
        if (folded.IndexOf(wanted) is >= 0 and var same) return same;
        var containing =
            folded.Index().Where(option => option.Item.Contains(wanted, StringComparison.Ordinal)).ToList();
        return containing is [var only]
            ? only.Index
            : folded.Index().MinBy(option => EditDistance.Between(option.Item, wanted)).Index;
    }

    private static string Folded(string text) => text.ToLowerInvariant().Trim();
}
