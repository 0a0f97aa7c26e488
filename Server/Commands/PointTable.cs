namespace Molmo.Demo.Server.Commands;

/// <summary>An answer's points as lines of text.</summary>
internal static class PointTable
{
    public static IEnumerable<string> Lines(IReadOnlyList<AskedPoint> points)
    {
        if (points.Count == 0) yield break;
        yield return "   #     x %     y %    x px    y px  what";
        foreach (var point in points)
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{point.N,4}{point.X,8:F1}{point.Y,8:F1}{point.PixelX,8:F0}{point.PixelY,8:F0}  "
                    + $"{TerminalText.Printable(point.Alt)}");
    }
}
