using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Images;

/// <summary>Why a picture is refused.</summary>
internal static class ImageRefusals
{
    private static readonly ImageLimits Limits = ImageLimits.Default;

    public static ImageRefusedException TooManyBytes(long? bytes)
        => new(StatusCodes.Status413PayloadTooLarge, bytes is { } known
            ? new PhotoTooLarge(Megabytes(known), Megabytes(Limits.MaxBytes))
            : new PhotoOverLimit(Megabytes(Limits.MaxBytes)));

    public static ImageRefusedException NoFile()
        => new(StatusCodes.Status400BadRequest, new ImageMissing("file"));

    public static ImageRefusedException BrokenRequest(string detail)
        => new(StatusCodes.Status400BadRequest, new UploadBroken(), detail);

    public static ImageRefusedException TooSlow()
        => new(StatusCodes.Status408RequestTimeout, new UploadTooSlow());

    public static ImageRefusedException TooMany(int limit, TimeSpan retryAfter)
        => new(StatusCodes.Status429TooManyRequests, new TooManyUploads(limit), retryAfter: retryAfter);

    public static ImageRefusedException StorageShare(int megabytes)
        => new(
            StatusCodes.Status429TooManyRequests, new StorageShareFull(megabytes), retryAfter: TimeSpan.FromMinutes(1));

    public static ImageRefusedException PrivateChatOver()
        => new(StatusCodes.Status404NotFound, new PrivateChatOverForPhoto());

    public static ImageRefusedException PrivateMemoryFull()
        => new(StatusCodes.Status503ServiceUnavailable, new PrivateMemoryFull(), retryAfter: TimeSpan.FromMinutes(5));

    public static ImageRefusedException Busy()
        => new(StatusCodes.Status503ServiceUnavailable, new UploadsBusy(), retryAfter: TimeSpan.FromSeconds(10));

    public static ImageRefusedException StorageFull(string detail)
        => new(StatusCodes.Status503ServiceUnavailable, new StorageFullForPhoto(), detail, TimeSpan.FromMinutes(5));

    public static ImageRefusedException StorageFailed(string detail)
        => new(StatusCodes.Status503ServiceUnavailable, new StorageSilentForPhoto(), detail, TimeSpan.FromSeconds(30));

    /// <param name="e">Why the decoder refused.</param>
    /// <param name="start">The first bytes of the file.</param>
    public static ImageRefusedException From(InvalidImageException e, ReadOnlySpan<byte> start)
    {
        var type = Name(e.Header?.Format ?? TypeOf(start));
        (int Status, Fact Fact) refusal = e.Fault switch
        {
            ImageFault.UnsupportedType => (StatusCodes.Status415UnsupportedMediaType, OtherType(start)),
            ImageFault.UnsupportedVariant => (StatusCodes.Status422UnprocessableEntity, new VariantUnsupported(type)),
            ImageFault.TooLarge => (StatusCodes.Status413PayloadTooLarge, OfPixels(e.Header)),
            ImageFault.Incomplete => (StatusCodes.Status422UnprocessableEntity, new PictureIncomplete(type)),
            ImageFault.TooMuchWork => (StatusCodes.Status422UnprocessableEntity, new PictureTooMuchWork(type)),
            _ => (StatusCodes.Status422UnprocessableEntity, new PictureBroken(type)),
        };
        return new ImageRefusedException(refusal.Status, refusal.Fact, $"{e.Fault}: {e.Message}");
    }

    private static Fact OfPixels(ImageHeader? header)
    {
        var limit = (int)(Limits.MaxPixels / 1_000_000);
        if (header is null) return new PixelsOverLimit(limit);
        var pixels = (long)header.Width * header.Height;
        return pixels > Limits.MaxPixels
            ? new TooManyPixels(
                header.Width, header.Height, (int)Math.Round(pixels / 1e6, MidpointRounding.AwayFromZero), limit)
            : new SideTooLong(header.Width, header.Height, Limits.MaxSide);
    }

    private static Fact OtherType(ReadOnlySpan<byte> start)
    {
        if (start.IsEmpty) return new FileEmpty();
        return Container(start) is "heic" or "heix" or "heim" or "heis" or "hevc" or "mif1" or "msf1"
            ? new HeicUnsupported()
            : new FileTypeUnknown();
    }

    // The brand of an ISO base media file, as HEIC and AVIF are.
    private static string Container(ReadOnlySpan<byte> start)
        => start.Length >= 12 && start[4..8].SequenceEqual("ftyp"u8)
            ? System.Text.Encoding.ASCII.GetString(start[8..12])
            : "";

    private static ImageFormat TypeOf(ReadOnlySpan<byte> start) => start switch
    {
        [0x89, ..] => ImageFormat.Png,
        [(byte)'R', ..] => ImageFormat.Webp,
        [(byte)'G', ..] => ImageFormat.Gif,
        [(byte)'B', ..] => ImageFormat.Bmp,
        _ => ImageFormat.Jpeg,
    };

    private static string Name(ImageFormat format)
        => format == ImageFormat.Webp ? "WebP" : format.ToString().ToUpperInvariant();

    // Rounded up, so that a file just over the limit never reads as the limit itself.
    private static int Megabytes(long bytes) => (int)((bytes + (1 << 20) - 1) >> 20);
}
