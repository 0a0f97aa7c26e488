using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Tests.Kernels;

/// <summary>Products at odd sizes, every register width, any number of threads.</summary>
public sealed unsafe class MatMulTests
{
    private const double Tolerance = 1e-5;

    public static TheoryData<int, int, int> Sizes => new()
    {
        { 1, 1, 1 }, { 1, 5, 31 }, { 1, 64, 32 }, { 1, 192, 320 }, { 1, 257, 129 }, { 1, 600, 500 }, { 2, 64, 33 },
        { 3, 255, 40 }, { 4, 256, 96 },
        { 5, 300, 65 }, { 6, 70, 128 }, { 7, 513, 64 }, { 11, 33, 7 }, { 12, 256, 32 }, { 13, 588, 128 },
        { 24, 512, 100 }, { 54, 192, 1024 },
        { 130, 128, 384 }, { 193, 300, 290 }, { 500, 65, 33 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Forward_AnySize_EqualsReference(int rows, int inputs, int outputs)
    {
        using var team = new ThreadTeam(2);
        foreach (var hasBias in (bool[])[false, true])
        {
            using var x = KernelData.Tensor(rows, inputs, 1);
            var weight = KernelData.Floats(outputs * inputs, 2);
            var bias = hasBias ? KernelData.Floats(outputs, 3) : [];
            using var packed = KernelData.Pack(weight, bias, inputs);
            using var y = new Tensor(rows, outputs);
            var expected = new float[rows * outputs];
            MatMul.Reference(x.Span, weight, bias, inputs, expected);
            MatMul.Forward(x, packed, y, team);
            Closeness.Check($"bias {hasBias}", expected, y.Span, Closeness.Scaled(Tolerance, expected));
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Forward_AnyThreadsAndAnyNeighbours_GivesTheSameBits(int rows, int inputs, int outputs)
    {
        using var x = KernelData.Tensor(rows, inputs, 1);
        using var packed =
            KernelData.Pack(KernelData.Floats(outputs * inputs, 2), KernelData.Floats(outputs, 3), inputs);
        using var alone = new ThreadTeam(1);
        using var expected = new Tensor(rows, outputs);
        MatMul.Forward(x, packed, expected, alone);

        using var team = new ThreadTeam(5);
        using var y = new Tensor(rows, outputs);
        MatMul.Forward(x, packed, y, team);
        Assert.True(expected.Span.SequenceEqual(y.Span), "Another number of threads gives other bits.");
        for (var row = 0; row < rows; row += 1 + (rows / 7))
        {
            MatMul.Forward(x.Data + ((nint)row * inputs), inputs, 1, packed, y.Data, outputs, team);
            Assert.True(expected.Row(row).SequenceEqual(y.Row(0)), $"Row {row} alone gives other bits.");
        }
    }

    [Fact]
    public void Forward_StridedRows_LeavesTheGapsAlone()
    {
        const int rows = 14, inputs = 40, outputs = 45, xStride = 50, yStride = 64;
        using var team = new ThreadTeam(2);
        using var x = KernelData.Tensor(rows, xStride, 1);
        using var y = new Tensor(rows, yStride);
        y.Span.Fill(7);
        var weight = KernelData.Floats(outputs * inputs, 2);
        using var packed = KernelData.Pack(weight, [], inputs);
        MatMul.Forward(x.Data, xStride, rows, packed, y.Data, yStride, team);
        var expected = new float[outputs];
        for (var row = 0; row < rows; row++)
        {
            MatMul.Reference(x.Row(row)[..inputs], weight, [], inputs, expected);
            Closeness.Check($"row {row}", expected, y.Row(row)[..outputs], Tolerance * 10);
            Assert.Equal(-1, y.Row(row)[outputs..].IndexOfAnyExcept(7));
        }
    }

    [Fact]
    public void Tile_EveryRowCountAndWidth_EqualsReference()
    {
        using var a = KernelData.Tensor(MatMul.TileRows, MatMul.Chunk, 1);
        foreach (var (depth, bStride) in ((int, int)[])[(1, 32), (12, 32), (31, 64), (256, 32), (256, 128), (0, 32)])
        {
            using var b = KernelData.Tensor(MatMul.Chunk, bStride, 2);
            using var start = KernelData.Tensor(MatMul.TileRows, 40, 3);
            using var c = new Tensor(MatMul.TileRows, 48);
            using var expected = new Tensor(MatMul.TileRows, 48);
            for (var rows = 1; rows <= MatMul.TileRows; rows++)
            {
                foreach (var (from, stride) in ((nint, int)[])[(0, 0), ((nint)start.Data, 0), ((nint)start.Data, 40)])
                {
                    expected.Span.Fill(7);
                    MatMul.ReferenceTile(rows, a.Data, b.Data, bStride, depth, (float*)from, stride, expected.Data, 48);
                    Run("512", &MatMul.TileOf<Lanes512>);
                    Run("256", &MatMul.TileOf<Lanes256>);
                    Run("128", &MatMul.TileOf<Lanes128>);
                    Run("chosen", &MatMul.Tile);

                    void Run(string width,
                        delegate*<int, float*, float*, nint, int, float*, nint, float*, nint, void> kernel)
                    {
                        c.Span.Fill(7);
                        kernel(rows, a.Data, b.Data, bStride, depth, (float*)from, stride, c.Data, 48);
                        Closeness.Check($"{width}, {rows} rows, depth {depth}", expected.Span, c.Span, Tolerance * 10);
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(700)]
    public void Row_EveryWidth_EqualsReference(int inputs)
    {
        const int outputs = MatMul.RowPanels * PackedMatrix.PanelWidth;
        var x = KernelData.Floats(inputs, 1);
        using var packed =
            KernelData.Pack(KernelData.Floats(outputs * inputs, 2), KernelData.Floats(outputs, 3), inputs);
        var (expected, y) = (new float[outputs], new float[outputs]);
        var panels = (float*)packed.Panels;
        fixed (float* px = x, pe = expected, py = y)
        {
            foreach (var bias in (nint[])[0, (nint)packed.Bias])
            {
                MatMul.ReferenceRow(px, panels, packed.PanelLength / sizeof(float), inputs, (float*)bias, pe);
                Array.Clear(y);
                MatMul.RowOf<Lanes512>(px, panels, packed.PanelLength / sizeof(float), inputs, (float*)bias, py);
                Closeness.Check("512", expected, y, Tolerance * 10);
                Array.Clear(y);
                MatMul.RowOf<Lanes256>(px, panels, packed.PanelLength / sizeof(float), inputs, (float*)bias, py);
                Closeness.Check("256", expected, y, Tolerance * 10);
                Array.Clear(y);
                MatMul.RowOf<Lanes128>(px, panels, packed.PanelLength / sizeof(float), inputs, (float*)bias, py);
                Closeness.Check("128", expected, y, Tolerance * 10);
                Array.Clear(y);
                MatMul.Row(px, panels, packed.PanelLength / sizeof(float), inputs, (float*)bias, py);
                Closeness.Check("chosen", expected, y, Tolerance * 10);
            }
        }
    }
}
