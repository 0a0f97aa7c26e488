using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Tests.Kernels;

/// <summary>Element-wise kernels at every register width against their plain forms.</summary>
public sealed unsafe class RowKernelTests
{
    private const double Tolerance = 2e-6;
    private const float Epsilon = 1e-5f;

    /// <summary>Lengths around every register width, with and without a rest.</summary>
    public static TheoryData<int> Lengths =>
        [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 63, 64, 65, 100, 192, 255, 257, 1000, 3584];

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 8, 35)]
    [InlineData(40, 2, 129)]
    public void WeightedSum_EveryWidth_EqualsReference(int rows, int count, int width)
    {
        using var team = new ThreadTeam(2);
        using var x = KernelData.Tensor(50, width, 1);
        using var weights = KernelData.Tensor(rows, count, 2);
        using var expected = new Tensor(rows, width);
        using var found = new Tensor(rows, width);
        var sources = new PinnedList<int>();
        for (var i = 0; i < rows * count; i++) sources.Add(i * 13 % 50);
        for (var row = 0; row < rows; row++)
            WeightedSum.Reference(
                x.Data, sources.Pointer + (row * count), weights.Data + (row * count), count,
                expected.Data + (row * width), 0, width, width);
        WeightedSum.Forward(x.Data, sources.Pointer, weights.Data, count, found.Data, rows, width, team);
        Closeness.Check("chosen", expected.Span, found.Span, 1e-5);
        Check("512", &WeightedSum.RowOf<Lanes512>);
        Check("256", &WeightedSum.RowOf<Lanes256>);
        Check("128", &WeightedSum.RowOf<Lanes128>);

        void Check(string name, delegate*<float*, int*, float*, int, float*, int, void> kernel)
        {
            found.Span.Fill(7);
            kernel(x.Data, sources.Pointer, weights.Data, count, found.Data, width);
            Closeness.Check(name, expected.Row(0), found.Row(0), 1e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void RmsNorm_AnyLength_EqualsReference(int length)
    {
        var (x, weight, expected, y) =
            (KernelData.Floats(length, 1), KernelData.Floats(length, 2), new float[length], new float[length]);
        RmsNorm.Reference(x, weight, Epsilon, expected);
        fixed (float* px = x, pw = weight, py = y)
        {
            RmsNorm.RowOf<Lanes512>(px, pw, length, Epsilon, py);
            Check("512", expected, y);
            RmsNorm.RowOf<Lanes256>(px, pw, length, Epsilon, py);
            Check("256", expected, y);
            RmsNorm.RowOf<Lanes128>(px, pw, length, Epsilon, py);
            Check("128", expected, y);
            RmsNorm.Row(px, pw, length, Epsilon, py);
            Check("chosen", expected, y);
            RmsNorm.Row(px, pw, length, Epsilon, px);
            Check("in place", expected, x);
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void LayerNorm_AnyLength_EqualsReference(int length)
    {
        var (x, weight, bias) =
            (KernelData.Floats(length, 1), KernelData.Floats(length, 2), KernelData.Floats(length, 3));
        var (expected, y) = (new float[length], new float[length]);
        LayerNorm.Reference(x, weight, bias, Epsilon, expected);
        fixed (float* px = x, pw = weight, pb = bias, py = y)
        {
            LayerNorm.RowOf<Lanes512>(px, pw, pb, length, Epsilon, py);
            Check("512", expected, y);
            LayerNorm.RowOf<Lanes256>(px, pw, pb, length, Epsilon, py);
            Check("256", expected, y);
            LayerNorm.RowOf<Lanes128>(px, pw, pb, length, Epsilon, py);
            Check("128", expected, y);
            LayerNorm.Row(px, pw, pb, length, Epsilon, py);
            Check("chosen", expected, y);
            LayerNorm.Row(px, pw, pb, length, Epsilon, px);
            Check("in place", expected, x);
        }
    }

    [Fact]
    public void Exp_EveryWidth_IsWithinTwoUnitsInTheLastPlace()
    {
        var x = KernelData.Floats(4096, 1, 87);
        ((float[])[0, -0f, float.NegativeInfinity, float.PositiveInfinity, float.NaN, -104, 89, 1e30f, -1e30f])
            .CopyTo(x, 0);
        Run<Lanes512>();
        Run<Lanes256>();
        Run<Lanes128>();

        void Run<T>()
            where T : struct, ILanes<T>
        {
            var y = new float[x.Length];
            fixed (float* px = x, py = y)
            {
                for (var i = 0; i < x.Length; i += T.Count) T.Store(T.Exp(T.Load(px + i)), py + i);
            }

            Assert.Equal([1, 1, 0, float.PositiveInfinity, float.NaN, 0, float.PositiveInfinity,
                float.PositiveInfinity, 0], y[..9]);
            for (var i = 9; i < x.Length; i++)
            {
                var exact = Math.Exp(x[i]);
                Assert.True(Math.Abs(y[i] - exact) <= 2 * (double)(MathF.BitIncrement((float)exact) - (float)exact),
                    $"{8 * sizeof(float) * T.Count} bits: exp({x[i]:R}) is {exact:R}, found {y[i]:R}.");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void QuickGelu_AnyLength_EqualsReference(int length)
    {
        var x = KernelData.Floats(length, 1, 20);
        var expected = x.ToArray();
        QuickGelu.Reference(expected);
        Run("512", &QuickGelu.RowOf<Lanes512>);
        Run("256", &QuickGelu.RowOf<Lanes256>);
        Run("128", &QuickGelu.RowOf<Lanes128>);
        Run("chosen", &QuickGelu.Row);

        void Run(string width, delegate*<float*, int, void> kernel)
        {
            var y = x.ToArray();
            fixed (float* py = y) kernel(py, length);
            Check(width, expected, y);
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void SwiGlu_AnyLength_EqualsReference(int length)
    {
        var (up, gate, expected, y) =
            (KernelData.Floats(length, 1, 3), KernelData.Floats(length, 2, 20), new float[length], new float[length]);
        SwiGlu.Reference(up, gate, expected);
        fixed (float* pu = up, pg = gate, py = y)
        {
            SwiGlu.RowOf<Lanes512>(pu, pg, length, py);
            Check("512", expected, y);
            SwiGlu.RowOf<Lanes256>(pu, pg, length, py);
            Check("256", expected, y);
            SwiGlu.RowOf<Lanes128>(pu, pg, length, py);
            Check("128", expected, y);
            SwiGlu.Row(pu, pg, length, py);
            Check("chosen", expected, y);
        }
    }

    [Theory]
    [InlineData(1e4f)]
    [InlineData(-1e4f)]
    [InlineData(0f)]
    [InlineData(float.MaxValue)]
    [InlineData(float.MinValue)]
    public void Activations_LargeInputs_StayNumbers(float value)
    {
        var (x, one, y) = (Enumerable.Repeat(value, 33).ToArray(), Enumerable.Repeat(1f, 33).ToArray(), new float[33]);
        fixed (float* px = x, po = one, py = y)
        {
            SwiGlu.Row(po, px, 33, py);
            QuickGelu.Row(px, 33);
        }

        Assert.DoesNotContain(x, float.IsNaN);
        Assert.DoesNotContain(y, float.IsNaN);
        Assert.All(x.Concat(y), result => Assert.Equal(Math.Max(0, value), result));
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Softmax_AnyLength_EqualsReference(int length)
    {
        var x = KernelData.Floats(length, 1, 30);
        var expected = x.ToArray();
        Softmax.Reference(expected);
        Assert.Equal(1, expected.Sum(), 1e-5);
        Run("512", &Softmax.RowOf<Lanes512>);
        Run("256", &Softmax.RowOf<Lanes256>);
        Run("128", &Softmax.RowOf<Lanes128>);
        Run("chosen", &Softmax.Row);

        void Run(string width, delegate*<float*, int, void> kernel)
        {
            var y = x.ToArray();
            fixed (float* py = y) kernel(py, length);
            Check(width, expected, y);
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Residual_AnyLength_EqualsReference(int length)
    {
        var (x, delta) = (KernelData.Floats(length, 1), KernelData.Floats(length, 2));
        var expected = x.ToArray();
        Residual.Reference(expected, delta);
        Run(&Residual.RowOf<Lanes512>);
        Run(&Residual.RowOf<Lanes256>);
        Run(&Residual.RowOf<Lanes128>);
        Run(&Residual.Row);

        void Run(delegate*<float*, float*, int, void> kernel)
        {
            var y = x.ToArray();
            fixed (float* py = y, pd = delta) kernel(py, pd, length);
            Assert.Equal(expected, y);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(21)]
    [InlineData(64)]
    public void Rope_AnyHeadSize_EqualsReference(int half)
    {
        var (x, cosines, sines) =
            (KernelData.Floats(2 * half, 1), KernelData.Floats(half, 2), KernelData.Floats(half, 3));
        var expected = x.ToArray();
        Rope.Reference(expected, cosines, sines);
        Run("512", &Rope.HeadOf<Lanes512>);
        Run("256", &Rope.HeadOf<Lanes256>);
        Run("128", &Rope.HeadOf<Lanes128>);
        Run("chosen", &Rope.Head);

        void Run(string width, delegate*<float*, float*, float*, int, void> kernel)
        {
            var y = x.ToArray();
            fixed (float* py = y, pc = cosines, ps = sines) kernel(py, pc, ps, half);
            Check(width, expected, y);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 12)]
    [InlineData(4, 32)]
    [InlineData(4, 64)]
    [InlineData(6, 67)]
    public void WindowPooling_AnyHeadSize_EqualsReference(int size, int headSize)
    {
        var stride = headSize + 5;
        var (q, k, v) = (KernelData.Floats(headSize, 1, 4), KernelData.Floats(size * stride, 2),
            KernelData.Floats(size * stride, 3));
        var (expected, y) = (new float[headSize], new float[headSize]);
        fixed (float* pq = q, pk = k, pv = v, pe = expected, py = y)
        {
            WindowPooling.Reference(pq, pk, pv, stride, size, headSize, pe);
            WindowPooling.HeadOf<Lanes512>(pq, pk, pv, stride, size, headSize, py);
            Check("512", expected, y);
            WindowPooling.HeadOf<Lanes256>(pq, pk, pv, stride, size, headSize, py);
            Check("256", expected, y);
            WindowPooling.HeadOf<Lanes128>(pq, pk, pv, stride, size, headSize, py);
            Check("128", expected, y);
            WindowPooling.Head(pq, pk, pv, stride, size, headSize, py);
            Check("chosen", expected, y);
        }
    }

    [Fact]
    public void RowKernels_ManyRowsOnThreads_EqualOneRowAtATime()
    {
        const int rows = 700, width = 97;
        using var team = new ThreadTeam(3);
        using var x = KernelData.Tensor(rows, width, 1, 4);
        using var delta = KernelData.Tensor(rows, width, 2);
        using var weight = KernelData.Tensor(1, width, 3);
        using var bias = KernelData.Tensor(1, width, 4);
        using var y = new Tensor(rows, width);
        using var fused = KernelData.Tensor(rows, 2 * width, 5, 4);
        var expected = new float[rows * width];

        RmsNorm.Reference(x.Span, weight.Span, Epsilon, expected);
        RmsNorm.Forward(x, weight, Epsilon, y, team);
        Check("RmsNorm", expected, y.Span);

        LayerNorm.Reference(x.Span, weight.Span, bias.Span, Epsilon, expected);
        LayerNorm.Forward(x, weight, bias, Epsilon, y, team);
        Check("LayerNorm", expected, y.Span);

        for (var row = 0; row < rows; row++)
            SwiGlu.Reference(fused.Row(row)[..width], fused.Row(row)[width..], expected.AsSpan(row * width, width));
        SwiGlu.Forward(fused, y, team);
        Check("SwiGlu", expected, y.Span);

        x.Span.CopyTo(expected);
        QuickGelu.Reference(expected);
        x.Span.CopyTo(y.Span);
        QuickGelu.Forward(y, team);
        Check("QuickGelu", expected, y.Span);

        x.Span.CopyTo(expected);
        Residual.Reference(expected, delta.Span);
        Residual.Add(x, delta, team);
        Check("Residual", expected, x.Span);
    }

    [Fact]
    public void RopeTable_FirstAngle_IsThePositionItself()
    {
        using var table = new RopeTable(100, 8, 10_000);
        for (var position = 0; position < 100; position++)
        {
            Assert.Equal((float)Math.Cos(position), table.Cosines[position * table.Half]);
            Assert.Equal((float)Math.Sin(position), table.Sines[position * table.Half]);
            Assert.Equal(Math.Cos(position * 1e-3), table.Cosines[(position * table.Half) + 3], 1e-6);
        }
    }

    private static void Check(string width, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
        => Closeness.Check(width, expected, actual, Closeness.Scaled(Tolerance, expected));
}
