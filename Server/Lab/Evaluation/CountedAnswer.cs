namespace Molmo.Demo.Lab.Evaluation;

/// <summary>The number that an answer to "How many ... are there?" gives.</summary>
internal static class CountedAnswer
{
    /// <summary>
    /// The total that the text states; else its last word as a number, in figures or as a word up to twenty; else the
    /// number of points.
    /// </summary>
    public static int Read(string cleanText, int pointCount)
    {
        if (AnswerText.StatedCount(cleanText) is { } stated) return stated;
        var last = cleanText.TrimEnd(' ', '\n', '.').Split([' ', '\n']).Last();
        if (int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var figure)) return figure;
        return NumberWords.Find(last) ?? pointCount;
    }
}
