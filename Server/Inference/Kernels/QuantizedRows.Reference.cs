namespace Molmo.Demo.Inference.Kernels;

internal static unsafe partial class QuantizedRows
{
    /// <summary>The plain form of <see cref="Quantize"/>.</summary>
    public static void Reference(WeightPrecision precision, float* x, int inputs, byte* row, nint stride)
    {
        for (var begin = 0; begin < inputs; begin += Block, row += stride)
        {
            var values = new ReadOnlySpan<float>(x + begin, Math.Min(Block, inputs - begin));
            new Span<byte>(row, BlockLength).Clear();
            var scale = precision == WeightPrecision.Int8 ? Int8Scale(values) : Int4Scale(values);
            scale = MathF.Max(scale, SmallestScale);
            foreach (var value in values)
                if (!float.IsFinite(value)) scale = float.NaN;
            *(float*)(row + ScaleOffset) = scale;
            if (float.IsNaN(scale)) continue;
            var inverse = 1 / scale;
            for (var i = 0; i < values.Length; i++)
                ((sbyte*)row)[i] = (sbyte)MathF.Round(values[i] * inverse, MidpointRounding.ToEven);
            for (var i = 0; i < Block; i++)
            {
                var group = i / GroupInputs;
                var (offset, start) = precision == WeightPrecision.Int8
                    ? (PackedFormat.Int8Offset, group / Int8Groups)
                    : (Int4Levels.Offset, 0);
                ((short*)(row + StartOffset))[(2 * start) + (i % GroupInputs / 2)] -=
                    unchecked((short)(offset * ((sbyte*)row)[i]));
            }
        }
    }

    private static float Int8Scale(ReadOnlySpan<float> values)
    {
        var (largest, sum) = (0f, 0f);
        for (var lane = 0; lane < 2; lane++)
        {
            for (var first = 0; first < Block / GroupInputs; first += Int8Groups)
            {
                var total = 0f;
                for (var group = first; group < Math.Min(first + Int8Groups, Block / GroupInputs); group++)
                {
                    var (left, right) = Pair(values, (group * GroupInputs) + (2 * lane));
                    var both = MathF.Abs(left) + MathF.Abs(right);
                    var positive = MathF.Max(left, 0) + MathF.Max(right, 0);
                    largest = MathF.Max(largest, MathF.Max(positive, both - positive));
                    total += both;
                }

                sum = MathF.Max(sum, total);
            }
        }

        return MathF.Max(largest * PairLimit, sum * Int8SumLimit);
    }

    private static float Int4Scale(ReadOnlySpan<float> values)
    {
        var (largest, sum) = (0f, 0f);
        for (var lane = 0; lane < 2; lane++)
        {
            // Every other group, then the rest: so the vectors add.
            float even = 0, odd = 0;
            for (var i = 2 * lane; i < Block; i += 2 * GroupInputs)
            {
                even += Size(Pair(values, i), ref largest);
                odd += Size(Pair(values, i + GroupInputs), ref largest);
            }

            sum = MathF.Max(sum, even + odd);
        }

        return MathF.Max(largest * PairLimit, sum * Int4SumLimit);

        static float Size((float Left, float Right) pair, ref float most)
        {
            var (left, right) = (MathF.Abs(pair.Left), MathF.Abs(pair.Right));
            most = MathF.Max(most, MathF.Max(left, right));
            return left + right;
        }
    }

    private static (float Left, float Right) Pair(ReadOnlySpan<float> values, int index)
        => (Shrunk(values, index), Shrunk(values, index + 1));

    private static float Shrunk(ReadOnlySpan<float> values, int index)
        => index < values.Length ? values[index] * Shrink : 0;
}
