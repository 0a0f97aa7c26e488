using System.Security.Cryptography;
using Dapper;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Images;

namespace Molmo.Demo.Server.Chat.Remote;

/// <summary>Pictures of an inference machine, kept under their content hash, which is their id here.</summary>
internal sealed class PictureCache(DataFolder folder, Database database, TimeProvider time)
{
    /// <summary>Characters of a SHA-256 in hexadecimal.</summary>
    public const int HashLength = 64;

    /// <summary>Bytes of a picture as the web machine stores it: any within the pixel limit, even incompressible.</summary>
    public static long MaxBytes { get; } = ImageLimits.Default.MaxPixels * 3 + (16 << 20);

    private readonly DecoderLimits _limits = new(ImageLimits.Default.MaxPixels, ImageLimits.Default.MaxSide);

    public static bool IsHash(string text) => text.Length == HashLength && text.All(char.IsAsciiHexDigitLower);

    public bool Contains(string hash) => Find(hash) is not null;

    public ImageInfo? Find(string hash)
    {
        if (!IsHash(hash) || !File.Exists(PathOf(hash))) return null;
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<(int Width, int Height)?>("SELECT width, height FROM images WHERE id = @hash", new { hash }) is { } size
            ? new ImageInfo(new ImageId(hash), size.Width, size.Height, "", hash)
            : null;
    }

    public async Task<RgbImage?> LoadAsync(string hash, CancellationToken cancellationToken)
    {
        if (!IsHash(hash) || !File.Exists(PathOf(hash))) return null;
        return ImageDecoder.Decode(await File.ReadAllBytesAsync(PathOf(hash), cancellationToken), _limits, cancellationToken);
    }

    /// <summary>Takes a picture. Bytes first, row afterwards: a row never stands without its bytes.</summary>
    /// <returns>False where the bytes do not have this hash; nothing is kept.</returns>
    /// <exception cref="InvalidImageException">They are no picture within the limits; nothing is kept.</exception>
    public async Task<bool> AddAsync(string hash, Stream body, CancellationToken cancellationToken)
    {
        var part = Path.Combine(folder.Pictures, $"{Path.GetRandomFileName()}.part");
        try
        {
            await using (var file = new FileStream(part, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None))
            {
                await body.CopyToAsync(file, cancellationToken);
                file.Flush(flushToDisk: true);
                file.Position = 0;
                if (Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken)) != hash) return false;
            }
            var bytes = await File.ReadAllBytesAsync(part, cancellationToken);
            var header = ImageDecoder.ReadHeader(bytes);
            var image = ImageDecoder.Decode(bytes, _limits, cancellationToken);
            File.Move(part, PathOf(hash), overwrite: true);
            using var connection = database.Open();
            connection.Execute("""
                INSERT OR IGNORE INTO images (id, visitor, name, width, height, hash, format, bytes, created_at)
                VALUES (@hash, '', '', @Width, @Height, @hash, @format, @Length, @now)
                """, new { hash, image.Width, image.Height, format = header.Format.ToString().ToLowerInvariant(), bytes.Length, now = time.GetUtcNow().ToUnixTimeMilliseconds() });
            return true;
        }
        finally
        {
            File.Delete(part);
        }
    }

    /// <summary>Removes pictures that came before a moment and that no kept answer was asked about; a later question sends them again.</summary>
    public void DeleteUnusedBefore(DateTimeOffset moment)
    {
        using var connection = database.Open();
        var hashes = connection.Query<string>("""
            DELETE FROM images WHERE created_at < @moment AND NOT EXISTS (SELECT 1 FROM generations g WHERE g.image = images.id) RETURNING hash
            """, new { moment = moment.ToUnixTimeMilliseconds() }).ToList();
        foreach (var hash in hashes) File.Delete(PathOf(hash));
    }

    private string PathOf(string hash) => Path.Combine(folder.Pictures, hash);
}
