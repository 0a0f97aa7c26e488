using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Tests.Kernels;

/// <summary>Products of whole numbers in every width against the plain form, and several products in one go.</summary>
public sealed unsafe class IntegerMatMulTests
{
    private static bool IsFused => Fma.IsSupported || AdvSimd.Arm64.IsSupported;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 700)]
    [InlineData(2, 33)]
    [InlineData(5, 32)]
    [InlineData(7, 255)]
    [InlineData(97, 96)]
    public void Tile_EveryWidthAndOddSize_EqualsThePlainForm(int rows, int inputs)
    {
        foreach (var precision in (WeightPrecision[])[WeightPrecision.Int8, WeightPrecision.Int4])
        {
            foreach (var extreme in (bool[])[false, true])
            {
                using var x = KernelData.Tensor(rows, inputs, 1);
                var weights = KernelData.Floats(PackedMatrix.PanelWidth * inputs, 2);
                if (extreme)
                {
                    // Every product as large as it gets, of one sign or of both.
                    foreach (ref var value in x.Span) value = value < -0.5f ? -1 : 1;
                    foreach (ref var value in weights.AsSpan()) value = value < -0.8f ? -1 : 1;
                }

                using var packed = KernelData.Pack(weights, [], inputs, precision);
                Check(precision, x, packed);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(33)]
    [InlineData(255)]
    [InlineData(700)]
    public void Row_EveryWidthAndOddSize_EqualsThePlainForm(int inputs)
    {
        const int outputs = MatMul.IntegerRowPanels * PackedMatrix.PanelWidth;
        var blocks = QuantizedRows.CountBlocks(inputs);
        using var x = KernelData.Tensor(1, inputs, 1);
        using var row = new Tensor(blocks, QuantizedRows.BlockLength / sizeof(float));
        using var expected = KernelData.Tensor(1, outputs, 5);
        using var found = new Tensor(1, outputs);
        foreach (var precision in (WeightPrecision[])[WeightPrecision.Int8, WeightPrecision.Int4])
        {
            using var packed = KernelData.Pack(KernelData.Floats(outputs * inputs, 2), [], inputs, precision);
            var values = (byte*)row.Data;
            QuantizedRows.Reference(precision, x.Data, inputs, values, QuantizedRows.BlockLength);
            KernelData.Floats(outputs, 5).CopyTo(expected.Span);
            for (var panel = 0; panel < MatMul.IntegerRowPanels; panel++)
            {
                MatMul.ReferenceIntegerTile(
                    precision, packed.Panels + (panel * packed.PanelLength), values, blocks, 1,
                    expected.Data + (panel * PackedMatrix.PanelWidth));
            }

            if (precision == WeightPrecision.Int8)
            {
                Same("512", &MatMul.IntegerRowOf<Lanes512, Int8Weights>);
                Same("256", &MatMul.IntegerRowOf<Lanes256, Int8Weights>);
                Same("128", &MatMul.IntegerRowOf<Lanes128, Int8Weights>);
            }
            else
            {
                Same("512", &MatMul.IntegerRowOf<Lanes512, Int4Weights>);
                Same("256", &MatMul.IntegerRowOf<Lanes256, Int4Weights>);
                Same("128", &MatMul.IntegerRowOf<Lanes128, Int4Weights>);
            }

            KernelData.Floats(outputs, 5).CopyTo(found.Span);
            MatMul.IntegerRow(precision, packed.Panels, packed.PanelLength, values, blocks, found.Data);
            Compare(precision, expected, found, "chosen");

            void Same(string width, delegate*<byte*, nint, byte*, int, float*, void> kernel)
            {
                KernelData.Floats(outputs, 5).CopyTo(found.Span);
                kernel(packed.Panels, packed.PanelLength, values, blocks, found.Data);
                Compare(precision, expected, found, width);
            }
        }
    }

    [Fact]
    public void Forward_ActivationThatIsNotFinite_GivesNoFiniteOutputInItsRowAlone()
    {
        const int rows = 3, inputs = 100, outputs = 40;
        using var team = new ThreadTeam(2);
        using var x = KernelData.Tensor(rows, inputs, 1);
        using var y = new Tensor(rows, outputs);
        foreach (var value in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
        {
            x.Row(1)[inputs - 1] = value;
            foreach (var precision in (WeightPrecision[])[WeightPrecision.Int8, WeightPrecision.Int4])
            {
                using var packed =
                    KernelData.Pack(KernelData.Floats(outputs * inputs, 2), [], inputs, precision);
                MatMul.Forward(x, packed, y, team);
                foreach (var output in y.Row(1)) Assert.True(float.IsNaN(output));
                foreach (var output in y.Row(0)) Assert.True(float.IsFinite(output));
                foreach (var output in y.Row(2)) Assert.True(float.IsFinite(output));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Run_ProductsOfChosenRows_GiveTheBitsOfEachAlone(int threads)
    {
        const int inputs = 300, outputs = 70, rows = 120;
        using var team = new ThreadTeam(threads);
        using var x = KernelData.Tensor(rows, inputs, 1);
        using var expected = new Tensor(rows, outputs);
        using var y = new Tensor(2 * rows, outputs);
        var source = new PinnedList<int>();
        for (var i = 0; i < 2 * rows; i++) source.Add(i * 7 % rows);
        foreach (var precision in (WeightPrecision[])[WeightPrecision.Int8, WeightPrecision.Int4])
        {
            var weights = Enumerable.Range(0, 3)
                .Select(i => KernelData.Pack(
                    KernelData.Floats(outputs * inputs, i), KernelData.Floats(outputs, 9), inputs, precision))
                .ToArray();
            var products = new PinnedList<IntegerProduct>();
            foreach (var (first, count, weight) in ((int, int, int)[])[(0, 1, 2), (1, 200, 0), (201, 39, 1)])
                products.Add(new IntegerProduct(
                    x.Data, inputs, source.Pointer + first, count, weights[weight], y.Data + (first * outputs),
                    outputs));
            IntegerJobs.Run(products.Pointer, products.Count, team);
            for (var weight = 0; weight < 3; weight++)
            {
                MatMul.Forward(x, weights[weight], expected, team);
                var (first, count) = weight switch { 2 => (0, 1), 0 => (1, 200), _ => (201, 39) };
                for (var row = first; row < first + count; row++)
                    Assert.True(expected.Row(source[row]).SequenceEqual(y.Row(row)), $"{precision}, row {row}.");
            }

            foreach (var weight in weights) weight.Dispose();
        }
    }

    [Theory]
    [InlineData(1, 40, 64, 33)]
    [InlineData(1, 100, 96, 200)]
    [InlineData(5, 32, 32, 32)]
    [InlineData(97, 70, 320, 70)]
    [InlineData(96, 3000, 96, 1)]
    [InlineData(800, 33, 64, 20)]
    public void FeedForward_AnySize_HasTheBitsOfItsSteps(int rows, int inputs, int width, int outputs)
    {
        using var x = KernelData.Tensor(rows, inputs, 1);
        using var expected = new Tensor(rows, outputs);
        using var y = new Tensor(rows, outputs);
        using var inner = new Tensor(rows, width);
        foreach (var precision in (WeightPrecision[])[WeightPrecision.Int8, WeightPrecision.Int4])
        {
            foreach (var activation in Enum.GetValues<Activation>())
            {
                var firstOutputs = activation == Activation.SwiGlu ? 2 * width : width;
                using var fused = new Tensor(rows, firstOutputs);
                using var up = KernelData.Pack(
                    KernelData.Floats(firstOutputs * inputs, 2), KernelData.Floats(firstOutputs, 3), inputs, precision);
                using var down = KernelData.Pack(
                    KernelData.Floats(outputs * width, 4), KernelData.Floats(outputs, 5), width, precision);
                Assert.True(IntegerJobs.CanFeed(up, down));
                using var one = new ThreadTeam(1);
                MatMul.Forward(x, up, fused, one);
                if (activation == Activation.SwiGlu) SwiGlu.Forward(fused, inner, one);
                else fused.Span.CopyTo(inner.Span);
                if (activation == Activation.QuickGelu) QuickGelu.Forward(inner, one);
                MatMul.Forward(inner, down, expected, one);
                foreach (var threads in (int[])[1, 5])
                {
                    using var team = new ThreadTeam(threads);
                    y.Span.Fill(float.NaN);
                    MatMul.FeedForward(
                        x.Data, inputs, rows, up, activation, down, y.Data, outputs, team);
                    Assert.True(
                        expected.Span.SequenceEqual(y.Span),
                        $"{precision}, {activation}, {threads} threads: other bits.");
                }
            }
        }
    }

    [Fact]
    public void CanFeed_PartOfAPanelOrFloats_IsNo()
    {
        using var up = KernelData.Pack(KernelData.Floats(40 * 32, 1), [], 32, WeightPrecision.Int8);
        using var down = KernelData.Pack(KernelData.Floats(32 * 40, 2), [], 40, WeightPrecision.Int8);
        using var floats = KernelData.Pack(KernelData.Floats(32 * 32, 2), [], 32, WeightPrecision.Float32);
        Assert.False(IntegerJobs.CanFeed(up, down));
        Assert.False(IntegerJobs.CanFeed(floats, floats));
    }

    private static void Check(WeightPrecision precision, Tensor x, PackedMatrix packed)
    {
        var (rows, inputs) = (x.Rows, x.Columns);
        var blocks = QuantizedRows.CountBlocks(inputs);
        using var tile = new Tensor(1, rows * blocks * QuantizedRows.BlockLength / sizeof(float));
        for (var row = 0; row < rows; row++)
            QuantizedRows.Reference(
                precision, x.Data + ((nint)row * inputs), inputs, (byte*)tile.Data + (row * QuantizedRows.BlockLength),
                rows * QuantizedRows.BlockLength);
        using var expected = KernelData.Tensor(rows, PackedMatrix.PanelWidth, 5);
        using var found = new Tensor(rows, PackedMatrix.PanelWidth);
        MatMul.ReferenceIntegerTile(precision, packed.Panels, (byte*)tile.Data, blocks, rows, expected.Data);
        if (precision == WeightPrecision.Int8)
        {
            Same("512", &MatMul.IntegerTileOf<Lanes512, Int8Weights>);
            Same("256", &MatMul.IntegerTileOf<Lanes256, Int8Weights>);
            Same("128", &MatMul.IntegerTileOf<Lanes128, Int8Weights>);
        }
        else
        {
            Same("512", &MatMul.IntegerTileOf<Lanes512, Int4Weights>);
            Same("256", &MatMul.IntegerTileOf<Lanes256, Int4Weights>);
            Same("128", &MatMul.IntegerTileOf<Lanes128, Int4Weights>);
        }

        KernelData.Floats(found.Span.Length, 5).CopyTo(found.Span);
        MatMul.IntegerTile(precision, packed.Panels, (byte*)tile.Data, blocks, rows, found.Data);
        Compare(precision, expected, found, "chosen");

        void Same(string width, delegate*<byte*, byte*, int, int, float*, void> kernel)
        {
            KernelData.Floats(found.Span.Length, 5).CopyTo(found.Span);
            kernel(packed.Panels, (byte*)tile.Data, blocks, rows, found.Data);
            Compare(precision, expected, found, width);
        }
    }

    private static void Compare(WeightPrecision precision, Tensor expected, Tensor found, string width)
    {
        if (IsFused)
            Assert.True(expected.Span.SequenceEqual(found.Span), $"{precision}, {width} bits: other bits.");
        else
            Closeness.Check(
                $"{precision}, {width} bits", expected.Span, found.Span, Closeness.Scaled(1e-5, expected.Span));
    }
}
