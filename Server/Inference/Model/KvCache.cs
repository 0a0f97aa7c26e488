using Molmo.Demo.Inference.Kernels;

namespace Molmo.Demo.Inference.Model;

/// <summary>Keys and values of all layers. A block number means the same positions in each layer.</summary>
internal sealed class KvCache(ModelConfig config, int blockCount) : IDisposable
{
    private readonly KeyValueBlocks[] _layers = [.. Enumerable.Range(0, config.LayerCount)
        .Select(_ => new KeyValueBlocks(blockCount, config.KeyValueHeadCount, config.HeadSize))];

    public int BlockCount { get; } =
        blockCount >= 1 ? blockCount : throw new ArgumentOutOfRangeException(nameof(blockCount));

    public KeyValueBlocks Layer(int index) => _layers[index];

    public void Dispose()
    {
        foreach (var layer in _layers) layer.Dispose();
    }
}
