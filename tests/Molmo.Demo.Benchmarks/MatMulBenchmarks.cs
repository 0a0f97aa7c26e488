using BenchmarkDotNet.Attributes;
using Molmo.Demo.Inference;
using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Benchmarks;

/// <summary>
/// Products [rows, 1024] * [1024, 4096], one of the vision encoder's, for one row (decode) and for many (prefill,
/// crops).
/// </summary>
public class MatMulBenchmarks
{
    private const int Inputs = 1024, Outputs = 4096;

    private readonly Dictionary<WeightPrecision, PackedMatrix> _weights = [];
    private float[] _plain = [];
    private Tensor _x = null!, _y = null!;
    private ThreadTeam _team = null!;

    [Params(1, 96)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _team = new ThreadTeam(Environment.ProcessorCount);
        _x = KernelData.Tensor(Rows, Inputs, 1);
        _y = new Tensor(Rows, Outputs);
        _plain = KernelData.Floats(Inputs * Outputs, 2);
        foreach (var precision in Enum.GetValues<WeightPrecision>())
            _weights[precision] = KernelData.Pack(_plain, [], Inputs, precision);
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        foreach (var weight in _weights.Values) weight.Dispose();
        _x.Dispose();
        _y.Dispose();
        _team.Dispose();
    }

    [Benchmark(Baseline = true)]
    public void Reference() => MatMul.Reference(_x.Span, _plain, [], Inputs, _y.Span);

    [Benchmark]
    public void ForwardFloat32() => MatMul.Forward(_x, _weights[WeightPrecision.Float32], _y, _team);

    [Benchmark]
    public void ForwardBFloat16() => MatMul.Forward(_x, _weights[WeightPrecision.BFloat16], _y, _team);

    [Benchmark]
    public void ForwardInt8() => MatMul.Forward(_x, _weights[WeightPrecision.Int8], _y, _team);

    [Benchmark]
    public void ForwardInt4() => MatMul.Forward(_x, _weights[WeightPrecision.Int4], _y, _team);
}
