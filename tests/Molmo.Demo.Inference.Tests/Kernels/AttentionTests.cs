using Molmo.Demo.Inference.Kernels;

namespace Molmo.Demo.Inference.Tests.Kernels;

/// <summary>Attention over scattered blocks against the plain form over rows.</summary>
public sealed unsafe class AttentionTests
{
    private const double Tolerance = 1e-5;

    public static TheoryData<int, int, int, int, int> CausalSizes => new()
    {
        // heads, key/value heads, head size, positions before, new positions
        { 1, 1, 2, 0, 1 }, { 4, 2, 16, 0, 83 }, { 6, 2, 32, 0, 54 }, { 6, 2, 32, 53, 1 }, { 28, 4, 128, 300, 1 },
        { 7, 1, 128, 0, 33 },
        { 4, 4, 12, 31, 2 }, { 16, 1, 64, 0, 40 }, { 3, 3, 100, 255, 3 }, { 2, 1, 256, 0, 31 }, { 2, 2, 8, 500, 70 },
    };

    [Theory]
    [MemberData(nameof(CausalSizes))]
    public void Forward_Causal_EqualsReference(int heads, int keyValueHeads, int headSize, int before, int rows)
    {
        var problem = new AttentionProblem(heads, keyValueHeads, headSize, before, rows, seed: 1);
        CheckWidths(problem, problem.Reference(isCausal: true), isCausal: true);
    }

    [Theory]
    [InlineData(4, 12, 65)]
    [InlineData(4, 32, 65)]
    [InlineData(16, 64, 577)]
    [InlineData(1, 5, 1)]
    [InlineData(2, 40, 256)]
    [InlineData(1, 64, 515)]
    public void Forward_Full_EqualsReference(int heads, int headSize, int rows)
    {
        var problem = new AttentionProblem(heads, heads, headSize, 0, rows, seed: 2);
        CheckWidths(problem, problem.Reference(isCausal: false), isCausal: false);
    }

    /// <summary>
    /// The largest score moves from chunk to chunk, or stays in the first, and the others lie far below it.
    /// </summary>
    [Theory]
    [InlineData(1f)]
    [InlineData(-1f)]
    [InlineData(0.125f)]
    [InlineData(-0.125f)]
    public void Forward_ScoresThatRiseOrFall_EqualsReference(float step)
    {
        var problem = new AttentionProblem(2, 1, 16, 0, 700, seed: 4);
        problem.MakeScores(position => step * position);
        CheckWidths(problem, problem.Reference(isCausal: true), isCausal: true);
        CheckWidths(problem, problem.Reference(isCausal: false), isCausal: false);
    }

