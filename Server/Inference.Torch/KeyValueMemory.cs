using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Model;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch;

/// <summary>
/// Keys and values of all layers, in blocks that sequences hold by number. A number means the same positions in each
/// layer.
/// </summary>
internal sealed class KeyValueMemory : IDisposable
{
    private readonly LayerMemory[] _layers;

    public KeyValueMemory(ModelConfig config, TensorFormat format, int blockCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blockCount, 1);
        BlockCount = blockCount;
        _layers = new LayerMemory[config.LayerCount];
        for (var i = 0; i < _layers.Length; i++)
            _layers[i] = new LayerMemory(config, format, (long)blockCount * KeyValueBlocks.BlockSize);
    }

    public int BlockCount { get; }

    public LayerMemory Layer(int index) => _layers[index];

    /// <summary>Copies a block of all layers.</summary>
    public void Copy(int source, int target)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        foreach (var layer in _layers) layer.Copy(source, target);
    }

    /// <summary>Bytes of a block, all layers together.</summary>
    public static long BytesPerBlock(ModelConfig config, ScalarType type)
        => 2L * KeyValueBlocks.BlockSize * config.LayerCount * config.KeyValueSize * TensorFormat.SizeOf(type);

    public void Dispose()
    {
        foreach (var layer in _layers) layer.Dispose();
    }
}

/// <summary>Keys and values of one layer; slot s is position s % BlockSize of block s / BlockSize.</summary>
internal sealed class LayerMemory : IDisposable
{
    private readonly int _headSize;

    public LayerMemory(ModelConfig config, TensorFormat format, long slots)
    {
        _headSize = config.HeadSize;
        // Zeros: what is read beyond a sequence's end is masked, and must be a number for that.
        Keys = zeros([config.KeyValueHeadCount, slots, config.HeadSize], format.Type, format.Device);
        Values = zeros([config.KeyValueHeadCount, slots, config.HeadSize], format.Type, format.Device);
    }

    /// <summary>[heads, slots, headSize].</summary>
    public Tensor Keys { get; }

    /// <summary>[heads, slots, headSize].</summary>
    public Tensor Values { get; }

    /// <param name="slots">[rows]: where each goes.</param>
    /// <param name="keys">[rows, heads, headSize].</param>
    /// <param name="values">[rows, heads, headSize].</param>
    public void Store(Tensor slots, Tensor keys, Tensor values)
    {
        Keys.index_copy_(1, slots, keys.transpose(0, 1));
        Values.index_copy_(1, slots, values.transpose(0, 1));
    }

    /// <summary>What lies in slots, as [sequences, heads, length, headSize].</summary>
    /// <param name="memory">Keys or values.</param>
    /// <param name="slots">[sequences * length].</param>
    /// <param name="sequences">Sequences of the batch.</param>
    public Tensor Gather(Tensor memory, Tensor slots, int sequences)
        => memory.index_select(1, slots).view(memory.shape[0], sequences, -1, _headSize).transpose(0, 1);

    /// <summary>Copies a block's keys and values.</summary>
    public void Copy(int source, int target)
    {
        foreach (var memory in (Tensor[])[Keys, Values])
            memory.narrow(1, (long)target * KeyValueBlocks.BlockSize, KeyValueBlocks.BlockSize)
                .copy_(memory.narrow(1, (long)source * KeyValueBlocks.BlockSize, KeyValueBlocks.BlockSize));
    }

    public void Dispose()
    {
        Keys.Dispose();
        Values.Dispose();
    }
}
