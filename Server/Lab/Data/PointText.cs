namespace Molmo.Demo.Lab.Data;

/// <summary>Points as the model writes them (allenai/molmo 793fa38, data_formatter.py).</summary>
internal static class PointText
{
    public const string None = "There are none.";

    /// <summary>
    /// Points in markup, ordered from left to right, and from top to bottom where they stand above each other, after
    /// rounding to a decimal.
    /// </summary>
    /// <param name="label">Name of what is pointed at; small letters are made of it, and nothing is escaped.</param>
    /// <param name="points">In percent.</param>
    public static string Markup(string label, IEnumerable<(double X, double Y)> points)
        => Markup(label.ToLowerInvariant(), label.ToLowerInvariant(), points);

    /// <summary>The same with its own words for the text between the tags and for the attribute.</summary>
    /// <param name="text">As it is: nothing is escaped.</param>
    /// <param name="alt">As it is: nothing is escaped.</param>
    /// <param name="points">In percent.</param>
    public static string Markup(string text, string alt, IEnumerable<(double X, double Y)> points)
    {
        (double X, double Y)[] sorted =
        [
            .. points.Select(point => (X: Math.Round(point.X, 1), Y: Math.Round(point.Y, 1)))
                .OrderBy(point => (point.X * 10000) + point.Y),
        ];
        if (sorted.Length == 0) return None;
        var coordinates = string.Join(' ', sorted.Select((point, i) =>
        {
            var number = sorted.Length == 1 ? "" : (i + 1).ToString(CultureInfo.InvariantCulture);
            return string.Create(
                CultureInfo.InvariantCulture, $"x{number}=\"{point.X:F1}\" y{number}=\"{point.Y:F1}\"");
        }));
        var tag = sorted.Length == 1 ? "point" : "points";
        return $"<{tag} {coordinates} alt=\"{alt}\">{text}</{tag}>";
    }

    /// <summary>The answer to how many there are: pointing first, then the total.</summary>
    public static string Count(string label, IReadOnlyCollection<(double X, double Y)> points)
        => points.Count == 0 ? None : $"Counting the {Markup(label, points)} shows a total of {points.Count}.";
}
