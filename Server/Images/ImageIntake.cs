using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Images;

/// <summary>
/// Decodes what arrives and makes the stored form of it. As many pictures at a time as there are cores, of large ones
/// one; the others wait in line.
/// </summary>
/// <remarks>
/// What the stored bytes decode to is the picture from then on: the model, the page, the link and its preview all see
/// that and nothing else. Small pictures and PNG, GIF and BMP sources keep every pixel; a large photo, JPEG or WebP,
/// becomes a JPEG of quality 95.
/// </remarks>
internal sealed class ImageIntake(ImageOptions options) : IDisposable
{
    private const int LosslessPixels = 1_500_000;

    // A progressive photo of this size takes 300 MB while it is decoded, one of 64 megapixels 600.
    private const long LargePixels = 32_000_000;

    // A larger one may take as much longer, on a machine that is busy.
    private const double UsualPixels = 12_000_000;

    private static readonly DecoderLimits Limits = new(ImageLimits.Default.MaxPixels, ImageLimits.Default.MaxSide);

    private readonly SemaphoreSlim _slots = new(Environment.ProcessorCount);
    private readonly SemaphoreSlim _largeSlot = new(1);

    /// <exception cref="ImageRefusedException">Not a picture within the limits.</exception>
    public Task<StoredForm> TakeAsync(ReadOnlyMemory<byte> file, CancellationToken cancellationToken)
    {
        var header = ReadHeader(file.Span);
        return InSlotAsync(file, header, (bytes, token) =>
        {
            var image = ImageDecoder.Decode(bytes, header, Limits, token);
            return StoredForm.Of(image, header.IsLossless || (long)image.Width * image.Height <= LosslessPixels);
        }, cancellationToken);
    }

    /// <summary>
    /// Takes bytes that are a stored form already, made by this program elsewhere, without encoding them again.
    /// </summary>
    /// <exception cref="ImageRefusedException">Not a picture within the limits.</exception>
    public Task<StoredForm> TakeStoredAsync(ReadOnlyMemory<byte> stored, CancellationToken cancellationToken)
    {
        var header = ReadHeader(stored.Span);
        return InSlotAsync(stored, header, (bytes, token) =>
        {
            if (header.Format is not (ImageFormat.Png or ImageFormat.Jpeg))
                throw new InvalidImageException(ImageFault.UnsupportedType, $"{header.Format} is no stored form.");
            var image = ImageDecoder.Decode(bytes, header, Limits, token);
            return StoredForm.Of(image, bytes, header.Format == ImageFormat.Png, isExact: true);
        }, cancellationToken);
    }

    /// <summary>Decodes a stored picture.</summary>
    public Task<RgbImage> DecodeAsync(ReadOnlyMemory<byte> stored, CancellationToken cancellationToken)
    {
        var header = ReadHeader(stored.Span);
        return InSlotAsync(
            stored, header, (bytes, token) => ImageDecoder.Decode(bytes, header, Limits, token), cancellationToken);
    }

    public void Dispose()
    {
        _slots.Dispose();
        _largeSlot.Dispose();
    }

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

    private async Task<T> InSlotAsync<T>(
        ReadOnlyMemory<byte> file, ImageHeader header, Func<ReadOnlyMemory<byte>, CancellationToken, T> work,
        CancellationToken cancellationToken)
    {
        var pixels = (long)header.Width * header.Height;
        var time = TimeSpan.FromSeconds(options.DecodeSeconds * Math.Max(1, pixels / UsualPixels));
        // The other slots are for small ones meanwhile.
        if (pixels < LargePixels) return await InSlotAsync(file, work, time, cancellationToken);
        await _largeSlot.WaitAsync(cancellationToken);
        try
        {
            return await InSlotAsync(file, work, time, cancellationToken);
        }
        finally
        {
            _largeSlot.Release();
        }
    }

    private async Task<T> InSlotAsync<T>(
        ReadOnlyMemory<byte> file, Func<ReadOnlyMemory<byte>, CancellationToken, T> work, TimeSpan time,
        CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(time);
        try
        {
            // A thread of its own: seconds of computing on a pool thread would hold up everybody's pages.
            return await Task.Factory.StartNew(
                () => work(file, limit.Token), limit.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (InvalidImageException e)
        {
            throw ImageRefusals.From(e, file.Span);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw ImageRefusals.From(
                new InvalidImageException(ImageFault.TooMuchWork, $"No picture after {time.TotalSeconds:f0} s."),
                file.Span);
        }
        finally
        {
            _slots.Release();
        }
    }
}
