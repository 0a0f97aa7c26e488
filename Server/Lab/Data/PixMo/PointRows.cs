namespace Molmo.Demo.Lab.Data.PixMo;

/// <summary>Rows with a label and its points; each asks to point and to count.</summary>
internal static class PointRows
{
    /// <summary>Of a row or of one group of points; more are left out, as published.</summary>
    public const int MostPoints = 40;

    public static ImmutableArray<Column> Columns { get; } =
        [new("label", true), new("points.x", false), new("points.y", false), new("points", false), new("count", false)];

    /// <summary>PixMo-Points, in percent, whatever its page says.</summary>
    public static RowResult ReadPercent(TableRow row, (int Width, int Height) size, Random random)
        => Read(row, random, point => point);

    /// <summary>PixMo-Count, in pixels.</summary>
    public static RowResult ReadPixels(TableRow row, (int Width, int Height) size, Random random)
        => Read(row, random, point => (100 * point.X / size.Width, 100 * point.Y / size.Height));

    /// <summary>Whether all lie in the picture, in percent.</summary>
    public static bool AreInside(IEnumerable<(double X, double Y)> points)
        => points.All(point => point is { X: >= 0 and <= 100, Y: >= 0 and <= 100 });

    private static RowResult Read(
        TableRow row, Random random, Func<(double X, double Y), (double X, double Y)> toPercent)
    {
        if (row.Text("label")?.ToLowerInvariant() is not { } label) return RowResult.Without(LeftOut.Incomplete);
        var given = row.Points("points");
        // What is not there may be written as a count of nothing alone. The sets to judge with have counts alone too.
        if (given is null && row.Number("count") is not 0) return RowResult.Without(LeftOut.NoPoints);
        (double X, double Y)[] points = [.. (given ?? []).Select(toPercent)];
        if (points.Length > MostPoints) return RowResult.Without(LeftOut.ManyPoints);
        if (!AreInside(points)) return RowResult.Without(LeftOut.OutsidePoints);
        return new RowResult(
        [
            new(Styles.Pointing, Phrasings.Point(random, label), PointText.Markup(label, points)),
            new(Styles.PointCount, Phrasings.Count(random, label), PointText.Count(label, points)),
        ])
        {
            Label = new LabelPoints(label, points),
        };
    }
}
