namespace Molmo.Demo.Lab.Tokens;

/// <summary>
/// What points are written with, as tokens of their own: a point costs six instead of sixteen. The published tokenizers
/// have none of them; the text that they stand for is the same.
/// </summary>
internal static class PointTokens
{
    /// <summary>Points that an answer has at most with tokens of their own.</summary>
    private const int MostPoints = 40;

    /// <summary>The last digit of a place in percent, with its point.</summary>
    public static IReadOnlyList<string> Tenths { get; } =
        [.. Enumerable.Range(0, 10).Select(tenth => $".{tenth}")];

    public static IReadOnlyList<string> All { get; } =
    [
        " x=\"", "\" y=\"", " x1=\"", "\" y1=\"",
        .. Enumerable.Range(2, MostPoints - 1).SelectMany(i => new[] { $"\" x{i}=\"", $"\" y{i}=\"" }),
        "\" alt=\"",
        .. Enumerable.Range(10, 91).Select(number => number.ToString(CultureInfo.InvariantCulture)),
        .. Tenths,
    ];
}
