using System.Runtime.Intrinsics;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>
/// Activations as whole numbers of 8 bits, for products with weights that are whole numbers too: every
/// <see cref="PackedFormat.BlockInputs"/> inputs of a row share a scale.
/// </summary>
/// <remarks>
/// <para>
/// A block is a cache line: 32 signed bytes; the values that 16-bit sums start from, as pairs; its scale, a float; the
/// rest is unused. Blocks of the rows of a tile lie side by side: [blocks, rows of the tile, 64].
/// </para>
/// <para>
/// Kernels multiply unsigned weights and add up in 16 bits, so scales are chosen such that nothing there overflows.
/// With Q the largest size of a weight, a pair of neighbouring products, (q0 + Q) * x0 + (q1 + Q) * x1, has to fit by
/// itself: with int8 the two may come to no more than 128 on either side of zero. The sum of a lane's products of some
/// groups has to fit when Q times its activations is taken away; before, it may go round. The start value takes that
/// away in advance: 127 * 258 fits for three groups of int8, and 31 * 1023 for all eight of int4.
/// </para>
/// <para>
/// A block with an activation that is not finite has a scale that is not a number: so is then every output of its row.
/// </para>
/// </remarks>
internal static unsafe partial class QuantizedRows
{
    /// <summary>Bytes of a block of one row.</summary>
    public const int BlockLength = 64;

    /// <summary>Where a block's start values are, in bytes: one pair of 16 bits for each widening of sums.</summary>
    public const int StartOffset = 32;

    /// <summary>Where a block's scale is, in bytes.</summary>
    public const int ScaleOffset = 48;

    /// <summary>Inputs whose products a 32-bit element of a register adds up at once.</summary>
    public const int GroupInputs = 4;

    /// <summary>Groups of int8 whose products are added before they are widened; the last time, the rest.</summary>
    public const int Int8Groups = 3;

    private const int Block = PackedFormat.BlockInputs;

    /// <summary>Below, activations are zero: their products would be nothing beside any other.</summary>
    private const float SmallestScale = 7.888609e-31f;

    /// <summary>So much smaller, the sizes of a block add up without overflow.</summary>
    private const float Shrink = 1 / 128f;

    // Half a step of rounding for each activation is left of 128, 258 and 1,023.
    private const float PairLimit = 128 / 127f;
    private const float Int8SumLimit = 128 / 255f;
    private const float Int4SumLimit = 128 / 1015f;

    /// <summary>One and a half times 2^23: adding and taking it away rounds to a whole number, ties to even.</summary>
    private const float Rounder = 12_582_912;

    /// <summary>Blocks of a row.</summary>
    public static int CountBlocks(int inputs) => (inputs + Block - 1) / Block;

    /// <summary>A row of a tile.</summary>
    /// <param name="precision">Of the weights: int8 or int4.</param>
    /// <param name="x">[inputs].</param>
    /// <param name="inputs">Any number; the last block is filled up with zeros.</param>
    /// <param name="row">The row's first block.</param>
    /// <param name="stride">Bytes from one block of the row to the next.</param>
    public static void Quantize(WeightPrecision precision, float* x, int inputs, byte* row, nint stride)
    {
        if (Vector512.IsHardwareAccelerated) QuantizeOf<Lanes512>(precision, x, inputs, row, stride);
        else if (Vector256.IsHardwareAccelerated) QuantizeOf<Lanes256>(precision, x, inputs, row, stride);
        else if (Vector128.IsHardwareAccelerated) QuantizeOf<Lanes128>(precision, x, inputs, row, stride);
        else Reference(precision, x, inputs, row, stride);
    }