    [Theory]
    [MemberData(nameof(CausalSizes))]
    public void Forward_OneRowAtATime_GivesTheSameBits(int heads, int keyValueHeads, int headSize, int before, int rows)
    {
        using var team = new ThreadTeam(2);
        var problem = new AttentionProblem(heads, keyValueHeads, headSize, before, rows, seed: 3);
        using var together = problem.Run(isCausal: true, team);
        for (var row = 0; row < rows; row += 1 + (rows / 5))
        {
            using var alone = problem.Run(isCausal: true, team, row, 1);
            Assert.True(together.Row(row).SequenceEqual(alone.Row(row)), $"Row {row} alone gives other bits.");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(13)]
    [InlineData(256)]
    [InlineData(599)]
    public void Forward_ChunksOfAPrompt_GiveTheSameBits(int rowsAtATime)
    {
        const int rows = 600;
        using var team = new ThreadTeam(3);
        var problem = new AttentionProblem(heads: 7, keyValueHeads: 1, headSize: 32, before: 3, rows, seed: 5);
        using var together = problem.Run(isCausal: true, team);
        for (var first = 0; first < rows; first += rowsAtATime)
        {
            var count = Math.Min(rowsAtATime, rows - first);
            using var chunk = problem.Run(isCausal: true, team, first, count);
            for (var row = first; row < first + count; row++)
                Assert.True(together.Row(row).SequenceEqual(chunk.Row(row)), $"Row {row} gives other bits.");
        }
    }

    /// <summary>The last of these are cut along their positions where there are threads for it.</summary>
    [Theory]
    [InlineData(4, 4, 64, 0, 150)]
    [InlineData(7, 1, 32, 300, 100)]
    [InlineData(8, 1, 64, 2100, 1)]
    [InlineData(16, 2, 128, 1021, 3)]
    public void Forward_AnyNumberOfThreads_GivesTheSameBits(
        int heads, int keyValueHeads, int headSize, int before, int rows)
    {
        var problem = new AttentionProblem(heads, keyValueHeads, headSize, before, rows, seed: 6);
        using var one = new ThreadTeam(1);
        using var alone = problem.Run(isCausal: true, one);
        foreach (var threads in (int[])[2, 3, 16])
        {
            using var team = new ThreadTeam(threads);
            using var shared = problem.Run(isCausal: true, team);
            Assert.True(alone.Span.SequenceEqual(shared.Span), $"{threads} threads give other bits.");
        }

        Closeness.Check("long", problem.Reference(isCausal: true), alone.Span, Tolerance);
    }

    [Fact]
    public void Tile_EveryWidth_EqualsReference()
    {
        const int panels = 3, stride = 48;
        var a = KernelData.Floats(AttentionTile.Rows * AttentionTile.Stride, 1);
        var b = KernelData.Floats(panels * 40 * stride, 2);
        fixed (float* pa = a, pb = b)
        {
            float** starts = stackalloc float*[panels + 1] { pb + (40 * stride), pb, pb + (80 * stride), pb };
            foreach (var count in (int[])[1, 2, 3])
            {
                var problem = new AttentionPanels
                {
                    Starts = starts, Count = count, Depth = 32, LastDepth = 40 - (13 * count), Stride = stride, Column = 16,
                };
                for (var rows = 1; rows <= AttentionTile.Rows; rows++)
                {
                    var expected = new float[rows * 40];
                    fixed (float* pe = expected) AttentionTile.Reference(rows, pa, problem, pe, 40);
                    Run("512", &AttentionTile.Forward<Lanes512>);
                    Run("256", &AttentionTile.Forward<Lanes256>);
                    Run("128", &AttentionTile.Forward<Lanes128>);

                    void Run(string width, delegate*<int, float*, AttentionPanels, float*, nint, void> kernel)
                    {
                        var y = new float[expected.Length];
                        fixed (float* pk = a, py = y) kernel(rows, pk, problem, py, 40);
                        Closeness.Check($"{width}, {rows} rows, {count} panels", expected, y, Tolerance);
                    }
                }
            }
        }
    }

    [Fact]
    public void Exponentials_EveryWidth_CountWhatARowSees()
    {
        foreach (var (seen, end) in ((int, int)[])[
            (1, 1), (1, 32), (5, 17), (31, 64), (256, 256), (97, 200), (32, 33), (0, 40), (-3, 7)])
        {
            var scores = KernelData.Floats(256, 7, 20);
            var largest = seen > 0 ? scores[..seen].Max() : float.NegativeInfinity;
            var expected = scores.Select((score, i) => i < seen ? MathF.Exp(score - largest) : 0).ToArray();
            Run("512", &AttentionJob<Lanes512>.Exponentials);
            Run("256", &AttentionJob<Lanes256>.Exponentials);
            Run("128", &AttentionJob<Lanes128>.Exponentials);

            void Run(string width, delegate*<float*, int, int, out float, float> kernel)
            {
                var y = scores.ToArray();
                y.AsSpan(Math.Max(0, seen)).Fill(float.NaN);
                float sum, found;
                fixed (float* pointer = y) sum = kernel(pointer, seen, end, out found);
                Assert.Equal(largest, found);
                Assert.Equal(expected.Sum(), sum, 1e-5f);
                Closeness.Check($"{width}: {seen} of {end}", expected.AsSpan(0, end), y.AsSpan(0, end), 1e-6);
            }
        }
    }

    private static void CheckWidths(AttentionProblem problem, float[] expected, bool isCausal)
    {
        using var team = new ThreadTeam(3);
        using var chosen = problem.Run(isCausal, team);
        Closeness.Check("chosen", expected, chosen.Span, Tolerance);
        using var wide = problem.RunOf<Lanes512>(isCausal, team);
        Closeness.Check("512", expected, wide.Span, Tolerance);
        using var middle = problem.RunOf<Lanes256>(isCausal, team);
        Closeness.Check("256", expected, middle.Span, Tolerance);
        using var narrow = problem.RunOf<Lanes128>(isCausal, team);
        Closeness.Check("128", expected, narrow.Span, Tolerance);
    }
}
