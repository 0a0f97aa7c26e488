using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Images;

/// <summary>Small copies of stored pictures for lists, made when first asked for and kept in memory, the most recent ones.</summary>
internal sealed class Thumbnails : IDisposable
{
    /// <summary>Pixels of the shorter side: 44 on the page, on a screen with three to one.</summary>
    public const int Side = 132;

    private const int Kept = 512;
    private const int Quality = 80;

    private readonly ImageStore _store;
    private readonly PictureIntake _intake;
    private readonly DecodedPictures _decoded;
    private readonly PictureFiles _files;
    private readonly Dictionary<string, byte[]> _made = [];
    private readonly Queue<string> _order = new();
    // One at a time: a list asks for many, and questions need the cores.
    private readonly SemaphoreSlim _making = new(1, 1);

    public Thumbnails(ImageStore store, PictureIntake intake, DecodedPictures decoded, PictureFiles files)
    {
        _store = store;
        _intake = intake;
        _decoded = decoded;
        _files = files;
        files.Deleted += Forget;
    }

    /// <summary>A JPEG; null where nothing with this hash is stored. The caller has checked who may see it.</summary>
    public async Task<byte[]?> FindAsync(string hash, CancellationToken cancellationToken)
    {
        if (Known(hash) is { } known) return known;
        await _making.WaitAsync(cancellationToken);
        try
        {
            if (Known(hash) is { } meanwhile) return meanwhile;
            if (await _store.ReadStoredAsync(hash, cancellationToken) is not { } bytes) return null;
            var made = Make(_decoded.Find(hash) ?? await _intake.DecodeAsync(bytes, cancellationToken));
            Keep(hash, made);
            // What was deleted meanwhile was forgotten before it was kept.
            if (IsStored(hash)) return made;
            Forget(hash);
            return null;
        }
        finally
        {
            _making.Release();
        }
    }

    public void Dispose() => _making.Dispose();

    private static byte[] Make(RgbImage image)
    {
        var scale = Math.Min(1, Side / (double)Math.Min(image.Width, image.Height));
        // A strip is cut to its middle, as a square in a list shows it.
        var (width, height) = (Math.Min(image.Width, image.Height * 2), Math.Min(image.Height, image.Width * 2));
        var part = image.Crop((image.Width - width) / 2, (image.Height - height) / 2, width, height);
        using var bytes = new MemoryStream();
        JpegEncoder.Encode(ImageScaler.Resize(part, Math.Max(1, (int)Math.Round(width * scale)), Math.Max(1, (int)Math.Round(height * scale))), Quality, bytes);
        return bytes.ToArray();
    }

    private bool IsStored(string hash)
    {
        using var file = _files.Open(hash);
        return file is not null;
    }

    private byte[]? Known(string hash)
    {
        lock (_made) return _made.GetValueOrDefault(hash);
    }

    private void Keep(string hash, byte[] thumbnail)
    {
        lock (_made)
        {
            if (_made.TryAdd(hash, thumbnail)) _order.Enqueue(hash);
            while (_made.Count > Kept && _order.TryDequeue(out var oldest)) _made.Remove(oldest);
        }
    }

    private void Forget(string hash)
    {
        lock (_made) _made.Remove(hash);
    }
}