    /// <summary>Quantize, with registers of one width to round by.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void QuantizeOf<T>(WeightPrecision precision, float* x, int inputs, byte* row, nint stride)
        where T : struct, ILanes<T>
    {
        var padded = stackalloc float[Block];
        var rounder = T.Broadcast(Rounder);
        for (var begin = 0; begin < inputs; begin += Block, row += stride)
        {
            var values = x + begin;
            if (inputs - begin < Block)
            {
                new Span<float>(padded, Block).Clear();
                new Span<float>(values, inputs - begin).CopyTo(new Span<float>(padded, Block));
                values = padded;
            }

            var scale = precision == WeightPrecision.Int8 ? Int8Scale(values) : Int4Scale(values);
            Vector128.CreateScalar(scale).Store((float*)(row + ScaleOffset));
            if (float.IsNaN(scale))
            {
                new Span<byte>(row, ScaleOffset).Clear();
                continue;
            }

            var inverse = T.Broadcast(1 / scale);
            for (var i = 0; i < Block; i += T.Count)
                T.StoreBytes((T.Load(values + i) * inverse) + rounder - rounder, row + i);
            StoreStarts(precision, row);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreStarts(WeightPrecision precision, byte* row)
    {
        // By halves: a load of more than was stored at once would wait for the stores.
        var pairs = Vector256.Create(Vector128.Load(row), Vector128.Load(row + 16)).AsInt16();
        var sums = (pairs << 8 >> 8) + (pairs >> 8);
        if (precision == WeightPrecision.Int8)
        {
            // An element a group; the last start has two of them.
            var groups = sums.AsInt32();
            var total = Vector256.Shuffle(groups, Vector256.Create(0, 3, 6, 0, 0, 0, 0, 0)).GetLower().AsInt16()
                + Vector256.Shuffle(groups, Vector256.Create(1, 4, 7, 0, 0, 0, 0, 0)).GetLower().AsInt16();
            total &= Vector128.Create(-1, -1, -1, 0).AsInt16();
            total += Vector256.Shuffle(groups, Vector256.Create(2, 5, 0, 0, 0, 0, 0, 0)).GetLower().AsInt16()
                & Vector128.Create(-1, -1, 0, 0).AsInt16();
            (total * (short)-PackedFormat.Int8Offset).Store((short*)(row + StartOffset));
        }
        else
        {
            var half = sums.GetLower() + sums.GetUpper();
            half += Vector128.Shuffle(half.AsInt32(), Vector128.Create(2, 3, 0, 1)).AsInt16();
            half += Vector128.Shuffle(half.AsInt32(), Vector128.Create(1, 0, 3, 2)).AsInt16();
            ((half * (short)-Int4Levels.Offset) & Vector128.Create(-1, 0, 0, 0).AsInt16())
                .Store((short*)(row + StartOffset));
        }
    }

    /// <summary>
    /// The scale by which no sum of a pair or of a lane overflows; not a number where a value is not finite.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Int8Scale(float* values)
    {
        var pair = Vector256<float>.Zero;
        var (b0, b1) = (Pairs(values, ref pair), Pairs(values + 8, ref pair));
        var (b2, b3) = (Pairs(values + 16, ref pair), Pairs(values + 24, ref pair));
        var s0 = b0.GetLower() + b0.GetUpper() + b1.GetLower();
        var s1 = b1.GetUpper() + b2.GetLower() + b2.GetUpper();
        var s2 = b3.GetLower() + b3.GetUpper();
        var sum = Vector128.MaxNative(Vector128.MaxNative(s0, s1), s2);
        return Scale(Vector128.MaxNative(pair.GetLower(), pair.GetUpper()), sum, s0 + s1 + s2, Int8SumLimit);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Int4Scale(float* values)
    {
        var sum = Vector256<float>.Zero;
        var largest = sum;
        for (var i = 0; i < Block; i += 8)
        {
            var size = Vector256.Abs(Vector256.Load(values + i)) * Shrink;
            largest = Vector256.MaxNative(largest, size);
            sum += size + Swapped(size);
        }

        var half = sum.GetLower() + sum.GetUpper();
        return Scale(Vector128.MaxNative(largest.GetLower(), largest.GetUpper()), half, half, Int4SumLimit);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Scale(Vector128<float> size, Vector128<float> sum, Vector128<float> all, float sumLimit)
    {
        if (!Vector128.LessThanAll(all, Vector128.Create(float.PositiveInfinity))) return float.NaN;
        var scale = Vector128.MaxNative(size * PairLimit, sum * sumLimit);
        scale = Vector128.MaxNative(scale, Vector128.Shuffle(scale, Vector128.Create(2, 3, 0, 1)));
        scale = Vector128.MaxNative(scale, Vector128.Shuffle(scale, Vector128.Create(1, 0, 3, 2)));
        return MathF.Max(scale.ToScalar(), SmallestScale);
    }

    /// <summary>Sizes of each pair added, twice; takes the larger side of zero into account.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Pairs(float* values, ref Vector256<float> largest)
    {
        var value = Vector256.Load(values) * Shrink;
        var size = Vector256.Abs(value);
        var above = Vector256.MaxNative(value, Vector256<float>.Zero);
        var both = size + Swapped(size);
        var positive = above + Swapped(above);
        largest = Vector256.MaxNative(largest, Vector256.MaxNative(positive, both - positive));
        return both;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Swapped(Vector256<float> pairs)
        => Vector256.Shuffle(pairs, Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6));
}
