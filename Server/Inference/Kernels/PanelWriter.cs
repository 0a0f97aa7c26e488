using System.Diagnostics;
using System.Runtime.Intrinsics;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>
/// Puts the weights of a whole panel in place: <see cref="PackedFormat.Write"/> for all its outputs at once, to the
/// same bits.
/// </summary>
/// <remarks>
/// A block's weights are turned so that a register holds as many outputs at one input. Every output then goes through
/// the steps of the plain form in the same order: nothing is added across a register, nor multiplied and added in one
/// step.
/// </remarks>
internal static unsafe class PanelWriter
{
    private const int Width = PackedMatrix.PanelWidth;
    private const int HalfPanel = Width / 2;
    private const int Block = PackedFormat.BlockInputs;

    /// <summary>
    /// Adding and taking it away again rounds a float of ordinary size to a whole number, ties to even: one and a half
    /// times 2^23.
    /// </summary>
    private const float Rounder = 12_582_912;

    /// <param name="precision">Of the panel.</param>
    /// <param name="panel">Its begin.</param>
    /// <param name="firstInput">Where a block begins.</param>
    /// <param name="weights">[PanelWidth, inputs].</param>
    /// <param name="inputs">Whole blocks, unless it is the end of the inputs.</param>
    /// <returns>False where the precision cannot express a weight; the panel then holds nothing of use.</returns>
    public static bool Write(WeightPrecision precision, byte* panel, int firstInput, float* weights, int inputs)
    {
        if (Vector512.IsHardwareAccelerated) return WriteOf<Lanes512>(precision, panel, firstInput, weights, inputs);
        if (Vector256.IsHardwareAccelerated) return WriteOf<Lanes256>(precision, panel, firstInput, weights, inputs);
        if (Vector128.IsHardwareAccelerated) return WriteOf<Lanes128>(precision, panel, firstInput, weights, inputs);
        for (var output = 0; output < Width; output++)
            if (!PackedFormat.Write(
                precision, panel, output, firstInput, new ReadOnlySpan<float>(weights + (output * inputs), inputs)))
                return false;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static bool WriteOf<T>(WeightPrecision precision, byte* panel, int firstInput, float* weights, int inputs)
        where T : struct, ILanes<T>
    {
        Debug.Assert(firstInput % Block == 0, "Begins with a block.");
        var turned = stackalloc float[Block * Width];
        for (var begin = 0; begin < inputs; begin += Block)
        {
            var rows = Math.Min(Block, inputs - begin);
            Turn(weights + begin, inputs, rows, turned);
            new Span<float>(turned + (rows * Width), (Block - rows) * Width).Clear();
            var target = panel + PackedFormat.Offset(precision, firstInput + begin);
            switch (precision)
            {
                case WeightPrecision.Float32:
                    Buffer.MemoryCopy(turned, target, rows * Width * sizeof(float), rows * Width * sizeof(float));
                    break;
                case WeightPrecision.BFloat16:
                    for (var i = 0; i < rows * Width; i += T.Count)
                        T.StoreBFloat16(T.Load(turned + i), (ushort*)target + i);
                    break;
                case WeightPrecision.Int8:
                    if (!Int8Block<T>(turned, rows, target)) return false;
                    break;
                default:
                    if (!Int4Block<T>(turned, rows, target)) return false;
                    break;
            }
        }

        return true;
    }

    /// <summary>weights [PanelWidth, stride] -> turned [rows, PanelWidth].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Turn(float* weights, int stride, int rows, float* turned)
    {
        for (var output = 0; output < Width; output++, weights += stride)
            for (var row = 0; row < rows; row++) turned[(row * Width) + output] = weights[row];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Int8Block<T>(float* weights, int rows, byte* target)
        where T : struct, ILanes<T>
    {
        var (rounder, most, least) =
            (T.Broadcast(Rounder), T.Broadcast(PackedFormat.Int8Largest), T.Broadcast(-PackedFormat.Int8Largest));
        var offset = T.Broadcast(PackedFormat.Int8Offset);
        for (var column = 0; column < Width; column += T.Count)
        {
            if (!Largest<T>(weights + column, rows, out var largest)) return false;
            var scale = RoundToHalf(largest / most);
            if (!(T.Largest(scale) <= PackedFormat.LargestScale)) return false;
            StoreScale(scale, (Half*)target + column);
            var inverse = Inverse(scale);
            var place = target + PackedFormat.ScaleLength + (column * QuantizedRows.GroupInputs);
            for (var i = 0; i < Block; i += 4, place += PackedFormat.GroupLength(WeightPrecision.Int8))
            {
                var row = weights + (i * Width) + column;
                T.StoreQuads(Stored(row), Stored(row + Width), Stored(row + (2 * Width)), Stored(row + (3 * Width)),
                    place);
            }

            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            T Stored(float* row)
                => T.Max(T.Min((T.Load(row) * inverse) + rounder - rounder, most), least) + offset;
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Int4Block<T>(float* weights, int rows, byte* target)
        where T : struct, ILanes<T>
    {
        var sixteen = T.Broadcast(16);
        for (var column = 0; column < HalfPanel; column += T.Count)
        {
            if (!Int4Scale<T>(weights + column, rows, out var near)
                || !Int4Scale<T>(weights + column + HalfPanel, rows, out var far))
                return false;
            StoreScale(near, (Half*)target + column);
            StoreScale(far, (Half*)target + column + HalfPanel);
            var (nearInverse, farInverse) = (Inverse(near), Inverse(far));
            var place = target + PackedFormat.ScaleLength + (column * QuantizedRows.GroupInputs);
            for (var i = 0; i < Block; i += 4, place += PackedFormat.GroupLength(WeightPrecision.Int4))
            {
                var row = weights + (i * Width) + column;
                T.StoreQuads(Stored(row), Stored(row + Width), Stored(row + (2 * Width)), Stored(row + (3 * Width)),
                    place);
            }

            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            T Stored(float* pair)
                => T.Int4Index(T.Load(pair) * nearInverse)
                    + (T.Int4Index(T.Load(pair + HalfPanel) * farInverse) * sixteen);
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Int4Scale<T>(float* weights, int rows, out T best)
        where T : struct, ILanes<T>
    {
        var zero = T.Broadcast(0);
        var bestError = T.Broadcast(float.PositiveInfinity);
        best = zero;
        if (!Largest<T>(weights, rows, out var largest)) return false;
        foreach (var factor in PackedFormat.Int4Factors)
        {
            var scale = RoundToHalf(largest * T.Broadcast(factor));
            if (!(T.Largest(scale) <= PackedFormat.LargestScale)) return false;
            Try(weights, rows, scale, ref best, ref bestError);
            Try(weights, rows, zero - scale, ref best, ref bestError);
        }

        T product = zero, square = zero;
        var inverse = Inverse(best);
        for (var i = 0; i < rows; i++)
        {
            var weight = T.Load(weights + (i * Width));
            var level = T.Int4Level(weight * inverse);
            product += weight * level;
            square += level * level;
        }

        var ratio = product / square;
        var size = RoundToHalf(T.Max(ratio, zero - ratio));
        var fitted = T.ChooseLess(ratio, zero, zero - size, size);
        var (tried, triedError) = (best, bestError);
        Try(weights, rows, fitted, ref tried, ref triedError);
        // A scale beyond half precision is not taken.
        var isHeld = T.Broadcast(PackedFormat.LargestScale + 1);
        best = T.ChooseLess(size, isHeld, tried, best);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Try<T>(float* weights, int rows, T scale, ref T best, ref T bestError)
        where T : struct, ILanes<T>
    {
        var error = T.Broadcast(0);
        var inverse = Inverse(scale);
        for (var i = 0; i < rows; i++)
        {
            var weight = T.Load(weights + (i * Width));
            var difference = weight - (scale * T.Int4Level(weight * inverse));
            error += difference * difference;
        }

        best = T.ChooseLess(error, bestError, scale, best);
        bestError = T.Min(error, bestError);
    }

    /// <summary>The largest size of each output's weights; false where one is not finite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Largest<T>(float* weights, int rows, out T largest)
        where T : struct, ILanes<T>
    {
        var zero = T.Broadcast(0);
        T most = zero, least = zero, check = zero;
        for (var i = 0; i < rows; i++)
        {
            var weight = T.Load(weights + (i * Width));
            most = T.Max(most, weight);
            least = T.Min(least, weight);
            // Zero, unless the weight is infinite or no number.
            check += weight * zero;
        }

        largest = T.Max(most, zero - least);
        return T.Sum(check) == 0;
    }

    /// <summary>
    /// Sizes as half precision holds them, to the nearest, ties to even; larger ones than it holds stay so.
    /// </summary>
    /// <remarks>The sum with 2^13 times its power of two leaves a float of 24 bits those 11 that half precision
    /// keeps.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T RoundToHalf<T>(T size)
        where T : struct, ILanes<T>
    {
        var shift = T.Max(T.PowerOfTwo(size), T.Broadcast(LanesBits.SmallestHalf)) * T.Broadcast(1 << 13);
        return size + shift - shift;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Inverse<T>(T scale)
        where T : struct, ILanes<T>
    {
        var (zero, inverse) = (T.Broadcast(0), T.Broadcast(1) / scale);
        return T.ChooseLess(zero, scale, inverse, T.ChooseLess(scale, zero, inverse, zero));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreScale<T>(T scale, Half* target)
        where T : struct, ILanes<T>
    {
        var values = stackalloc float[T.Count];
        T.Store(scale, values);
        for (var i = 0; i < T.Count; i++) target[i] = (Half)values[i];
    }
}
