using System.Diagnostics;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>
/// Where a panel's weights lie in each precision, and their plain reading and writing, one output at a time.
/// </summary>
/// <remarks>
/// <para>
/// Float32 and bfloat16: an input's row holds the values of all outputs of the panel, in order.
/// </para>
/// <para>
/// The block formats, int8 and int4: for every <see cref="BlockInputs"/> inputs the outputs' scales as half-precision
/// numbers, then the inputs in groups of four. A group of int8 holds four bytes for each output, its weights plus
/// <see cref="Int8Offset"/>. A group of int4 holds four bytes for output n and for output n + 16: the index of a
/// weight's value (<see cref="Int4Levels"/>) in the lower half for the one, in the upper for the other. A last block
/// that the inputs do not fill is whole, its rest zero weights.
/// </para>
/// <para>
/// A weight is the whole number, or of int4 the one that the four bits stand for, times the scale, which float32 holds
/// exactly. What is here is the plain form; <see cref="PanelWriter"/> does the same for many outputs at a time.
/// </para>
/// </remarks>
internal static unsafe class PackedFormat
{
    /// <summary>
    /// Name of what is described here. Another one for every change: packed files of the old one are then made anew.
    /// </summary>
    public const string Layout = "32 outputs, 32 inputs in groups of 4, 2";

    /// <summary>Inputs that share a scale.</summary>
    public const int BlockInputs = 32;

    /// <summary>Outputs apart that share a byte of int4.</summary>
    public const int NibbleDistance = PackedMatrix.PanelWidth / 2;

    /// <summary>Integers of int8 go from its opposite to it.</summary>
    public const float Int8Largest = 127;

    /// <summary>What is added to integers of int8 to store them unsigned.</summary>
    public const int Int8Offset = 128;

    /// <summary>Bytes of the scales before each block of the block formats.</summary>
    public const int ScaleLength = PackedMatrix.PanelWidth * 2;

    /// <summary>Whether inputs share scales by the block.</summary>
    public static bool HasBlocks(WeightPrecision precision)
        => precision is WeightPrecision.Int8 or WeightPrecision.Int4;

    /// <summary>Bytes of one input's row of a format without blocks.</summary>
    public static int RowLength(WeightPrecision precision)
        => PackedMatrix.PanelWidth * (precision == WeightPrecision.Float32 ? sizeof(float) : 2);

    /// <summary>Bytes of four inputs of a block format.</summary>
    public static int GroupLength(WeightPrecision precision)
        => PackedMatrix.PanelWidth * QuantizedRows.GroupInputs / (precision == WeightPrecision.Int8 ? 1 : 2);

    /// <summary>Bytes of a block with its scales.</summary>
    public static int BlockLength(WeightPrecision precision)
        => ScaleLength + (BlockInputs / QuantizedRows.GroupInputs * GroupLength(precision));

    /// <summary>
    /// Bytes from the panel's begin to an input's block, which must start there; with all inputs, the bytes of a panel.
    /// </summary>
    public static nint Offset(WeightPrecision precision, int inputs)
        => HasBlocks(precision)
            ? (nint)QuantizedRows.CountBlocks(inputs) * BlockLength(precision)
            : (nint)inputs * RowLength(precision);

    /// <summary>One weight.</summary>
    public static float Read(WeightPrecision precision, byte* panel, int output, int input)
    {
        if (!HasBlocks(precision))
        {
            var row = panel + Offset(precision, input);
            return precision == WeightPrecision.Float32
                ? ((float*)row)[output]
                : BitConverter.UInt32BitsToSingle((uint)((ushort*)row)[output] << 16);
        }

        var block = panel + ((nint)(input / BlockInputs) * BlockLength(precision));
        return (float)((Half*)block)[output] * ReadInteger(precision, block, output, input % BlockInputs);
    }

    /// <summary>The whole number that a weight is before it is scaled.</summary>
    /// <param name="precision">A block format.</param>
    /// <param name="block">The block's begin.</param>
    /// <param name="output">Within the panel.</param>
    /// <param name="input">Within the block.</param>
    public static int ReadInteger(WeightPrecision precision, byte* block, int output, int input)
    {
        var place = Place(precision, block, output, input);
        return precision == WeightPrecision.Int8
            ? *place - Int8Offset
            : (int)Int4Levels.Values[(*place >> (output / NibbleDistance * 4)) & 15];
    }

