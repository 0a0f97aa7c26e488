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
internal sealed class MixtureOfExperts : FeedForward
{
    private readonly int _expertsPerToken;
    private readonly ThreadTeam _team;
    private readonly string _tracePrefix;
    private readonly PackedMatrix _router;
    private readonly Expert[] _experts;
    private readonly MixtureWorkspace _workspace;

    public MixtureOfExperts(ModelConfig config, WeightScope scope, WeightLoader loader, MixtureWorkspace workspace, string tracePrefix, ThreadTeam team)
    {
        _expertsPerToken = config.ExpertsPerToken;
        _team = team;
        _tracePrefix = tracePrefix;
        _workspace = workspace;
        _router = loader.ExactMatrix(scope, "gate", config.ExpertCount, config.HiddenSize);
        _experts = new Expert[config.ExpertCount];
        for (var i = 0; i < _experts.Length; i++)
        {
            var expert = scope.Scope($"experts.{i}");
            _experts[i] = new Expert(
                loader.Stacked(config.HiddenSize, hasBias: false, new(expert, "up_proj", config.FeedForwardSize), new(expert, "gate_proj", config.FeedForwardSize)),
                loader.Matrix(expert, "down_proj", config.HiddenSize, config.FeedForwardSize));
        }
    }

    public override void Forward(Tensor x, Tensor y, ForwardTrace? trace)
    {
        var probabilities = _workspace.Probabilities;
        probabilities.Resize(x.Rows);
        MatMul.Forward(x, _router, probabilities, _team);
        trace?.Invoke($"{_tracePrefix}_router_logits", probabilities.Span);
        _workspace.BeginChoice();
        for (var row = 0; row < x.Rows; row++) Choose(row, probabilities.Row(row));
        if (trace is not null) TraceChoice(x.Rows, trace);

        y.Span.Clear();
        for (var expert = 0; expert < _experts.Length; expert++)
        {
            var rows = _workspace.RowsOf(expert);
            if (rows.IsEmpty) continue;
            _workspace.Resize(rows.Length);
            for (var i = 0; i < rows.Length; i++) x.Row(rows[i].Row).CopyTo(_workspace.Gathered.Row(i));
            MatMul.Forward(_workspace.Gathered, _experts[expert].UpGate, _workspace.Fused, _team);
            SwiGlu.Forward(_workspace.Fused, _workspace.Inner, _team);
            MatMul.Forward(_workspace.Inner, _experts[expert].Down, _workspace.Result, _team);
            for (var i = 0; i < rows.Length; i++)
            {
                var result = _workspace.Result.Row(i);
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

            _workspace.Add(best, row, logits[best]);
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
            foreach (var (row, weight) in _workspace.RowsOf(expert))
            {
                experts[(row * _expertsPerToken) + counts[row]] = expert;
                weights[(row * _expertsPerToken) + counts[row]++] = weight;
            }
        }

        trace($"{_tracePrefix}_experts", experts);
        trace($"{_tracePrefix}_expert_weights", weights);
    }

    private sealed record Expert(PackedMatrix UpGate, PackedMatrix Down);
}
