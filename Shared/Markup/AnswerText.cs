namespace Molmo.Demo.Shared.Markup;

/// <summary>What an answer says, without what it shows.</summary>
public static class AnswerText
{
    private const string Total = "a total of ";

    /// <summary>
    /// Prose with the inline texts of tags (their alternative text where they have none), for copying and reading
    /// aloud.
    /// </summary>
    public static string Clean(IEnumerable<AnswerSegment> segments)
    {
        var text = new StringBuilder();
        foreach (var segment in segments)
        {
            text.Append(segment switch
            {
                TextSegment prose => prose.Text,
                PointSegment { Text.Length: > 0 } points => points.Text,
                PointSegment points => points.Alt,
                _ => "",
            });
        }
        return text.ToString();
    }

    /// <summary>
    /// The number that a clean answer states: N of "a total of N", 0 for "There are none.", else null.
    /// </summary>
    public static int? StatedCount(string cleanText)
    {
        if (cleanText.AsSpan().Trim() is "There are none.") return 0;
        var start = cleanText.IndexOf(Total, StringComparison.Ordinal);
        if (start < 0) return null;
        var rest = cleanText.AsSpan(start + Total.Length);
        var end = rest.IndexOfAnyExceptInRange('0', '9');
        var digits = end < 0 ? rest : rest[..end];
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;
    }
}
