using Molmo.Demo.Shared.Comparison;
using Molmo.Demo.Shared.Markup;

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

    [Fact]
    public void Of_RandomDots_EqualsTryingAllWays()
    {
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            var (a, b) = (Random(random, random.Next(6)), Random(random, random.Next(6)));
            var (width, height) = (random.Next(1, 300), random.Next(1, 300));
            var diff = DotDiff.Of(a, b, width, height, 12);
            var best = Best(a, b, 0, new bool[b.Count], (x, y) => Distance(x, y, width, height), 12);
            Assert.Equal(best.Pairs, diff.Matched.Length);
            Assert.Equal(best.Sum, diff.Matched.Sum(pair => Distance(pair.A, pair.B, width, height)), 9);
            Assert.Equal(a.Count, diff.Matched.Length + diff.OnlyA.Length);
            Assert.Equal(b.Count, diff.Matched.Length + diff.OnlyB.Length);
            Assert.Equal(b.Order(Comparer<ImagePoint>.Create((x, y) => x.N - y.N)), diff.Matched.Select(pair => pair.B).Concat(diff.OnlyB).OrderBy(point => point.N));
        }
    }

    private static (int Pairs, double Sum) Best(IReadOnlyList<ImagePoint> a, IReadOnlyList<ImagePoint> b, int at, bool[] used, Func<ImagePoint, ImagePoint, double> distance, double radius)
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

    private static List<ImagePoint> Points(params (double X, double Y)[] points) => [.. points.Select((point, i) => new ImagePoint(i + 1, point.X, point.Y))];

    private static List<ImagePoint> Random(Random random, int count)
        => [.. Enumerable.Range(1, count).Select(n => new ImagePoint(n, random.Next(300) / 10.0, random.Next(300) / 10.0))];
}
