using BenchmarkDotNet.Attributes;
using Molmo.Demo.Inference;
using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Benchmarks;

/// <summary>
/// What products of whole numbers are made of, at 2,048 inputs on one thread: a row brought into 8 bits, and a panel of
/// 32 outputs for 96 rows.
/// </summary>
public unsafe class IntegerBenchmarks
{
    private const int Rows = 96, Inputs = 2048, Blocks = Inputs / PackedFormat.BlockInputs;

    private PackedMatrix _weight = null!;
    private Tensor _x = null!, _row = null!, _tile = null!, _sums = null!;

    [Params(WeightPrecision.Int8, WeightPrecision.Int4)]
    public WeightPrecision Precision { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        const int stride = Rows * QuantizedRows.BlockLength;
        _x = KernelData.Tensor(Rows, Inputs, 1);
        _weight = KernelData.Pack(KernelData.Floats(PackedMatrix.PanelWidth * Inputs, 2), [], Inputs, Precision);
        _row = new Tensor(Blocks, QuantizedRows.BlockLength / sizeof(float));
        _tile = new Tensor(Blocks, stride / sizeof(float));
        _sums = new Tensor(Rows, PackedMatrix.PanelWidth);
        _sums.Span.Clear();
        for (var row = 0; row < Rows; row++)
            QuantizedRows.Quantize(
                Precision, _x.Data + (row * Inputs), Inputs, (byte*)_tile.Data + (row * QuantizedRows.BlockLength),
                stride);
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _weight.Dispose();
        Tensor.Dispose(_x, _row, _tile, _sums);
    }

    [Benchmark(Baseline = true), BenchmarkCategory("Quantize")]
    public void QuantizeReference()
        => QuantizedRows.Reference(Precision, _x.Data, Inputs, (byte*)_row.Data, QuantizedRows.BlockLength);

    [Benchmark, BenchmarkCategory("Quantize")]
    public void Quantize()
        => QuantizedRows.Quantize(Precision, _x.Data, Inputs, (byte*)_row.Data, QuantizedRows.BlockLength);

    [Benchmark(Baseline = true), BenchmarkCategory("Tile")]
    public void TileReference()
        => MatMul.ReferenceIntegerTile(Precision, _weight.Panels, (byte*)_tile.Data, Blocks, Rows, _sums.Data);

    [Benchmark, BenchmarkCategory("Tile")]
    public void Tile() => MatMul.IntegerTile(Precision, _weight.Panels, (byte*)_tile.Data, Blocks, Rows, _sums.Data);
}
