namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Small matters of language that the generators share.</summary>
internal static class Wording
{
    /// <summary>The first letter made large.</summary>
    public static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>As "a", "a and b" or "a, b and c".</summary>
    public static string List(IReadOnlyList<string> items) => items.Count < 2
        ? string.Concat(items)
        : $"{string.Join(", ", items.SkipLast(1))} and {items[^1]}";

    /// <summary>With as many decimals as it has, and a point.</summary>
    public static string Number(decimal value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    /// <summary>A point in the middle of a sentence.</summary>
    /// <param name="at">In percent.</param>
    /// <param name="name">What is pointed at.</param>
    /// <param name="text">What the sentence says there.</param>
    public static string Point((double X, double Y) at, string name, string text)
        => Points([at], name, text);

    /// <inheritdoc cref="Point"/>
    public static string Points(IReadOnlyList<(double X, double Y)> at, string name, string text)
    {
        var markup = PointText.Markup(name, at);
        var small = name.ToLowerInvariant();
        // The markup ends with the name in small letters and the closing tag; the sentence has its own words there.
        var end = markup.LastIndexOf($">{small}</", StringComparison.Ordinal);
        return $"{markup[..(end + 1)]}{text}{markup[(end + 1 + small.Length)..]}";
    }
}
