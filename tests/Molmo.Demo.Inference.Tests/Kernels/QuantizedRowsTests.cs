using Molmo.Demo.Inference.Kernels;

namespace Molmo.Demo.Inference.Tests.Kernels;

/// <summary>Activations in 8 bits: no sum overflows, none is lost, every width gives the same bytes.</summary>
public sealed unsafe class QuantizedRowsTests
{
    private const int Block = PackedFormat.BlockInputs;

    public static TheoryData<WeightPrecision> Precisions => [WeightPrecision.Int8, WeightPrecision.Int4];

    [Theory]
    [MemberData(nameof(Precisions))]
    public void Quantize_AnyValues_KeepsSumsWithinTheirBitsAndIsOffByHalfAStep(WeightPrecision precision)
    {
        foreach (var values in Rows())
        {
            var row = Check(precision, values);
            for (var begin = 0; begin < values.Length; begin += Block)
            {
                var part = values.AsSpan(begin, Math.Min(Block, values.Length - begin));
                var block = row.AsSpan(begin / Block * QuantizedRows.BlockLength, QuantizedRows.BlockLength);
                CheckBounds(precision, block);
                var scale = BitConverter.ToSingle(block[QuantizedRows.ScaleOffset..]);
                Assert.True(float.IsFinite(scale) && scale > 0, $"A scale of {scale}.");
                for (var i = 0; i < part.Length; i++)
                {
                    var found = (double)(sbyte)block[i] * scale;
                    Assert.True(Math.Abs(found - part[i]) <= 0.50001 * scale, $"{part[i]} became {found}.");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Precisions))]
    public void Quantize_SmoothAndPeakedRows_LosesNoMoreThanTheBoundsNeed(WeightPrecision precision)
    {
        // A single large value takes all 127 steps; values of one size and sign half of them, or what a lane holds.
        var peaked = new float[Block];
        peaked[5] = -3;
        Assert.Equal(-127, (sbyte)Check(precision, peaked)[5]);
        var even = Enumerable.Repeat(0.25f, Block).ToArray();
        Assert.InRange((sbyte)Check(precision, even)[0], precision == WeightPrecision.Int8 ? 42 : 63, 64);
    }

    [Theory]
    [MemberData(nameof(Precisions))]
    public void Quantize_ValueThatIsNotFinite_MakesItsBlockNotANumber(WeightPrecision precision)
    {
        foreach (var value in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
        {
            for (var place = 0; place < 70; place += 23)
            {
                var values = KernelData.Floats(70, 4);
                values[place] = value;
                var row = Check(precision, values);
                for (var block = 0; block < 3; block++)
                {
                    var scale = BitConverter.ToSingle(
                        row, (block * QuantizedRows.BlockLength) + QuantizedRows.ScaleOffset);
                    Assert.Equal(block == place / Block, float.IsNaN(scale));
                }
            }
        }
    }

    private static IEnumerable<float[]> Rows()
    {
        var random = new Random(7);
        foreach (var length in (int[])[1, 2, 3, 31, 32, 33, 64, 190])
        {
            foreach (var scale in (float[])[0, 1e-38f, 1e-30f, 1e-3f, 1, 1000, float.MaxValue])
            {
                yield return KernelData.Floats(length, length, scale);
                // Whole and half steps: ties, sums exactly at their bounds, and rounding that goes beyond.
                yield return [.. Enumerable.Range(0, length).Select(_ => scale * (random.Next(-256, 257) / 256f))];
                yield return [.. Enumerable.Range(0, length).Select(_ => random.Next(2) == 0 ? scale : -scale)];
                yield return [.. Enumerable.Repeat(scale, length)];
                yield return
                    [.. Enumerable.Range(0, length).Select(i => i % 2 == 0 ? scale : -scale * (127.5f / 128))];
                yield return
                [
                    .. Enumerable.Range(0, length)
                        .Select(_ => (float)Math.Clamp(
                            Math.Tan((random.NextDouble() - 0.5) * 3.14) * 0.01 * scale, -float.MaxValue,
                            float.MaxValue))
                ];
            }
        }
    }

    /// <summary>What the kernels rely on, for weights of any size and sign.</summary>
    private static void CheckBounds(WeightPrecision precision, ReadOnlySpan<byte> block)
    {
        var (offset, largest, groups) =
            precision == WeightPrecision.Int8 ? (128, 127, 3) : (Int4Levels.Offset, (int)Int4Levels.Largest, 8);
        var starts = MemoryMarshal.Cast<byte, short>(block[QuantizedRows.StartOffset..QuantizedRows.ScaleOffset]);
        for (var lane = 0; lane < 2; lane++)
        {
            for (var first = 0; first < 8; first += groups)
            {
                var (size, sum) = (0, 0);
                for (var group = first; group < Math.Min(8, first + groups); group++)
                {
                    int left = (sbyte)block[(4 * group) + (2 * lane)], right = (sbyte)block[(4 * group) + (2 * lane) + 1];
                    // The largest and the smallest sum of two products with weights of 0 to twice the offset less one.
                    var most = (2 * offset) - 1;
                    Assert.InRange(most * (Math.Max(left, 0) + Math.Max(right, 0)), 0, short.MaxValue);
                    Assert.InRange(most * (Math.Min(left, 0) + Math.Min(right, 0)), short.MinValue, 0);
                    size += Math.Abs(left) + Math.Abs(right);
                    sum += left + right;
                }

                Assert.InRange(largest * size, 0, short.MaxValue);
                Assert.Equal(unchecked((short)(-offset * sum)), starts[(2 * (first / groups)) + lane]);
            }
        }
    }

    /// <summary>Every width against the plain form; the row.</summary>
    private static byte[] Check(WeightPrecision precision, float[] values)
    {
        var expected = Row(&QuantizedRows.Reference);
        Same("512", Row(&QuantizedRows.QuantizeOf<Lanes512>));
        Same("256", Row(&QuantizedRows.QuantizeOf<Lanes256>));
        Same("128", Row(&QuantizedRows.QuantizeOf<Lanes128>));
        Same("chosen", Row(&QuantizedRows.Quantize));
        return expected;

        void Same(string width, byte[] found)
            => Assert.True(expected.AsSpan().SequenceEqual(found),
                $"{precision}, {values.Length} values, {width} bits: expected {Convert.ToHexString(expected)}, "
                    + $"found {Convert.ToHexString(found)}.");

        byte[] Row(delegate*<WeightPrecision, float*, int, byte*, nint, void> quantize)
        {
            // Rows of a tile lie in between.
            const int stride = 3 * QuantizedRows.BlockLength;
            var blocks = QuantizedRows.CountBlocks(values.Length);
            var tile = new byte[blocks * stride];
            fixed (float* x = values)
            fixed (byte* row = tile)
            {
                quantize(precision, x, values.Length, row + QuantizedRows.BlockLength, stride);
                // What is not a number has more than one form.
                for (var i = 0; i < blocks; i++)
                {
                    ref var scale =
                        ref *(float*)(row + (i * stride) + QuantizedRows.BlockLength + QuantizedRows.ScaleOffset);
                    if (float.IsNaN(scale)) scale = BitConverter.Int32BitsToSingle(0x7FC0_0000);
                }
            }

            return
            [
                .. Enumerable.Range(0, blocks)
                    .SelectMany(i => tile.Skip((i * stride) + QuantizedRows.BlockLength)
                        .Take(QuantizedRows.BlockLength))
            ];
        }
    }
}
