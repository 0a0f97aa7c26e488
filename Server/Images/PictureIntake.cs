using System.Security.Cryptography;
using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Images;

/// <summary>A picture as it is stored: upright, re-encoded, without any metadata.</summary>
/// <param name="Bytes">The file.</param>
/// <param name="Hash">SHA-256 of it in lower-case hexadecimal.</param>
/// <param name="Format"><c>png</c> or <c>jpeg</c>.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Decoded">What decoding the bytes gives, where that is known without decoding them.</param>
internal sealed record StoredForm(ReadOnlyMemory<byte> Bytes, string Hash, string Format, int Width, int Height, RgbImage? Decoded)
{
    /// <summary>The bytes to read from.</summary>
    public Stream Open() => MemoryMarshal.TryGetArray(Bytes, out var array)
        ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
        : new MemoryStream(Bytes.ToArray(), writable: false);
}

/// <summary>Decodes what arrives and makes the stored form of it. As many pictures at a time as there are cores; the others wait in line.</summary>
/// <remarks>
/// What the stored bytes decode to is the picture from then on: the model, the page, the link and its preview all see that
/// and nothing else. Small pictures and PNG, GIF and BMP sources keep every pixel; a large photo, JPEG or WebP, becomes a JPEG of
/// quality 95.
/// </remarks>
internal sealed class PictureIntake(ImageOptions options) : IDisposable
{
    private const int LosslessPixels = 1_500_000;
    private const int JpegQuality = 95;

    private static readonly DecoderLimits Limits = new(ImageLimits.Default.MaxPixels, ImageLimits.Default.MaxSide);

    private readonly SemaphoreSlim _slots = new(Environment.ProcessorCount);

    /// <exception cref="ImageRefusedException">Not a picture within the limits.</exception>
    public Task<StoredForm> TakeAsync(ReadOnlyMemory<byte> file, CancellationToken cancellationToken)
    {
        var header = ReadHeader(file.Span);
        return InSlotAsync(
            file, (bytes, token) => Encode(ImageDecoder.Decode(bytes, header, Limits, token), header.IsLossless),
            cancellationToken);
    }

    /// <summary>Takes bytes that are a stored form already, made by this program elsewhere, without encoding them again.</summary>
    /// <exception cref="ImageRefusedException">Not a picture within the limits.</exception>
    public Task<StoredForm> TakeStoredAsync(ReadOnlyMemory<byte> stored, CancellationToken cancellationToken)
    {
        var header = ReadHeader(stored.Span);
        return InSlotAsync(stored, (bytes, token) =>
        {
            if (header.Format is not (ImageFormat.Png or ImageFormat.Jpeg))
                throw new InvalidImageException(ImageFault.UnsupportedType, $"{header.Format} is no stored form.");
            var image = ImageDecoder.Decode(bytes, header, Limits, token);
            var format = StoredFormat.Of(header.Format);
            return new StoredForm(bytes, HashOf(bytes.Span), format, image.Width, image.Height, image);
        }, cancellationToken);
    }

    /// <summary>Decodes a stored picture.</summary>
    public Task<RgbImage> DecodeAsync(ReadOnlyMemory<byte> stored, CancellationToken cancellationToken)
        => InSlotAsync(stored, (bytes, token) => ImageDecoder.Decode(bytes, Limits, token), cancellationToken);

    public void Dispose() => _slots.Dispose();

    // Bombs are refused here, before they wait for a slot or anything is allocated.
    private static ImageHeader ReadHeader(ReadOnlySpan<byte> file)
    {
        try
        {
            var header = ImageDecoder.ReadHeader(file);
            Limits.Check(header);
            return header;
        }
        catch (InvalidImageException e)
        {
            throw ImageRefusals.From(e, file);
        }
    }

    private async Task<T> InSlotAsync<T>(ReadOnlyMemory<byte> file, Func<ReadOnlyMemory<byte>, CancellationToken, T> work, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(options.DecodeSeconds));
        try
        {
            // A thread of its own: seconds of computing on a pool thread would hold up everybody's pages.
            return await Task.Factory.StartNew(() => work(file, limit.Token), limit.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (InvalidImageException e)
        {
            throw ImageRefusals.From(e, file.Span);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw ImageRefusals.From(new InvalidImageException(ImageFault.TooMuchWork, $"No picture after {options.DecodeSeconds} s."), file.Span);
        }
        finally
        {
            _slots.Release();
        }
    }

    private static StoredForm Encode(RgbImage image, bool isLosslessSource)
    {
        using var bytes = new MemoryStream();
        var isLossless = isLosslessSource || (long)image.Width * image.Height <= LosslessPixels;
        if (isLossless) PngEncoder.Encode(image, bytes);
        else JpegEncoder.Encode(image, JpegQuality, bytes);
        var stored = bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
        return new StoredForm(stored, HashOf(stored.Span), StoredFormat.Of(isLossless ? ImageFormat.Png : ImageFormat.Jpeg), image.Width, image.Height, isLossless ? image : null);
    }

    private static string HashOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
