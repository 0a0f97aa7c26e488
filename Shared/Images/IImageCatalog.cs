using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Shared.Images;

/// <summary>A visitor's pictures, and the gallery. Bytes go over plain HTTP, never through this.</summary>
public interface IImageCatalog
{
    /// <summary>The visitor's own picture, null where unknown or foreign.</summary>
    Task<ImageInfo?> FindAsync(VisitorId visitor, ImageId id, CancellationToken cancellationToken);

    /// <summary>Takes a gallery picture into the visitor's pictures, as an upload of it would.</summary>
    /// <returns>Null where the gallery has no such file.</returns>
    /// <exception cref="ChatRefusedException">The visitor's share of the storage, or the storage, is full.</exception>
    Task<ImageInfo?> TakeSampleAsync(VisitorId visitor, string file, CancellationToken cancellationToken);

    /// <summary>The gallery.</summary>
    IReadOnlyList<SampleScene> Samples { get; }
}
