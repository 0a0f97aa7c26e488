namespace Molmo.Demo.Lab.Scoring;

/// <summary>Levenshtein's distance in characters.</summary>
internal static class EditDistance
{
    /// <summary>Fewest insertions, deletions and replacements that make one text the other.</summary>
    public static int Between(string a, string b)
    {
        Rune[] from = [.. a.EnumerateRunes()], to = [.. b.EnumerateRunes()];
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }

    /// <summary>Length of a text in the same unit.</summary>
    public static int Characters(string text) => text.EnumerateRunes().Count();
}
