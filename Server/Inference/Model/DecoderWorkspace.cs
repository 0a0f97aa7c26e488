using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Model;

/// <summary>Memory that all layers of the decoder use in turn.</summary>
internal sealed class DecoderWorkspace(ModelConfig config) : IDisposable
{
    /// <summary>[rows, hiddenSize]: a norm's output.</summary>
    public Tensor Normed { get; } = new(0, config.HiddenSize);

    /// <summary>[rows, queries | keys | values].</summary>
    public Tensor Qkv { get; } = new(0, config.HiddenSize + (2 * config.KeyValueSize));

    /// <summary>[rows, hiddenSize].</summary>
    public Tensor Attended { get; } = new(0, config.HiddenSize);

    /// <summary>[rows, hiddenSize]: what is added to the residual stream.</summary>
    public Tensor Delta { get; } = new(0, config.HiddenSize);

    public void Resize(int rows)
    {
        Normed.Resize(rows);
        Qkv.Resize(rows);
        Attended.Resize(rows);
        Delta.Resize(rows);
    }

    public void Dispose()
    {
        Normed.Dispose();
        Qkv.Dispose();
        Attended.Dispose();
        Delta.Dispose();
    }
}
