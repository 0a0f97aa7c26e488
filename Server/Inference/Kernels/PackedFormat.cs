using System.Diagnostics;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>
/// Where a panel's weights lie in each precision, and their plain reading and writing, one output at a time.
/// </summary>
/// <remarks>
/// An input's row holds the values of all outputs of the panel: float32 or bfloat16 in order, int8 in order, int4 as
/// output n in the lower and output n + 16 in the upper half of byte n. The block formats put the outputs' scales, as
/// half-precision numbers, before every <see cref="BlockInputs"/> rows; the last block may have fewer rows.
/// A weight is the integer, or of int4 the one that the four bits stand for (<see cref="Int4Levels"/>), times the
/// scale, which float32 holds exactly. What is here is the plain form; <see cref="PanelWriter"/> does the same for many
/// outputs at a time.
/// </remarks>
internal static unsafe class PackedFormat
{
    /// <summary>
    /// Name of what is described here. Another one for every change: packed files of the old one are then made anew.
    /// </summary>
    public const string Layout = "32 outputs, 32 inputs, 1";

    /// <summary>Inputs that share a scale.</summary>
    public const int BlockInputs = 32;

    /// <summary>Outputs apart that share a byte of int4.</summary>
    public const int NibbleDistance = PackedMatrix.PanelWidth / 2;

    /// <summary>Integers of int8 go from its opposite to it.</summary>
    public const float Int8Largest = 127;

    private const int ScaleBytes = PackedMatrix.PanelWidth * 2;

    /// <summary>Bytes of one input's row.</summary>
    public static int RowLength(WeightPrecision precision) => precision switch
    {
        WeightPrecision.Float32 => PackedMatrix.PanelWidth * sizeof(float),
        WeightPrecision.BFloat16 => PackedMatrix.PanelWidth * 2,
        WeightPrecision.Int8 => PackedMatrix.PanelWidth,
        _ => PackedMatrix.PanelWidth / 2,
    };

    /// <summary>Bytes of the scales before each block; 0 where there are none.</summary>
    public static int ScaleLength(WeightPrecision precision)
        => precision is WeightPrecision.Int8 or WeightPrecision.Int4 ? ScaleBytes : 0;

    /// <summary>
    /// Bytes from the panel's begin to an input's block, which must start there; with all inputs, the bytes of a panel.
    /// </summary>
    public static nint Offset(WeightPrecision precision, int inputs)
        => ((nint)inputs * RowLength(precision))
            + ((nint)((inputs + BlockInputs - 1) / BlockInputs) * ScaleLength(precision));

    /// <summary>One weight.</summary>
    public static float Read(WeightPrecision precision, byte* panel, int output, int input)
    {
        var place = Locate(precision, panel, input);
        var row = place.Row;
        return precision switch
        {
            WeightPrecision.Float32 => ((float*)row)[output],
            WeightPrecision.BFloat16 => BitConverter.UInt32BitsToSingle((uint)((ushort*)row)[output] << 16),
            WeightPrecision.Int8 => (float)((Half*)place.Block)[output] * (sbyte)row[output],
            _ => (float)((Half*)place.Block)[output]
                * Int4Levels.Values[(row[output % NibbleDistance] >> (output / NibbleDistance * 4)) & 15],
        };
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
        Debug.Assert(firstInput % BlockInputs == 0 || ScaleLength(precision) == 0, "Begins with a block.");
        var stride = RowLength(precision);
        switch (precision)
        {
            case WeightPrecision.Float32:
                var floats = (float*)Locate(precision, panel, firstInput).Row + output;
                for (var i = 0; i < weights.Length; i++) floats[i * PackedMatrix.PanelWidth] = weights[i];
                return true;
            case WeightPrecision.BFloat16:
                var halves = (ushort*)Locate(precision, panel, firstInput).Row + output;
                for (var i = 0; i < weights.Length; i++) halves[i * PackedMatrix.PanelWidth] = ToBFloat16(weights[i]);
                return true;
            default:
                for (var begin = 0; begin < weights.Length; begin += BlockInputs)
                {
                    var place = Locate(precision, panel, firstInput + begin);
                    var part = weights.Slice(begin, Math.Min(BlockInputs, weights.Length - begin));
                    if (!(precision == WeightPrecision.Int8
                        ? WriteInt8(place, output, part)
                        : WriteInt4(place, output, part)))
                        return false;
                }

                return true;
        }

        bool WriteInt8(Place place, int column, ReadOnlySpan<float> part)
        {
            var scale = (Half)(Largest(part) / Int8Largest);
            if (!Half.IsFinite(scale)) return false;
            ((Half*)place.Block)[column] = scale;
            var inverse = Inverse((float)scale);
            for (var i = 0; i < part.Length; i++)
                ((sbyte*)place.Row)[(i * stride) + column] =
                    (sbyte)Math.Clamp(MathF.Round(part[i] * inverse), -Int8Largest, Int8Largest);
            return true;
        }

        bool WriteInt4(Place place, int column, ReadOnlySpan<float> part)
        {
            if (Int4Scale(part) is not { } scale) return false;
            ((Half*)place.Block)[column] = (Half)scale;
            var inverse = Inverse(scale);
            var shift = column / NibbleDistance * 4;
            var target = place.Row + (column % NibbleDistance);
            for (var i = 0; i < part.Length; i++, target += stride)
                *target = (byte)((*target & (0xF0 >> shift)) | (Int4Levels.IndexOf(part[i] * inverse) << shift));
            return true;
        }
    }

    /// <summary>
    /// Scales that are tried for a block of int4, over its largest weight: a little below one, the largest is cut and
    /// the others get finer steps. Each is tried with either sign.
    /// </summary>
    public static ReadOnlySpan<float> Int4Factors
        => [0.97f / Int4Levels.Largest, 0.85f / Int4Levels.Largest, 1.09f / Int4Levels.Largest];

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

    private static Place Locate(WeightPrecision precision, byte* panel, int input)
    {
        var block = panel + Offset(precision, input / BlockInputs * BlockInputs);
        return new Place(block, block + ScaleLength(precision) + ((nint)(input % BlockInputs) * RowLength(precision)));
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

    /// <summary>Begin of a block and of an input's row within it.</summary>
    private readonly struct Place(byte* block, byte* row)
    {
        public byte* Block => block;

        public byte* Row => row;
    }
}
