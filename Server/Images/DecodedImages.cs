using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Images;

/// <summary>
/// The pictures decoded last, by content hash: for their preview, and for questions about parts of them.
/// </summary>
internal sealed class DecodedImages(ImageOptions options)
{
    private readonly RecentPictures<string, RgbImage> _recent =
        new((long)options.DecodedMegabytes << 20, image => image.Pixels.LongLength);

    public RgbImage? Find(string hash) => _recent.Find(hash);

    public void Add(string hash, RgbImage image) => _recent.Add(hash, image);

    /// <summary>Drops a picture whose bytes were deleted.</summary>
    public void Remove(string hash) => _recent.Remove(hash);
}
