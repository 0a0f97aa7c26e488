using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Images;

/// <summary>
/// The pictures decoded last, by content hash, so that a question that follows soon need not decode again.
/// </summary>
internal sealed class DecodedImages(ImageOptions options)
{
    private readonly Dictionary<string, LinkedListNode<(string Hash, RgbImage Image)>> _byHash = [];
    private readonly LinkedList<(string Hash, RgbImage Image)> _recent = [];
    private long _bytes;

    public RgbImage? Find(string hash)
    {
        lock (_recent)
        {
            if (!_byHash.TryGetValue(hash, out var node)) return null;
            _recent.Remove(node);
            _recent.AddFirst(node);
            return node.Value.Image;
        }
    }

    public void Add(string hash, RgbImage image)
    {
        var limit = (long)options.DecodedMegabytes << 20;
        if (image.Pixels.LongLength > limit) return;
        lock (_recent)
        {
            if (_byHash.ContainsKey(hash)) return;
            _byHash[hash] = _recent.AddFirst((hash, image));
            _bytes += image.Pixels.LongLength;
            while (_bytes > limit) Forget(_recent.Last!.Value.Hash);
        }
    }

    /// <summary>Drops a picture whose bytes were deleted.</summary>
    public void Remove(string hash)
    {
        lock (_recent) Forget(hash);
    }

    private void Forget(string hash)
    {
        if (!_byHash.Remove(hash, out var node)) return;
        _recent.Remove(node);
        _bytes -= node.Value.Image.Pixels.LongLength;
    }
}
