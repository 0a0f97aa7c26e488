using BenchmarkDotNet.Attributes;
using Molmo.Demo.Inference.Kernels;

namespace Molmo.Demo.Benchmarks;

/// <summary>Element-wise kernels on one row as wide as Molmo-7B's, one thread.</summary>
public unsafe class RowBenchmarks
{
    private const int Width = 3584;
    private const int Half = 64;
    private const float Epsilon = 1e-5f;

    private readonly float[] _x = KernelData.Floats(Width, 1), _weight = KernelData.Floats(Width, 2),
        _bias = KernelData.Floats(Width, 3), _y = new float[Width];

    [Benchmark(Baseline = true), BenchmarkCategory(nameof(RmsNorm))]
    public void RmsNormReference() => RmsNorm.Reference(_x, _weight, Epsilon, _y);

    [Benchmark, BenchmarkCategory(nameof(RmsNorm))]
    public void RmsNormRow()
    {
        fixed (float* x = _x, weight = _weight, y = _y) RmsNorm.Row(x, weight, Width, Epsilon, y);
    }

    [Benchmark(Baseline = true), BenchmarkCategory(nameof(LayerNorm))]
    public void LayerNormReference() => LayerNorm.Reference(_x, _weight, _bias, Epsilon, _y);

    [Benchmark, BenchmarkCategory(nameof(LayerNorm))]
    public void LayerNormRow()
    {
        fixed (float* x = _x, weight = _weight, bias = _bias, y = _y) LayerNorm.Row(x, weight, bias, Width, Epsilon, y);
    }

    [Benchmark(Baseline = true), BenchmarkCategory(nameof(SwiGlu))]
    public void SwiGluReference() => SwiGlu.Reference(_x, _weight, _y);

    [Benchmark, BenchmarkCategory(nameof(SwiGlu))]
    public void SwiGluRow()
    {
        fixed (float* up = _x, gate = _weight, y = _y) SwiGlu.Row(up, gate, Width, y);
    }

    // In place: each call starts from the same values, at the cost of a copy in both.
    [Benchmark(Baseline = true), BenchmarkCategory(nameof(QuickGelu))]
    public void QuickGeluReference()
    {
        _x.CopyTo(_y, 0);
        QuickGelu.Reference(_y);
    }

    [Benchmark, BenchmarkCategory(nameof(QuickGelu))]
    public void QuickGeluRow()
    {
        _x.CopyTo(_y, 0);
        fixed (float* y = _y) QuickGelu.Row(y, Width);
    }

    [Benchmark(Baseline = true), BenchmarkCategory(nameof(Exponential))]
    public void ExponentialReference()
    {
        for (var i = 0; i < Width; i++) _y[i] = MathF.Exp(_x[i]);
    }

    [Benchmark, BenchmarkCategory(nameof(Exponential))]
    public void ExponentialRow()
    {
        fixed (float* x = _x, y = _y) Exponentials<Lanes512>(x, y);
    }

    [Benchmark(Baseline = true), BenchmarkCategory(nameof(Softmax))]
    public void SoftmaxReference()
    {
        _x.CopyTo(_y, 0);
        Softmax.Reference(_y);
    }

    [Benchmark, BenchmarkCategory(nameof(Softmax))]
    public void SoftmaxRow()
    {
        _x.CopyTo(_y, 0);
        fixed (float* y = _y) Softmax.Row(y, Width);
    }

    [Benchmark(Baseline = true), BenchmarkCategory(nameof(Residual))]
    public void ResidualReference()
    {
        _x.CopyTo(_y, 0);
        Residual.Reference(_y, _weight);
    }

    [Benchmark, BenchmarkCategory(nameof(Residual))]
    public void ResidualRow()
    {
        _x.CopyTo(_y, 0);
        fixed (float* y = _y, delta = _weight) Residual.Row(y, delta, Width);
    }

    [Benchmark(Baseline = true), BenchmarkCategory(nameof(Rope))]
    public void RopeReference()
    {
        _x.CopyTo(_y, 0);
        for (var head = 0; head < Width; head += 2 * Half)
            Rope.Reference(_y.AsSpan(head, 2 * Half), _weight.AsSpan(0, Half), _bias.AsSpan(0, Half));
    }

    [Benchmark, BenchmarkCategory(nameof(Rope))]
    public void RopeHeads()
    {
        _x.CopyTo(_y, 0);
        fixed (float* y = _y, cosines = _weight, sines = _bias)
            for (var head = 0; head < Width; head += 2 * Half) Rope.Head(y + head, cosines, sines, Half);
    }

    [Benchmark(Baseline = true), BenchmarkCategory(nameof(WindowPooling))]
    public void WindowPoolingReference()
    {
        fixed (float* q = _x, k = _weight, v = _bias, y = _y) WindowPooling.Reference(q, k, v, Half, 4, Half, y);
    }

    [Benchmark, BenchmarkCategory(nameof(WindowPooling))]
    public void WindowPoolingHead()
    {
        fixed (float* q = _x, k = _weight, v = _bias, y = _y) WindowPooling.Head(q, k, v, Half, 4, Half, y);
    }

    private static void Exponentials<T>(float* x, float* y)
        where T : struct, ILanes<T>
    {
        for (var i = 0; i < Width; i += T.Count) T.Store(Exponential.Of(T.Load(x + i)), y + i);
    }
}
