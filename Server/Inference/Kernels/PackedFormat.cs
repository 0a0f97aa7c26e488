using System.Diagnostics;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>Where a panel's weights lie in each precision, and their plain reading and writing, one output at a time.</summary>
/// <remarks>
/// An input's row holds the values of all outputs of the panel: float32 or bfloat16 in order, int8 in order, int4 as
/// output n in the lower and output n + 16 in the upper half of byte n. The block formats put the outputs' scales, as
/// half-precision numbers, before every <see cref="BlockInputs"/> rows; the last block may have fewer rows.
/// A weight is the integer times the scale, which float32 holds exactly.
/// </remarks>
internal static unsafe class PackedFormat
{
    /// <summary>Inputs that share a scale.</summary>
    public const int BlockInputs = 32;

    /// <summary>Outputs apart that share a byte of int4.</summary>
    public const int NibbleDistance = PackedMatrix.PanelWidth / 2;

    private const int ScaleBytes = PackedMatrix.PanelWidth * 2;
    private const int Int8Largest = 127;
    private const int Int4Offset = 8;

    /// <summary>Bytes of one input's row.</summary>
    public static int RowLength(WeightPrecision precision) => precision switch
    {
        WeightPrecision.Float32 => PackedMatrix.PanelWidth * sizeof(float),
        WeightPrecision.BFloat16 => PackedMatrix.PanelWidth * 2,
        WeightPrecision.Int8 => PackedMatrix.PanelWidth,
        _ => PackedMatrix.PanelWidth / 2,
    };

    /// <summary>Bytes of the scales before each block; 0 where there are none.</summary>
    public static int ScaleLength(WeightPrecision precision) => precision is WeightPrecision.Int8 or WeightPrecision.Int4 ? ScaleBytes : 0;

    /// <summary>Bytes from the panel's begin to an input's block, which must start there; with all inputs, the bytes of a panel.</summary>
    public static nint Offset(WeightPrecision precision, int inputs)
        => ((nint)inputs * RowLength(precision)) + ((nint)((inputs + BlockInputs - 1) / BlockInputs) * ScaleLength(precision));

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
            _ => (float)((Half*)place.Block)[output] * (((row[output % NibbleDistance] >> (output / NibbleDistance * 4)) & 15) - Int4Offset),
        };
    }

    /// <summary>Puts one output's weights in place.</summary>
    /// <param name="precision">Of the panel.</param>
    /// <param name="panel">Its begin.</param>
    /// <param name="output">Within the panel.</param>
    /// <param name="firstInput">Where a block begins.</param>
    /// <param name="weights">Whole blocks, unless it is the end of the inputs.</param>
    /// <returns>False where the precision cannot express a weight: it is not finite, or larger than any scale allows.</returns>
    public static bool Write(WeightPrecision precision, byte* panel, int output, int firstInput, ReadOnlySpan<float> weights)
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
                    if (!(precision == WeightPrecision.Int8 ? WriteInt8(place, output, part) : WriteInt4(place, output, part))) return false;
                }

                return true;
        }

        bool WriteInt8(Place place, int column, ReadOnlySpan<float> part)
        {
            var scale = (Half)(MathF.Abs(Largest(part)) / Int8Largest);
            if (!Half.IsFinite(scale)) return false;
            ((Half*)place.Block)[column] = scale;
            var inverse = Inverse(scale);
            for (var i = 0; i < part.Length; i++)
                ((sbyte*)place.Row)[(i * stride) + column] = (sbyte)Math.Clamp(MathF.Round(part[i] * inverse), -Int8Largest, Int8Largest);
            return true;
        }

        // The weight of the largest size takes the one value that has no opposite, so that all 16 are used.
        bool WriteInt4(Place place, int column, ReadOnlySpan<float> part)
        {
            var scale = (Half)(Largest(part) / -Int4Offset);
            if (!Half.IsFinite(scale)) return false;
            ((Half*)place.Block)[column] = scale;
            var inverse = Inverse(scale);
            var shift = column / NibbleDistance * 4;
            var target = place.Row + (column % NibbleDistance);
            for (var i = 0; i < part.Length; i++, target += stride)
            {
                var value = (int)Math.Clamp(MathF.Round(part[i] * inverse) + Int4Offset, 0, 15);
                *target = (byte)((*target & (0xF0 >> shift)) | (value << shift));
            }

            return true;
        }
    }

    private static Place Locate(WeightPrecision precision, byte* panel, int input)
    {
        var block = panel + Offset(precision, input / BlockInputs * BlockInputs);
        return new Place(block, block + ScaleLength(precision) + ((nint)(input % BlockInputs) * RowLength(precision)));
    }

    private static float Inverse(Half scale) => scale == Half.Zero ? 0 : 1 / (float)scale;

    /// <summary>The weight of the largest size, with its sign; not a number where one is not finite.</summary>
    private static float Largest(ReadOnlySpan<float> weights)
    {
        var largest = 0f;
        foreach (var weight in weights)
        {
            if (!float.IsFinite(weight)) return float.NaN;
            if (MathF.Abs(weight) > MathF.Abs(largest)) largest = weight;
        }

        return largest;
    }

    /// <summary>To the nearest, ties to even. Infinity stays, and what is not a number stays so.</summary>
    private static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>Begin of a block and of an input's row within it.</summary>
    private readonly struct Place(byte* block, byte* row)
    {
        public byte* Block => block;

        public byte* Row => row;
    }
}