    /// <summary>Puts one output's weights in place.</summary>
    /// <param name="precision">Of the panel.</param>
    /// <param name="panel">Its begin.</param>
    /// <param name="output">Within the panel.</param>
    /// <param name="firstInput">Where a block begins.</param>
    /// <param name="weights">Whole blocks, unless it is the end of the inputs.</param>
    /// <returns>False where the precision cannot express a weight: it is not finite, or larger than any scale
    /// allows.</returns>
    public static bool Write(
        WeightPrecision precision, byte* panel, int output, int firstInput, ReadOnlySpan<float> weights)
    {
        Debug.Assert(firstInput % BlockInputs == 0 || !HasBlocks(precision), "Begins with a block.");
        panel += Offset(precision, firstInput);
        switch (precision)
        {
            case WeightPrecision.Float32:
                for (var i = 0; i < weights.Length; i++)
                    ((float*)panel)[(i * PackedMatrix.PanelWidth) + output] = weights[i];
                return true;
            case WeightPrecision.BFloat16:
                for (var i = 0; i < weights.Length; i++)
                    ((ushort*)panel)[(i * PackedMatrix.PanelWidth) + output] = ToBFloat16(weights[i]);
                return true;
            default:
                for (var begin = 0; begin < weights.Length; begin += BlockInputs, panel += BlockLength(precision))
                {
                    var part = weights.Slice(begin, Math.Min(BlockInputs, weights.Length - begin));
                    if (!(precision == WeightPrecision.Int8
                        ? WriteInt8(panel, output, part)
                        : WriteInt4(panel, output, part)))
                        return false;
                }

                return true;
        }
    }

    private static bool WriteInt8(byte* block, int output, ReadOnlySpan<float> part)
    {
        var scale = (Half)(Largest(part) / Int8Largest);
        if (!Half.IsFinite(scale)) return false;
        ((Half*)block)[output] = scale;
        var inverse = Inverse((float)scale);
        for (var i = 0; i < BlockInputs; i++)
        {
            var weight = i < part.Length ? MathF.Round(part[i] * inverse) : 0;
            *Place(WeightPrecision.Int8, block, output, i) =
                (byte)(Math.Clamp(weight, -Int8Largest, Int8Largest) + Int8Offset);
        }

        return true;
    }

    private static bool WriteInt4(byte* block, int output, ReadOnlySpan<float> part)
    {
        if (Int4Scale(part) is not { } scale) return false;
        ((Half*)block)[output] = (Half)scale;
        var inverse = Inverse(scale);
        var shift = output / NibbleDistance * 4;
        for (var i = 0; i < BlockInputs; i++)
        {
            var place = Place(WeightPrecision.Int4, block, output, i);
            var index = Int4Levels.IndexOf(i < part.Length ? part[i] * inverse : 0);
            *place = (byte)((*place & (0xF0 >> shift)) | (index << shift));
        }

        return true;
    }

    /// <summary>
    /// Scales that are tried for a block of int4, over its largest weight: a little below one, the largest is cut and
    /// the others get finer steps. Each is tried with either sign.
    /// </summary>
    public static ReadOnlySpan<float> Int4Factors
        => [1 / Int4Levels.Largest, 0.94f / Int4Levels.Largest, 1.06f / Int4Levels.Largest];

    /// <summary>The largest scale that half precision holds.</summary>
    public const float LargestScale = 65504;

    /// <summary>
    /// The scale, already rounded to half precision, with the least sum of squared errors among those tried and the one
    /// that is best for the integers of the best of them; null where a weight is not finite or too large.
    /// </summary>
    private static float? Int4Scale(ReadOnlySpan<float> part)
    {
        var largest = Largest(part);
        var (best, bestError) = (0f, float.PositiveInfinity);
        foreach (var factor in Int4Factors)
        {
            var scale = (float)(Half)(largest * factor);
            if (!(scale <= LargestScale)) return null;
            Try(part, scale);
            Try(part, -scale);
        }

        var (product, square) = (0f, 0f);
        var inverse = Inverse(best);
        foreach (var weight in part)
        {
            var level = Int4Levels.Values[Int4Levels.IndexOf(weight * inverse)];
            product += weight * level;
            square += level * level;
        }

        // Zero is added because negative zero would be stored as another scale.
        var fitted = (float)(Half)(product / square) + 0f;
        if (MathF.Abs(fitted) <= LargestScale) Try(part, fitted);
        return best;

        void Try(ReadOnlySpan<float> weights, float scale)
        {
            var error = 0f;
            var inverseScale = Inverse(scale);
            foreach (var weight in weights)
            {
                var difference = weight - (scale * Int4Levels.Values[Int4Levels.IndexOf(weight * inverseScale)]);
                error += difference * difference;
            }

            if (error < bestError) (best, bestError) = (scale, error);
        }
    }

    /// <summary>The byte that holds a weight of a block format.</summary>
    private static byte* Place(WeightPrecision precision, byte* block, int output, int input)
    {
        const int inputs = QuantizedRows.GroupInputs;
        var column = precision == WeightPrecision.Int8 ? output : output % NibbleDistance;
        return block + ScaleLength
            + (input / inputs * GroupLength(precision)) + (column * inputs) + (input % inputs);
    }

    private static float Inverse(float scale) => scale == 0 ? 0 : 1 / scale;

    /// <summary>The largest size of a weight; not a number where one is not finite.</summary>
    private static float Largest(ReadOnlySpan<float> weights)
    {
        var largest = 0f;
        foreach (var weight in weights)
        {
            if (!float.IsFinite(weight)) return float.NaN;
            largest = MathF.Max(largest, MathF.Abs(weight));
        }

        return largest;
    }

    /// <summary>To the nearest, ties to even. Infinity stays, and what is not a number stays so.</summary>
    private static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value)
            ? (ushort)((bits >> 16) | 0x40)
            : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
