using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Shared.Tests.Comparison;

public sealed class DotDiffTests
{
    [Fact]
    public void Of_GreedyNeighbourIsWrong_PairsAllThatCanBe()
    {
        // The nearest partner of a2 is b1, but then a1 has none within the radius.
        var diff = DotDiff.Of(Points((10, 50), (14, 50)), Points((13, 50), (18, 50)), 100, 100);
        Assert.Equal([(10, 13), (14, 18)], diff.Matched.Select(pair => ((int)pair.A.X, (int)pair.B.X)));
        Assert.Empty(diff.OnlyA);
        Assert.Empty(diff.OnlyB);
    }

    [Fact]
    public void Of_WidePicture_MeasuresInPixelsAndNotInPercent()
    {
        // 20 % of the height of a 10:1 panorama are 2 % of its width.
        Assert.Single(DotDiff.Of(Points((50, 40)), Points((50, 60)), 1000, 100).Matched);
        Assert.Empty(DotDiff.Of(Points((50, 40)), Points((50, 60)), 100, 1000).Matched);
        Assert.Single(DotDiff.Of(Points((0, 0)), Points((5, 0)), 100, 100).Matched);
        Assert.Empty(DotDiff.Of(Points((0, 0)), Points((5.01, 0)), 100, 100).Matched);
    }

    [Fact]
    public void Of_NothingOnASide_LeavesTheOther()
    {
        Assert.Equal(2, DotDiff.Of(Points((1, 1), (2, 2)), [], 10, 10).OnlyA.Length);
        Assert.Equal(2, DotDiff.Of([], Points((1, 1), (2, 2)), 10, 10).OnlyB.Length);
        Assert.Empty(DotDiff.Of([], [], 10, 10).Matched);
    }

    [Fuzz(300, EndSize = 12)]
    public void Of_AnyDots_EqualsTryingAllWays(byte[] first, byte[] second, byte wide, byte high)
    {
        var (a, b, width, height) = (Dots(first), Dots(second), wide + 1, high + 1);
        var diff = DotDiff.Of(a, b, width, height, 12);
        var best = Best(a, b, 0, new bool[b.Count], (x, y) => Distance(x, y, width, height), 12);
        Assert.Equal(best.Pairs, diff.Matched.Length);
        Assert.Equal(best.Sum, diff.Matched.Sum(pair => Distance(pair.A, pair.B, width, height)), 9);
        Assert.Equal(a, diff.Matched.Select(pair => pair.A).Concat(diff.OnlyA).OrderBy(point => point.N));
        Assert.Equal(b, diff.Matched.Select(pair => pair.B).Concat(diff.OnlyB).OrderBy(point => point.N));
    }

    private static (int Pairs, double Sum) Best(
        IReadOnlyList<ImagePoint> a, IReadOnlyList<ImagePoint> b, int at, bool[] used,
        Func<ImagePoint, ImagePoint, double> distance, double radius)
    {
        if (at == a.Count) return (0, 0);
        var best = Best(a, b, at + 1, used, distance, radius);
        for (var j = 0; j < b.Count; j++)
        {
            if (used[j] || distance(a[at], b[j]) > radius) continue;
            used[j] = true;
            var rest = Best(a, b, at + 1, used, distance, radius);
            used[j] = false;
            var (pairs, sum) = (rest.Pairs + 1, rest.Sum + distance(a[at], b[j]));
            if (pairs > best.Pairs || (pairs == best.Pairs && sum < best.Sum)) best = (pairs, sum);
        }
        return best;
    }

    private static double Distance(ImagePoint a, ImagePoint b, int width, int height)
    {
        var longer = (double)Math.Max(width, height);
        return Math.Sqrt(Math.Pow((a.X - b.X) * width / longer, 2) + Math.Pow((a.Y - b.Y) * height / longer, 2));
    }

    private static List<ImagePoint> Points(params (double X, double Y)[] points)
        => [.. points.Select((point, i) => new ImagePoint(i + 1, point.X, point.Y))];

    // Close enough to each other that the radius of 12 decides.
    private static List<ImagePoint> Dots(byte[] places)
        => [.. places.Chunk(2).Where(place => place.Length == 2)
            .Take(6).Select((place, i) => new ImagePoint(i + 1, place[0] / 8.0, place[1] / 8.0))];
}
