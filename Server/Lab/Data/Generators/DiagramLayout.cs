using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Places boxes on a grid of cells.</summary>
/// <param name="Columns">Cells a row; places may be halves.</param>
/// <param name="Rows">Cells a column.</param>
/// <param name="Cells">The middle of each box, in cells from the upper left corner.</param>
internal sealed record DiagramLayout(float Columns, float Rows, ImmutableArray<SKPoint> Cells)
{
    /// <summary>Whether what follows stands at the right and not below.</summary>
    public bool IsLying { get; init; }

    public static DiagramLayout Of(DiagramData diagram, Random random) => diagram.Kind switch
    {
        DiagramKind.Chain => Chain(diagram.Boxes.Length, random),
        DiagramKind.Decision => Decision(diagram.Boxes.Length),
        _ => Tree(diagram, isLying: random.NextDouble() < 0.4),
    };

    /// <summary>In a row, in a column, or in rows that turn back at their ends.</summary>
    private static DiagramLayout Chain(int count, Random random)
    {
        var columns = random.Pick([1, count <= 4 ? count : 3, 2, 3]);
        var rows = (count + columns - 1) / columns;
        return new DiagramLayout(Math.Min(columns, count), rows, [.. Enumerable.Range(0, count).Select(i =>
        {
            var (row, place) = (i / columns, i % columns);
            return new SKPoint((row % 2 == 0 ? place : columns - 1 - place) + 0.5f, row + 0.5f);
        })]);
    }

    /// <summary>A column of steps with the two ways below.</summary>
    private static DiagramLayout Decision(int count) => new(2, count - 1,
    [
        .. Enumerable.Range(0, count - 2).Select(i => new SKPoint(1, i + 0.5f)),
        new(0.5f, count - 1.5f), new(1.5f, count - 1.5f),
    ]);

    /// <summary>What has nothing below it side by side, all others above the middle of theirs.</summary>
    private static DiagramLayout Tree(DiagramData diagram, bool isLying)
    {
        var places = new SKPoint[diagram.Boxes.Length];
        var next = 0.5f;
        Put(0, 0);
        var depth = places.Max(place => place.Y) + 0.5f;
        if (!isLying) return new DiagramLayout(next - 0.5f, depth, [.. places]);
        return new DiagramLayout(depth, next - 0.5f, [.. places.Select(place => new SKPoint(place.Y, place.X))])
        {
            IsLying = true,
        };

        void Put(int box, int level)
        {
            int[] below = [.. diagram.After(box)];
            foreach (var child in below) Put(child, level + 1);
            var across = below.Length == 0 ? next++ : (places[below[0]].X + places[below[^1]].X) / 2;
            places[box] = new SKPoint(across, level + 0.5f);
        }
    }
}
