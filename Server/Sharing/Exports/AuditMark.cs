using static Molmo.Demo.Client.Localization.Texts;

namespace Molmo.Demo.Server.Sharing.Exports;

/// <summary>
/// How what a person found at a place is drawn: a shape in a colour with strokes on it, as on the page.
/// </summary>
/// <param name="X">Percent of the width.</param>
/// <param name="Y">Percent of the height.</param>
/// <param name="Verdict">One of the words of <see cref="Verdicts"/>.</param>
/// <param name="Label">What it says in words.</param>
internal sealed record AuditMark(double X, double Y, string Verdict, string Label)
{
    /// <summary>Lines from the middle, in radii.</summary>
    public static readonly ImmutableArray<(double X1, double Y1, double X2, double Y2)> Tick =
        [(-0.5, 0.05, -0.1, 0.45), (-0.1, 0.45, 0.5, -0.35)];
    private static readonly ImmutableArray<(double X1, double Y1, double X2, double Y2)> Cross =
        [(-0.45, -0.45, 0.45, 0.45), (-0.45, 0.45, 0.45, -0.45)];
    private static readonly ImmutableArray<(double X1, double Y1, double X2, double Y2)> Plus =
        [(-0.6, 0, 0.6, 0), (0, -0.6, 0, 0.6)];

    /// <summary>A square, else a circle.</summary>
    public bool IsSquare => Verdict == Verdicts.Wrong;

    /// <summary>
    /// In pixels of a picture about 1200 wide: what a person added is as large as a dot, the others stand beside one.
    /// </summary>
    public double Radius => Verdict == Verdicts.Missed ? 11 : 8;

    /// <summary>As 0xRRGGBB.</summary>
    public uint Colour => Verdict == Verdicts.Wrong ? 0xff5d55u : 0x2fd07f;

    /// <summary>Of its strokes, as 0xRRGGBB.</summary>
    public uint Ink => Verdict == Verdicts.Wrong ? 0x2a0503u : 0x04200f;

    /// <summary>Lines from its middle, in its radii.</summary>
    public ImmutableArray<(double X1, double Y1, double X2, double Y2)> Strokes
        => Verdict switch { Verdicts.Right => Tick, Verdicts.Wrong => Cross, _ => Plus };

    /// <summary>
    /// Its middle, in pixels: where a point is missing, or beside the dot, to the right and below unless the picture
    /// ends there.
    /// </summary>
    /// <param name="width">Of the picture.</param>
    /// <param name="height">Of the picture.</param>
    /// <param name="aside">How far from the dot.</param>
    public (double X, double Y) On(double width, double height, double aside)
    {
        var (x, y) = (X / 100 * width, Y / 100 * height);
        return Verdict == Verdicts.Missed ? (x, y) : (Beside(x, width, aside), Beside(y, height, aside));
    }

    private static double Beside(double at, double size, double aside)
        => at + (2 * aside) <= size ? at + aside : at - aside;

    /// <summary>Marks of an answer; none where nobody has looked.</summary>
    public static IEnumerable<AuditMark> Of(ExportTurn turn)
    {
        foreach (var point in turn.Points())
        {
            var label = point.Verdict switch
            {
                Verdicts.Right => T("right: {0}", point.Label),
                Verdicts.Wrong => T("wrong: {0}", point.Label),
                Verdicts.Missed => T("missed: {0}", point.Label),
                _ => null,
            };
            if (label is not null) yield return new AuditMark(point.X, point.Y, point.Verdict!, label);
        }
    }
}
