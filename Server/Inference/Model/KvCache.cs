using Molmo.Demo.Inference.Kernels;

namespace Molmo.Demo.Inference.Model;

/// <summary>Keys and values of all layers. A block number means the same positions in each layer.</summary>
internal sealed class KvCache : IDisposable
{
    private readonly KeyValueBlocks[] _layers;

    public KvCache(ModelConfig config, int blockCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blockCount, 1);
        BlockCount = blockCount;
        _layers = new KeyValueBlocks[config.LayerCount];
        for (var i = 0; i < _layers.Length; i++) _layers[i] = new KeyValueBlocks(blockCount, config.KeyValueHeadCount, config.HeadSize);
    }

    public int BlockCount { get; }

    public KeyValueBlocks Layer(int index) => _layers[index];

    public void Dispose()
    {
        foreach (var layer in _layers) layer.Dispose();
    }
}
