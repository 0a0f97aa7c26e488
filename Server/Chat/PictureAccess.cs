using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Chat;

/// <summary>How questions find their pictures: a visitor's own by id on the web side, by content hash on the inference machine.</summary>
/// <param name="Find">What is known of it; null where unknown or foreign.</param>
/// <param name="Load">The pixels of one that was found; null where it is gone meanwhile.</param>
internal sealed record PictureAccess(
    Func<VisitorId, ImageId, CancellationToken, Task<ImageInfo?>> Find,
    Func<VisitorId, ImageInfo, CancellationToken, Task<RgbImage?>> Load);
