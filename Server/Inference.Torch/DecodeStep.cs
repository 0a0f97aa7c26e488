using Molmo.Demo.Inference.Model;
using static TorchSharp.torch;
using DenseFeedForward = Molmo.Demo.Inference.Torch.Modules.DenseFeedForward;
using TextDecoder = Molmo.Demo.Inference.Torch.Modules.TextDecoder;

namespace Molmo.Demo.Inference.Torch;

/// <summary>
/// One new row a sequence through all layers: what <see cref="TextDecoder.Forward"/> computes, in two calls a layer.
/// </summary>
internal sealed class DecodeStep : IDisposable
{
    private readonly TextDecoder _decoder;
    private readonly KeyValueMemory _memory;
    private readonly jit.CompilationUnit _script;
    private readonly Tensor _noMask;

    public DecodeStep(ModelConfig config, TextDecoder decoder, KeyValueMemory memory, TensorFormat format)
    {
        _decoder = decoder;
        _memory = memory;
        _script = ScriptedOperations.CompileStep(config);
        _noMask = zeros([0], format.Type, format.Device);
    }

    /// <param name="x">[sequences, hiddenSize], float32.</param>
    /// <param name="plan">One row a sequence.</param>
    public Tensor Forward(Tensor x, StepPlan plan)
    {
        var (cos, sin) = _decoder.AnglesOf(plan);
        for (var layer = 0; layer < _decoder.Blocks.Count; layer++)
        {
            using var scope = NewDisposeScope();
            var block = _decoder.Blocks[layer];
            var memory = _memory.Layer(layer);
            List<object> inputs =
            [
                x, cos, sin, plan.Slots, plan.Context!, plan.Mask ?? _noMask, memory.Keys, memory.Values,
                block.AttentionNorm.Weight, block.Qkv.Weight, block.AttentionOut.Weight,
            ];
            if (block.Qkv.Bias is { } bias) inputs.Add(bias);
            if (block is { QueryNorm: { } query, KeyNorm: { } key }) inputs.AddRange([query.Weight, key.Weight]);
            x = _script.invoke<Tensor>("attention", [.. inputs]);
            x = block.FeedForward is DenseFeedForward dense
                ? _script.invoke<Tensor>(
                    "feed_forward", x, block.FeedForwardNorm.Weight, dense.UpGate.Weight, dense.Down.Weight)
                : block.ForwardSecondHalf(x);
            x.MoveToOuterDisposeScope();
        }

        return x;
    }

    public void Dispose()
    {
        _script.Dispose();
        _noMask.Dispose();
    }
}
