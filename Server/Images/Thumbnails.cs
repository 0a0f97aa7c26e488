using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Images;

/// <summary>
/// Small copies of stored pictures for lists, made when first asked for and kept in memory, the most recent ones.
/// </summary>
internal sealed class Thumbnails : IDisposable
{
    /// <summary>Pixels of the shorter side: 44 on the page, on a screen with three to one.</summary>
    public const int Side = 132;

    private const int Quality = 80;

    private readonly ImageStore _store;
    private readonly ImageIntake _intake;
    private readonly DecodedImages _decoded;
    private readonly ImageFiles _files;
    private readonly RecentBytes<string> _recent = new(512);

    public Thumbnails(ImageStore store, ImageIntake intake, DecodedImages decoded, ImageFiles files)
    {
        (_store, _intake, _decoded, _files) = (store, intake, decoded, files);
        files.Deleted += _recent.Forget;
    }

    /// <summary>A JPEG; null where nothing with this hash is stored. The caller has checked who may see it.</summary>
    public Task<byte[]?> FindAsync(string hash, CancellationToken cancellationToken)
        => _recent.FindAsync(hash, async () =>
        {
            if (await _store.ReadStoredAsync(hash, cancellationToken) is not { } bytes) return null;
            var made = Make(_decoded.Find(hash) ?? await _intake.DecodeAsync(bytes, cancellationToken));
            _recent.Keep(hash, made);
            // What was deleted meanwhile was forgotten before it was kept.
            await using var file = _files.Open(hash);
            if (file is not null) return made;
            _recent.Forget(hash);
            return null;
        }, cancellationToken);

    public void Dispose() => _recent.Dispose();

    private static byte[] Make(RgbImage image)
    {
        var scale = Math.Min(1, Side / (double)Math.Min(image.Width, image.Height));
        // A strip is cut to its middle, as a square in a list shows it.
        var (width, height) = (Math.Min(image.Width, image.Height * 2), Math.Min(image.Height, image.Width * 2));
        var part = image.Crop((image.Width - width) / 2, (image.Height - height) / 2, width, height);
        using var bytes = new MemoryStream();
        JpegEncoder.Encode(
            ImageScaler.Resize(
                part, Math.Max(1, (int)Math.Round(width * scale)), Math.Max(1, (int)Math.Round(height * scale))),
            Quality, bytes);
        return bytes.ToArray();
    }
}
