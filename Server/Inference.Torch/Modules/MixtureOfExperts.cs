using Molmo.Demo.Inference.Model;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch.Modules;

/// <summary>Each row goes to its likeliest experts and comes back as their sum, weighted by probability.</summary>
/// <remarks>
/// Probabilities are a softmax over all experts and are not renormalised over those chosen: their sum stays below 1.
/// A sum is taken in the order of likelihood and not by scattered additions, so that it is the same each time.
/// </remarks>
internal sealed class MixtureOfExperts : FeedForward
{
    /// <summary>
    /// Rows up to which a GPU copies the chosen experts' weights together rather than asks which they are: the answer
    /// is a wait.
    /// </summary>
    private const int GatheredRows = 2;

    private readonly int _expertCount;
    private readonly int _expertsPerToken;
    private readonly string _tracePrefix;
    private readonly string _path;
    private readonly Parameter _router;
    private readonly Parameter _upGate;
    private readonly Parameter _down;
    private readonly int _inner;

    public MixtureOfExperts(ModelConfig config, TensorFormat format, string path, string tracePrefix)
        : base(nameof(MixtureOfExperts))
    {
        _expertCount = config.ExpertCount;
        _expertsPerToken = config.ExpertsPerToken;
        _inner = config.FeedForwardSize;
        _path = path;
        _tracePrefix = tracePrefix;
        _router = format.ExactParameter(_expertCount, config.HiddenSize);
        _upGate = format.Parameter(_expertCount, 2 * _inner, config.HiddenSize);
        _down = format.Parameter(_expertCount, config.HiddenSize, _inner);
        GathersUpTo = format.Device.type == TorchSharp.DeviceType.CUDA ? GatheredRows : 0;
        register_parameter("gate", _router);
        register_parameter("up_gate", _upGate);
        register_parameter("down", _down);
    }

    /// <summary>Rows up to which experts' weights are copied together; tests try both ways.</summary>
    internal int GathersUpTo { get; set; }

    public override Tensor forward(Tensor input)
    {
        var logits = nn.functional.linear(input.to(_router.dtype), _router);
        Trace.Report($"{_tracePrefix}_router_logits", logits);
        var (weights, experts) = logits.softmax(-1).topk(_expertsPerToken);
        Trace.Report($"{_tracePrefix}_experts", experts);
        Trace.Report($"{_tracePrefix}_expert_weights", weights);
        var results = input.shape[0] <= GathersUpTo ? Gathered(input, experts) : Grouped(input, experts);
        return (results.to(weights.dtype) * weights.unsqueeze(-1)).sum(1).to(input.dtype);
    }

    public override IEnumerable<WeightPart> Weights()
    {
        yield return new($"{_path}.gate.weight", _router.alias());
        for (var i = 0; i < _expertCount; i++)
        {
            using var upGate = _upGate[i];
            yield return new($"{_path}.experts.{i}.up_proj.weight", upGate.narrow(0, 0, _inner));
            yield return new($"{_path}.experts.{i}.gate_proj.weight", upGate.narrow(0, _inner, _inner));
            yield return new($"{_path}.experts.{i}.down_proj.weight", _down[i]);
        }
    }

    /// <summary>Every row with weights of its own, without asking the device which experts they are of.</summary>
    /// <returns>[rows, experts of a row, hiddenSize].</returns>
    private Tensor Gathered(Tensor x, Tensor experts)
    {
        var chosen = experts.flatten();
        var rows = x.unsqueeze(1).expand(-1, _expertsPerToken, -1).reshape(chosen.shape[0], -1, 1);
        var inner = SwiGlu(_upGate.index_select(0, chosen).bmm(rows).squeeze(-1));
        return _down.index_select(0, chosen).bmm(inner.unsqueeze(-1)).view(x.shape[0], _expertsPerToken, -1);
    }

    /// <summary>Rows in the order of their experts, so that each expert's weights pass through once.</summary>
    /// <returns>[rows, experts of a row, hiddenSize].</returns>
    private Tensor Grouped(Tensor x, Tensor experts)
    {
        var chosen = experts.cpu().flatten().data<long>().ToArray();
        var order = Enumerable.Range(0, chosen.Length).OrderBy(i => chosen[i]).ToArray();
        var moves = new long[2 * order.Length];
        for (var i = 0; i < order.Length; i++)
        {
            moves[i] = order[i] / _expertsPerToken;
            moves[order.Length + order[i]] = i;
        }

        var device = tensor(moves, device: x.device);
        var sorted = x.index_select(0, device.narrow(0, 0, order.Length));
        var results = new List<Tensor>(_expertCount);
        for (var start = 0; start < order.Length;)
        {
            var expert = chosen[order[start]];
            var count = 1;
            while (start + count < order.Length && chosen[order[start + count]] == expert) count++;
            var inner = SwiGlu(nn.functional.linear(sorted.narrow(0, start, count), _upGate[expert]));
            results.Add(nn.functional.linear(inner, _down[expert]));
            start += count;
        }

        var back = device.narrow(0, order.Length, order.Length);
        return cat(results, 0).index_select(0, back).view(x.shape[0], _expertsPerToken, -1);
    }
}
