using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>Each row goes to its likeliest experts and comes back as their sum, weighted by probability.</summary>
/// <remarks>
/// Probabilities are a softmax over all experts and are not renormalised over those chosen: their sum stays below 1.
/// Rows are grouped by expert, so that each expert's weights pass through once a batch. A row adds its experts in the
/// order of their numbers, whatever the batch.
/// </remarks>
internal sealed class MixtureOfExperts(
    ModelConfig config, WeightScope scope, WeightLoader loader, MixtureWorkspace workspace, string tracePrefix,
    ThreadTeam team) : FeedForward
{
    private readonly int _expertsPerToken = config.ExpertsPerToken;
    private readonly PackedMatrix _router = loader.ExactMatrix(scope, "gate", config.ExpertCount, config.HiddenSize);
    private readonly Expert[] _experts = [.. Enumerable.Range(0, config.ExpertCount)
        .Select(i => Expert.Load(config, scope.Scope($"experts.{i}"), loader))];

    public override void Forward(Tensor x, Tensor y, ForwardTrace? trace)
    {
        var probabilities = workspace.Probabilities;
        probabilities.Resize(x.Rows);
        MatMul.Forward(x, _router, probabilities, team);
        trace?.Invoke($"{tracePrefix}_router_logits", probabilities.Span);
        workspace.BeginChoice();
        for (var row = 0; row < x.Rows; row++) Choose(row, probabilities.Row(row));
        if (trace is not null) TraceChoice(x.Rows, trace);

        y.Span.Clear();
        for (var expert = 0; expert < _experts.Length; expert++)
        {
            var rows = workspace.RowsOf(expert);
            if (rows.IsEmpty) continue;
            workspace.Resize(rows.Length);
            for (var i = 0; i < rows.Length; i++) x.Row(rows[i].Row).CopyTo(workspace.Gathered.Row(i));
            MatMul.Forward(workspace.Gathered, _experts[expert].UpGate, workspace.Fused, team);
            SwiGlu.Forward(workspace.Fused, workspace.Inner, team);
            MatMul.Forward(workspace.Inner, _experts[expert].Down, workspace.Result, team);
            for (var i = 0; i < rows.Length; i++)
            {
                var result = workspace.Result.Row(i);
                foreach (ref var value in result) value *= rows[i].Weight;
                Residual.Add(y.Row(rows[i].Row), result);
            }
        }
    }

    public override void Dispose()
    {
        _router.Dispose();
        foreach (var expert in _experts)
        {
            expert.UpGate.Dispose();
            expert.Down.Dispose();
        }
    }

    private unsafe void Choose(int row, Span<float> logits)
    {
        fixed (float* pointer = logits) Softmax.Row(pointer, logits.Length);
        for (var k = 0; k < _expertsPerToken; k++)
        {
            var best = 0;
            for (var expert = 1; expert < logits.Length; expert++)
            {
                if (logits[expert] > logits[best]) best = expert;
            }

            workspace.Add(best, row, logits[best]);
            logits[best] = -1;
        }
    }

    private void TraceChoice(int rows, ForwardTrace trace)
    {
        var experts = new float[rows * _expertsPerToken];
        var weights = new float[rows * _expertsPerToken];
        var counts = new int[rows];
        for (var expert = 0; expert < _experts.Length; expert++)
        {
            foreach (var (row, weight) in workspace.RowsOf(expert))
            {
                experts[(row * _expertsPerToken) + counts[row]] = expert;
                weights[(row * _expertsPerToken) + counts[row]++] = weight;
            }
        }

        trace($"{tracePrefix}_experts", experts);
        trace($"{tracePrefix}_expert_weights", weights);
    }

    private sealed record Expert(PackedMatrix UpGate, PackedMatrix Down)
    {
        public static Expert Load(ModelConfig config, WeightScope scope, WeightLoader loader) => new(
            loader.Stacked(
                config.HiddenSize, hasBias: false,
                new(scope, "up_proj", config.FeedForwardSize), new(scope, "gate_proj", config.FeedForwardSize)),
            loader.Matrix(scope, "down_proj", config.HiddenSize, config.FeedForwardSize));
    }
}

/// <summary>A row that an expert works on, and what its result counts.</summary>
internal readonly record struct ExpertRow(int Row, float Weight);

/// <summary>Choices and activations that the mixture layers use in turn.</summary>
internal sealed class MixtureWorkspace(ModelConfig config) : IDisposable
{
    private readonly List<ExpertRow>[] _rowsOf =
        [.. Enumerable.Range(0, config.ExpertCount).Select(_ => new List<ExpertRow>())];

    /// <summary>[rows, experts].</summary>
    public Tensor Probabilities { get; } = new(0, config.ExpertCount);

    /// <summary>[rows of one expert, hiddenSize].</summary>
    public Tensor Gathered { get; } = new(0, config.HiddenSize);

    /// <summary>[rows of one expert, 2 * feedForwardSize].</summary>
    public Tensor Fused { get; } = new(0, 2 * config.FeedForwardSize);

    /// <summary>[rows of one expert, feedForwardSize].</summary>
    public Tensor Inner { get; } = new(0, config.FeedForwardSize);

    /// <summary>[rows of one expert, hiddenSize].</summary>
    public Tensor Result { get; } = new(0, config.HiddenSize);

    /// <summary>The rows that chose an expert, in their order.</summary>
    public ReadOnlySpan<ExpertRow> RowsOf(int expert) => CollectionsMarshal.AsSpan(_rowsOf[expert]);

    public void BeginChoice()
    {
        foreach (var rows in _rowsOf) rows.Clear();
    }

    public void Add(int expert, int row, float weight) => _rowsOf[expert].Add(new ExpertRow(row, weight));

    public void Resize(int rows) => Tensor.Resize(rows, Gathered, Fused, Inner, Result);

    public void Dispose() => Tensor.Dispose(Probabilities, Gathered, Fused, Inner, Result);
}
