using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Tests.Kernels;

/// <summary>
/// Products with weights below float32, against plain sums over the same rounded weights, and with int8 and int4 over
/// the same rounded activations.
/// </summary>
public sealed unsafe class NarrowMatMulTests
{
    private const double Tolerance = 1e-5;

    private static readonly WeightPrecision[] Narrow =
        [WeightPrecision.BFloat16, WeightPrecision.Int8, WeightPrecision.Int4];

    public static TheoryData<int, int, int> Sizes => MatMulTests.Sizes;

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Forward_AnySize_EqualsReferenceOverTheStoredWeights(int rows, int inputs, int outputs)
    {
        using var team = new ThreadTeam(2);
        using var x = KernelData.Tensor(rows, inputs, 1);
        using var y = new Tensor(rows, outputs);
        var expected = new float[rows * outputs];
        foreach (var precision in Narrow)
        {
            foreach (var bias in (float[][])[[], KernelData.Floats(outputs, 3)])
            {
                using var packed = KernelData.Pack(KernelData.Floats(outputs * inputs, 2), bias, inputs, precision);
                MatMul.Reference(Rounded(precision, x), Stored(packed), bias, inputs, expected);
                MatMul.Forward(x, packed, y, team);
                Closeness.Check(
                    $"{precision}, {bias.Length} biases", expected, y.Span, Closeness.Scaled(Tolerance, expected));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Forward_AnyThreadsAndAnyNeighbours_GivesTheSameBits(int rows, int inputs, int outputs)
    {
        using var alone = new ThreadTeam(1);
        using var team = new ThreadTeam(5);
        using var x = KernelData.Tensor(rows, inputs, 1);
        using var expected = new Tensor(rows, outputs);
        using var y = new Tensor(rows, outputs);
        foreach (var precision in Narrow)
        {
            using var packed = KernelData.Pack(
                KernelData.Floats(outputs * inputs, 2), KernelData.Floats(outputs, 3), inputs, precision);
            MatMul.Forward(x, packed, expected, alone);
            MatMul.Forward(x, packed, y, team);
            Assert.True(
                expected.Span.SequenceEqual(y.Span), $"{precision}: another number of threads gives other bits.");
            for (var row = 0; row < rows; row += 1 + (rows / 7))
            {
                MatMul.Forward(x.Data + ((nint)row * inputs), inputs, 1, packed, y.Data, outputs, team);
                Assert.True(
                    expected.Row(row).SequenceEqual(y.Row(0)), $"{precision}: row {row} alone gives other bits.");
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(255)]
    [InlineData(700)]
    public void BFloat16Kernels_OfEveryWidthAndOddLengths_EqualThePlainForms(int inputs)
    {
        const int outputs = MatMul.BFloat16RowPanels * PackedMatrix.PanelWidth;
        using var x = KernelData.Tensor(1, inputs, 1);
        using var packed = KernelData.Pack(
            KernelData.Floats(outputs * inputs, 2), KernelData.Floats(outputs, 3), inputs, WeightPrecision.BFloat16);
        using var expected = new Tensor(inputs, outputs);
        using var found = new Tensor(inputs, outputs);

        MatMul.ReferenceUnpack(packed.Panels, inputs, expected.Data);
        CheckUnpack("512", &MatMul.UnpackOf<Lanes512>);
        CheckUnpack("256", &MatMul.UnpackOf<Lanes256>);
        CheckUnpack("128", &MatMul.UnpackOf<Lanes128>);
        CheckUnpack("chosen", &MatMul.Unpack);
        foreach (var bias in (nint[])[0, (nint)packed.Bias])
        {
            MatMul.ReferenceBFloat16Row(x.Data, packed.Panels, inputs, (float*)bias, expected.Data);
            CheckRow("512", bias, &MatMul.BFloat16RowOf<Lanes512>);
            CheckRow("256", bias, &MatMul.BFloat16RowOf<Lanes256>);
            CheckRow("128", bias, &MatMul.BFloat16RowOf<Lanes128>);
            CheckRow("chosen", bias, &MatMul.BFloat16Row);
        }

        void CheckUnpack(string width, delegate*<byte*, int, float*, void> kernel)
        {
            found.Span.Fill(7);
            kernel(packed.Panels, inputs, found.Data);
            Assert.True(Unpacked(expected).SequenceEqual(Unpacked(found)), $"{width} bits: unpacks other numbers.");
        }

        void CheckRow(string width, nint bias, delegate*<float*, byte*, int, float*, float*, void> kernel)
        {
            found.Span.Fill(7);
            kernel(x.Data, packed.Panels, inputs, (float*)bias, found.Data);
            Closeness.Check($"{width} bits", expected.Row(0), found.Row(0), Tolerance * 10);
        }

        // One panel's worth: the second panel is not unpacked.
        Span<float> Unpacked(Tensor tensor) => tensor.Span[..(inputs * PackedMatrix.PanelWidth)];
    }

    [Theory]
    [InlineData(WeightPrecision.BFloat16, 16)]
    [InlineData(WeightPrecision.Int8, 8.5)]
    [InlineData(WeightPrecision.Int4, 4.5)]
    public void StoredLength_WholeBlocks_IsTheBitsPromised(WeightPrecision precision, double bits)
    {
        using var packed = new PackedMatrix(96, 320, hasBias: false, precision);
        Assert.Equal(bits, packed.StoredLength * 8.0 / (96 * 320));
    }

    [Theory]
    [InlineData(WeightPrecision.BFloat16, 1 / 256.0)]
    [InlineData(WeightPrecision.Int8, 1 / 253.0)]
    [InlineData(WeightPrecision.Int4, 1 / 7.9)]
    public void SetRow_AnyWeights_IsOffByAStepAtMost(WeightPrecision precision, double step)
    {
        // From the smallest scales of half precision to large ones, and blocks of zeros.
        foreach (var scale in (float[])[0, 1e-4f, 1e-2f, 1, 300])
        {
            var weights = KernelData.Floats(100, 5, scale);
            weights.AsSpan(32, 32).Clear();
            using var packed = KernelData.Pack(weights, [], 100, precision);
            var stored = Stored(packed);
            for (var begin = 0; begin < weights.Length; begin += 32)
            {
                var end = Math.Min(begin + 32, weights.Length);
                var largest = weights[begin..end].Max(Math.Abs);
                Closeness.Check($"scale {scale}", weights.AsSpan(begin, end - begin), stored.AsSpan(begin, end - begin),
                    (step * largest) + 1e-6);
            }
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(1e30f)]
    public void SetRow_WeightNoScaleReaches_IsRefused(float weight)
    {
        foreach (var precision in (WeightPrecision[])[WeightPrecision.Int8, WeightPrecision.Int4])
        {
            using var packed = new PackedMatrix(1, 2, hasBias: false, precision);
            Assert.False(packed.SetRow(0, 0, [1, weight]));
        }
    }

    [Fact]
    public void LoadHalf_EveryFiniteNumber_IsExact()
    {
        var halves = Enumerable.Range(0, 1 << 16)
            .Select(bits => (short)bits).Where(bits => Half.IsFinite(BitConverter.Int16BitsToHalf(bits))).ToArray();
        var expected = halves.Select(bits => (float)BitConverter.Int16BitsToHalf(bits)).ToArray();
        Check<Lanes512>();
        Check<Lanes256>();
        Check<Lanes128>();

        void Check<T>()
            where T : struct, ILanes<T>
        {
            var found = new float[halves.Length];
            fixed (short* source = halves)
            {
                fixed (float* target = found)
                {
                    for (var i = 0; i < found.Length; i += T.Count) T.Store(T.LoadHalf(source + i), target + i);
                }
            }

            Assert.Equal(expected, found);
        }
    }

    /// <summary>Activations as the kernels count them: with weights of whole numbers, those too.</summary>
    private static float[] Rounded(WeightPrecision precision, Tensor x)
    {
        var values = x.Span.ToArray();
        if (!PackedFormat.HasBlocks(precision)) return values;
        var blocks = new byte[QuantizedRows.CountBlocks(x.Columns) * QuantizedRows.BlockLength];
        fixed (byte* row = blocks)
        {
            for (var i = 0; i < values.Length; i++)
            {
                var (line, column) = (i / x.Columns, i % x.Columns);
                if (column == 0)
                    QuantizedRows.Reference(
                        precision, x.Data + ((nint)line * x.Columns), x.Columns, row, QuantizedRows.BlockLength);
                var block = row + (column / PackedFormat.BlockInputs * QuantizedRows.BlockLength);
                values[i] = ((sbyte*)block)[column % PackedFormat.BlockInputs]
                    * *(float*)(block + QuantizedRows.ScaleOffset);
            }
        }

        return values;
    }

    private static float[] Stored(PackedMatrix packed)
    {
        var weights = new float[packed.Outputs * packed.Inputs];
        for (var output = 0; output < packed.Outputs; output++)
            packed.GetRow(output, weights.AsSpan(output * packed.Inputs, packed.Inputs));
        return weights;
    }
}
