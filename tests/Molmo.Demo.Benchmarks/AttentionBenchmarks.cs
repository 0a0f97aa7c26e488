using BenchmarkDotNet.Attributes;
using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Benchmarks;

/// <summary>
/// One crop of the vision encoder, and of Molmo-7B's decoder a prompt's beginning, one step at a thousand positions and
/// one at four thousand.
/// </summary>
public unsafe class AttentionBenchmarks
{
    private Problem _crop = null!, _prompt = null!, _step = null!, _longStep = null!;
    private ThreadTeam _team = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _team = new ThreadTeam(Environment.ProcessorCount);
        _crop = new Problem(heads: 16, keyValueHeads: 16, headSize: 64, before: 0, rows: 577, isCausal: false, _team);
        _prompt = new Problem(heads: 28, keyValueHeads: 4, headSize: 128, before: 0, rows: 256, isCausal: true, _team);
        _step = new Problem(heads: 28, keyValueHeads: 4, headSize: 128, before: 1000, rows: 1, isCausal: true, _team);
        _longStep =
            new Problem(heads: 28, keyValueHeads: 4, headSize: 128, before: 4000, rows: 1, isCausal: true, _team);
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        foreach (var problem in (Problem[])[_crop, _prompt, _step, _longStep]) problem.Dispose();
        _team.Dispose();
    }

    [Benchmark(Baseline = true), BenchmarkCategory("Crop")]
    public void CropReference() => _crop.Reference();

    [Benchmark, BenchmarkCategory("Crop")]
    public void Crop() => _crop.Forward(_team);

    [Benchmark(Baseline = true), BenchmarkCategory("Prompt")]
    public void PromptReference() => _prompt.Reference();

    [Benchmark, BenchmarkCategory("Prompt")]
    public void Prompt() => _prompt.Forward(_team);

    [Benchmark(Baseline = true), BenchmarkCategory("Step")]
    public void StepReference() => _step.Reference();

    [Benchmark, BenchmarkCategory("Step")]
    public void Step() => _step.Forward(_team);

    [Benchmark(Baseline = true), BenchmarkCategory("LongStep")]
    public void LongStepReference() => _longStep.Reference();

    [Benchmark, BenchmarkCategory("LongStep")]
    public void LongStep() => _longStep.Forward(_team);

    private sealed class Problem : IDisposable
    {
        private readonly int _heads, _keyValueHeads, _headSize, _before, _rows;
        private readonly bool _isCausal;
        private readonly Tensor _q, _k, _v, _y;
        private readonly KeyValueBlocks _blocks;
        private readonly int[] _table;

        public Problem(int heads, int keyValueHeads, int headSize, int before, int rows, bool isCausal, ThreadTeam team)
        {
            (_heads, _keyValueHeads, _headSize, _before, _rows, _isCausal) =
                (heads, keyValueHeads, headSize, before, rows, isCausal);
            var length = before + rows;
            _q = KernelData.Tensor(rows, heads * headSize, 1);
            _k = KernelData.Tensor(length, keyValueHeads * headSize, 2);
            _v = KernelData.Tensor(length, keyValueHeads * headSize, 3);
            _y = new Tensor(rows, heads * headSize);
            _table = [.. Enumerable.Range(0, (length + KeyValueBlocks.BlockSize - 1) / KeyValueBlocks.BlockSize)];
            _blocks = new KeyValueBlocks(_table.Length, keyValueHeads, headSize);
            fixed (int* slots = Enumerable.Range(0, length).ToArray())
                _blocks.Store(_k.Data, _v.Data, keyValueHeads * headSize, slots, length, team);
        }

        private float Scale => 1 / MathF.Sqrt(_headSize);

        public void Reference()
            => Attention.Reference(
                _q.Span, _k.Span, _v.Span, _heads, _keyValueHeads, _headSize, _isCausal ? _before : -1, Scale, _y.Span);

        public void Forward(ThreadTeam team)
        {
            var width = _heads * _headSize;
            var segment = new AttentionSegment { RowCount = _rows, FirstPosition = _before, Length = _before + _rows };
            fixed (int* table = _table)
                Attention.Forward(
                    _q.Data, width, _heads, _blocks, &segment, 1, table, _isCausal, Scale, _y.Data, width, team);
        }

        public void Dispose()
        {
            _q.Dispose();
            _k.Dispose();
            _v.Dispose();
            _y.Dispose();
            _blocks.Dispose();
        }
    }
}
