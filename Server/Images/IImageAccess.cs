using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Images;

/// <summary>
/// How questions find their pictures: a visitor's own by id on the web side, by content hash on the inference machine.
/// </summary>
internal interface IImageAccess
{
    /// <summary>What is known of a picture; null where unknown or foreign.</summary>
    Task<ImageInfo?> FindAsync(VisitorId visitor, ImageId id, CancellationToken cancellationToken);

    /// <summary>The conversation without trace that a picture goes with; null for what is stored.</summary>
    ConversationId? PassingOf(VisitorId visitor, ImageId id) => null;

    /// <summary>The pixels of one that was found; null where it is gone meanwhile.</summary>
    Task<RgbImage?> LoadAsync(VisitorId visitor, ImageInfo image, CancellationToken cancellationToken);
}
