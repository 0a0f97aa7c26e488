using System.Security.Cryptography;
using Dapper;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Chat.Remote;

/// <summary>
/// Pictures of an inference machine: found by content hash, which stands for their id there, and kept for a day after
/// use.
/// </summary>
internal sealed class ImageCache(ImageStore store, ImageFiles files) : IImageAccess
{
    private const int HashLength = 64;

    /// <summary>Owner of every picture here; whose it is on the web side is not known.</summary>
    private static readonly VisitorId Owner = new("web machines");

    /// <summary>
    /// Bytes of a picture as the web machine stores it: any within the pixel limit, even incompressible.
    /// </summary>
    public static long MaxBytes { get; } = ImageLimits.Default.MaxPixels * 3 + (16 << 20);

    /// <summary>Whether this is a SHA-256 in lower-case hexadecimal.</summary>
    public static bool IsHash(string text) => text.Length == HashLength && text.All(char.IsAsciiHexDigitLower);

    public ImageInfo? Find(string hash) => IsHash(hash) ? store.FindByHash(Owner, hash) : null;

    public Task<ImageInfo?> FindAsync(VisitorId visitor, ImageId id, CancellationToken cancellationToken)
        => Task.FromResult(Find(id.Value));

    public Task<RgbImage?> LoadAsync(VisitorId visitor, ImageInfo image, CancellationToken cancellationToken)
        => store.LoadAsync(image.ContentHash, cancellationToken);

    /// <summary>Takes a picture.</summary>
    /// <returns>False where the bytes do not have this hash; nothing is kept.</returns>
    /// <exception cref="ImageRefusedException">They are no picture within the limits, or the storage is full; nothing
    /// is kept.</exception>
    public async Task<bool> AddAsync(string hash, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (Convert.ToHexStringLower(SHA256.HashData(bytes.Span)) != hash) return false;
        if (Find(hash) is null) await store.AddStoredAsync(Owner, bytes, "", cancellationToken);
        return true;
    }

    /// <summary>
    /// Removes pictures that came before a moment and that no kept answer was asked about; a later question sends them
    /// again.
    /// </summary>
    public Task DeleteUnusedBefore(DateTimeOffset moment, CancellationToken cancellationToken)
        => files.ChangeAsync((connection, transaction, released) =>
        {
            var hashes = connection.Query<string>("""
                DELETE FROM images WHERE visitor = @owner AND created_at < @moment
                AND NOT EXISTS (SELECT 1 FROM generations g WHERE g.image = images.id) RETURNING hash
                """, new { owner = Owner.Value, moment = moment.ToUnixTimeMilliseconds() }, transaction).ToList();
            hashes.ForEach(released.Add);
            return hashes.Count;
        }, cancellationToken);
}
