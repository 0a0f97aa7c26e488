namespace Molmo.Demo.Client.Images;

/// <summary>
/// How a group of points looks and is named: colour and shape together tell groups apart, pink circles first.
/// </summary>
public static class PointLook
{
    private const int Colours = 8;

    private static readonly string[] Shapes = ["circle", "square", "diamond", "leaf", "drop"];

    /// <summary>
    /// Style classes of a group, the same on dot, chip and legend. Forty groups look different, then they repeat.
    /// </summary>
    public static string Classes(int group)
        => string.Create(CultureInfo.InvariantCulture, $"g{(group % Colours) + 1} {Shapes[group % Shapes.Length]}");

    /// <summary>A percent as CSS and attributes want it, whatever the culture.</summary>
    public static string Percent(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>Name of a group: its alternative text, else its inline text; null while its tag is open.</summary>
    public static string? Name(PointSegment segment)
        => segment.Alt.Length > 0 ? segment.Alt : segment.Text.Length > 0 ? segment.Text : null;

    /// <summary>Place in the group: <c>2 of 4</c>, or <c>2</c> while more may come.</summary>
    public static string Place(PointSegment segment, ImagePoint point)
        => segment.IsComplete
            ? T("{0} of {1}", point.N, segment.Points.Length)
            : point.N.ToString(CultureInfo.InvariantCulture);

    /// <summary>What a dot is called: <c>dogs, 2 of 4</c>.</summary>
    public static string Label(PointSegment segment, ImagePoint point)
        => T("{0}, {1}", Name(segment) ?? T("point"), Place(segment, point));
}
