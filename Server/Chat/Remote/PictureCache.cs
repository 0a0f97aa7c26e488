using System.Security.Cryptography;
using Dapper;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Shared.Images;

namespace Molmo.Demo.Server.Chat.Remote;

/// <summary>Pictures of an inference machine, kept under their content hash, which is their id here.</summary>
internal sealed class PictureCache(PictureFiles files, Database database, TimeProvider time)
{
    private const int HashLength = 64;

    /// <summary>Bytes of a picture as the web machine stores it: any within the pixel limit, even incompressible.</summary>
    public static long MaxBytes { get; } = ImageLimits.Default.MaxPixels * 3 + (16 << 20);

    private readonly DecoderLimits _limits = new(ImageLimits.Default.MaxPixels, ImageLimits.Default.MaxSide);

    /// <summary>Whether this is a SHA-256 in lower-case hexadecimal.</summary>
    public static bool IsHash(string text) => text.Length == HashLength && text.All(char.IsAsciiHexDigitLower);

    public ImageInfo? Find(string hash)
    {
        if (!IsHash(hash)) return null;
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<(int Width, int Height)?>("SELECT width, height FROM images WHERE id = @hash", new { hash }) is { } size
            ? new ImageInfo(new ImageId(hash), size.Width, size.Height, "", hash)
            : null;
    }

    /// <summary>Its pixels, null where there is no such picture.</summary>
    public async Task<RgbImage?> LoadAsync(string hash, CancellationToken cancellationToken)
    {
        if (!IsHash(hash)) return null;
        await using var file = files.Open(hash);
        if (file is null) return null;
        var bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes, cancellationToken);
        return ImageDecoder.Decode(bytes, _limits, cancellationToken);
    }

    /// <summary>Takes a picture.</summary>
    /// <returns>False where the bytes do not have this hash; nothing is kept.</returns>
    /// <exception cref="InvalidImageException">They are no picture within the limits; nothing is kept.</exception>
    public async Task<bool> AddAsync(string hash, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (Convert.ToHexStringLower(SHA256.HashData(bytes.Span)) != hash) return false;
        var header = ImageDecoder.ReadHeader(bytes.Span);
        var image = ImageDecoder.Decode(bytes, _limits, cancellationToken);
        var row = new
        {
            hash,
            image.Width,
            image.Height,
            format = header.Format.ToString().ToLowerInvariant(),
            bytes.Length,
            now = time.GetUtcNow().ToUnixTimeMilliseconds(),
        };
        await files.AddAsync(hash, bytes, (connection, transaction) => connection.Execute("""
            INSERT OR IGNORE INTO images (id, visitor, name, width, height, hash, format, bytes, created_at)
            VALUES (@hash, '', '', @Width, @Height, @hash, @format, @Length, @now)
            """, row, transaction), cancellationToken);
        return true;
    }

    /// <summary>Removes pictures that came before a moment and that no kept answer was asked about; a later question sends them again.</summary>
    public Task DeleteUnusedBefore(DateTimeOffset moment, CancellationToken cancellationToken)
        => files.ChangeAsync((connection, transaction, released) =>
        {
            var hashes = connection.Query<string>("""
                DELETE FROM images WHERE created_at < @moment
                AND NOT EXISTS (SELECT 1 FROM generations g WHERE g.image = images.id) RETURNING hash
                """, new { moment = moment.ToUnixTimeMilliseconds() }, transaction).ToList();
            hashes.ForEach(released.Add);
            return hashes.Count;
        }, cancellationToken);
}
