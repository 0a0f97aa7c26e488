namespace Molmo.Demo.Client.Images;

/// <summary>
/// How a group of points looks and is named: colour and shape together tell groups apart, pink circles first.
/// </summary>
public static class PointLook
{
    private const int Colours = 8;

    /// <summary>
    /// Style classes of a group, the same on dot, chip, lens and legend. Sixty-four groups look different, then they
    /// repeat.
    /// </summary>
    /// <param name="look">Place of the group among all of its chat, from 0; it never changes.</param>
    public static string Classes(int look)
        => string.Create(CultureInfo.InvariantCulture, $"g{(look % Colours) + 1} {PointShape.Of(look).Name}");

    /// <summary>How many looks an answer takes of its chat's: those of the next answer begin after them.</summary>
    public static int CountOf(IEnumerable<AnswerSegment> segments)
        => segments.OfType<PointSegment>().Select(segment => segment.Group + 1).DefaultIfEmpty().Max();

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
