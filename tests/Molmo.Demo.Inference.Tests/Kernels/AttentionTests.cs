using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;

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
        var problem = new Problem(heads, keyValueHeads, headSize, before, rows, seed: 1);
        using var team = new ThreadTeam(3);
        using var y = problem.Run(isCausal: true, team);
        Closeness.Check("causal", problem.Reference(isCausal: true), y.Span, Tolerance);
    }

    [Theory]
    [InlineData(4, 12, 65)]
    [InlineData(4, 32, 65)]
    [InlineData(16, 64, 577)]
    [InlineData(1, 5, 1)]
    [InlineData(2, 40, 256)]
    public void Forward_Full_EqualsReference(int heads, int headSize, int rows)
    {
        var problem = new Problem(heads, heads, headSize, 0, rows, seed: 2);
        using var team = new ThreadTeam(2);
        using var y = problem.Run(isCausal: false, team);
        Closeness.Check("full", problem.Reference(isCausal: false), y.Span, Tolerance);
    }

    [Theory]
    [MemberData(nameof(CausalSizes))]
    public void Forward_OneRowAtATime_GivesTheSameBits(int heads, int keyValueHeads, int headSize, int before, int rows)
    {
        using var team = new ThreadTeam(2);
        using var together =
            new Problem(heads, keyValueHeads, headSize, before, rows, seed: 3).Run(isCausal: true, team);
        for (var row = 0; row < rows; row += 1 + (rows / 5))
        {
            using var alone = new Problem(heads, keyValueHeads, headSize, before, rows, seed: 3, onlyRow: row)
                .Run(isCausal: true, team);
            Assert.True(together.Row(row).SequenceEqual(alone.Row(row)), $"Row {row} alone gives other bits.");
        }
    }

    [Fact]
    public void Exponentials_EveryWidth_EqualReference()
    {
        const int tile = MatMul.TileRows * MatMul.Chunk;
        foreach (var (seen, end) in ((int, int)[])[
            (1, 1), (1, 32), (5, 17), (31, 64), (256, 256), (257, 300), (600, 601)])
        {
            var scores = KernelData.Floats(tile * 3, seen, 20);
            var expected = scores.ToArray();
            float sum;
            fixed (float* pointer = expected) sum = AttentionJob.ReferenceExponentials(pointer, seen, end);
            Run("512", &AttentionJob.ExponentialsOf<Lanes512>);
            Run("256", &AttentionJob.ExponentialsOf<Lanes256>);
            Run("128", &AttentionJob.ExponentialsOf<Lanes128>);

            void Run(string width, delegate*<float*, int, int, float> kernel)
            {
                var y = scores.ToArray();
                float found;
                fixed (float* pointer = y) found = kernel(pointer, seen, end);
                Assert.Equal(sum, found, sum * 1e-5f);
                for (var i = 0; i < end; i++)
                {
                    var offset = (i / MatMul.Chunk * tile) + (i % MatMul.Chunk);
                    Assert.True(
                        Math.Abs(expected[offset] - y[offset]) <= 1e-6, $"{width}: position {i} of {seen}, {end}.");
                }
            }
        }
    }

    /// <summary>
    /// One segment with random queries, keys and values; memory that must not matter holds what is not a number.
    /// </summary>
    private sealed class Problem
    {
        private readonly int _heads;
        private readonly int _keyValueHeads;
        private readonly int _headSize;
        private readonly int _before;
        private readonly int _rows;
        private readonly int? _onlyRow;
        private readonly float[] _q;
        private readonly float[] _k;
        private readonly float[] _v;

        public Problem(int heads, int keyValueHeads, int headSize, int before, int rows, int seed, int? onlyRow = null)
        {
            (_heads, _keyValueHeads, _headSize, _before, _rows, _onlyRow) =
                (heads, keyValueHeads, headSize, before, rows, onlyRow);
            _q = KernelData.Floats(rows * heads * headSize, seed, 2);
            _k = KernelData.Floats((before + rows) * keyValueHeads * headSize, seed + 100, 2);
            _v = KernelData.Floats((before + rows) * keyValueHeads * headSize, seed + 200);
        }

        private float Scale => 1 / MathF.Sqrt(_headSize);

        public float[] Reference(bool isCausal)
        {
            var y = new float[_q.Length];
            Attention.Reference(_q, _k, _v, _heads, _keyValueHeads, _headSize, isCausal ? _before : -1, Scale, y);
            return y;
        }

        public Tensor Run(bool isCausal, ThreadTeam team)
        {
            var length = _before + _rows;
            var blockCount = (length + KeyValueBlocks.BlockSize - 1) / KeyValueBlocks.BlockSize;
            using var blocks = new KeyValueBlocks(2 * blockCount, _keyValueHeads, _headSize);
            new Span<float>(blocks.Keys, 2 * blockCount * _keyValueHeads * _headSize * KeyValueBlocks.BlockSize)
                .Fill(float.NaN);
            new Span<float>(
                blocks.Values, 2 * blockCount * _keyValueHeads * blocks.ValueStride * KeyValueBlocks.BlockSize)
                .Fill(float.NaN);
            var table = Enumerable.Range(0, blockCount).Select(block => (2 * (blockCount - 1 - block)) + 1).ToArray();
            var slots = Enumerable.Range(0, length).Select(
                i => (table[i / KeyValueBlocks.BlockSize] * KeyValueBlocks.BlockSize) + (i % KeyValueBlocks.BlockSize))
                .ToArray();
            var width = _heads * _headSize;
            var first = _onlyRow ?? 0;
            var y = new Tensor(_rows, width);
            y.Span.Clear();
            var segment = new AttentionSegment
            {
                RowCount = _onlyRow is null ? _rows : 1,
                FirstPosition = _before + first,
                Length = _onlyRow is null ? length : _before + first + 1,
            };
            fixed (float* q = _q, k = _k, v = _v)
            {
                fixed (int* pTable = table, pSlots = slots)
                {
                    blocks.Store(k, v, _keyValueHeads * _headSize, pSlots, length, team);
                    Attention.Forward(
                        q + ((nint)first * width), width, _heads, blocks, &segment, 1, pTable, isCausal, Scale,
                        y.Data + ((nint)first * width), width, team);
                }
            }

            return y;
        }
    }
}
