using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>One layer of the vision transformer: x += wo(attention(norm(x))), x += w2(quickGelu(w1(norm(x)))).</summary>
internal sealed unsafe class VisionBlock : IDisposable
{
    private readonly VisionConfig _config;
    private readonly ThreadTeam _team;
    private readonly Tensor _attentionNormWeight;
    private readonly Tensor _attentionNormBias;
    private readonly PackedMatrix _qkv;
    private readonly PackedMatrix _attentionOut;
    private readonly Tensor _feedForwardNormWeight;
    private readonly Tensor _feedForwardNormBias;
    private readonly PackedMatrix _up;
    private readonly PackedMatrix _down;

    public VisionBlock(VisionConfig config, WeightScope scope, WeightLoader loader, ThreadTeam team)
    {
        _config = config;
        _team = team;
        var width = config.Width;
        var attention = scope.Scope("attention");
        var feedForward = scope.Scope("feed_forward");
        _attentionNormWeight = loader.Vector(scope, "attention_norm.weight", width);
        _attentionNormBias = loader.Vector(scope, "attention_norm.bias", width);
        _qkv = loader.Stacked(width, hasBias: true, new(attention, "wq", width), new(attention, "wk", width), new(attention, "wv", width));
        _attentionOut = loader.Matrix(attention, "wo", width, width, hasBias: true);
        _feedForwardNormWeight = loader.Vector(scope, "ffn_norm.weight", width);
        _feedForwardNormBias = loader.Vector(scope, "ffn_norm.bias", width);
        _up = loader.Matrix(feedForward, "w1", config.FeedForwardSize, width, hasBias: true);
        _down = loader.Matrix(feedForward, "w2", width, config.FeedForwardSize, hasBias: true);
    }

    /// <param name="x">[crops * positions, width], changed in place.</param>
    /// <param name="crops">Crops.</param>
    /// <param name="workspace">Prepared for these crops.</param>
    public void Forward(Tensor x, int crops, VisionWorkspace workspace)
    {
        var width = _config.Width;
        LayerNorm.Forward(x, _attentionNormWeight, _attentionNormBias, _config.NormEpsilon, workspace.Normed, _team);
        MatMul.Forward(workspace.Normed, _qkv, workspace.Qkv, _team);
        var qkv = workspace.Qkv.Data;
        workspace.Blocks.Store(qkv + width, qkv + (2 * width), 3 * width, workspace.Slots, x.Rows, _team);
        Attention.Forward(
            qkv, 3 * width, _config.HeadCount, workspace.Blocks, workspace.Segments, crops, workspace.BlockTable,
            isCausal: false, 1 / MathF.Sqrt(_config.HeadSize), workspace.Normed.Data, width, _team);
        MatMul.Forward(workspace.Normed, _attentionOut, workspace.Delta, _team);
        Residual.Add(x, workspace.Delta, _team);

        LayerNorm.Forward(x, _feedForwardNormWeight, _feedForwardNormBias, _config.NormEpsilon, workspace.Normed, _team);
        MatMul.Forward(workspace.Normed, _up, workspace.Inner, _team);
        QuickGelu.Forward(workspace.Inner, _team);
        MatMul.Forward(workspace.Inner, _down, workspace.Delta, _team);
        Residual.Add(x, workspace.Delta, _team);
    }

    public void Dispose()
    {
        _attentionNormWeight.Dispose();
        _attentionNormBias.Dispose();
        _qkv.Dispose();
        _attentionOut.Dispose();
        _feedForwardNormWeight.Dispose();
        _feedForwardNormBias.Dispose();
        _up.Dispose();
        _down.Dispose();
    }
}
