using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Images;

/// <summary>The sentences that refuse a picture.</summary>
internal static class ImageRefusals
{
    private static readonly ImageLimits Limits = ImageLimits.Default;

    public static ImageRefusedException TooManyBytes(long? bytes) => new(StatusCodes.Status413PayloadTooLarge, bytes is { } known
        ? $"This photo is {Megabytes(known)} MB. The limit is {Megabytes(Limits.MaxBytes)} MB - crop it or save a smaller copy."
        : $"This photo is larger than {Megabytes(Limits.MaxBytes)} MB, which is the limit - crop it or save a smaller copy.");

    public static ImageRefusedException NoFile()
        => new(StatusCodes.Status400BadRequest, "There is no picture in this request. Send the file as the body, or as the form field \"file\".");

    public static ImageRefusedException BrokenRequest(string detail)
        => new(StatusCodes.Status400BadRequest, "The upload did not arrive whole. Nothing was stored - please send it again.", detail);

    public static ImageRefusedException TooSlow()
        => new(StatusCodes.Status408RequestTimeout, "The upload took too long and was ended. Nothing was stored - try again on a faster connection, or with a smaller copy.");

    public static ImageRefusedException TooMany(int limit, TimeSpan retryAfter)
        => new(StatusCodes.Status429TooManyRequests, $"That was {limit} photos within a minute, which is the limit. Your photo was not stored - wait a minute and send it again.", retryAfter: retryAfter);

    public static ImageRefusedException StorageShare(int megabytes)
        => new(StatusCodes.Status429TooManyRequests, $"Your photos here take {megabytes} MB, which is the limit. This one was not stored - delete one that you no longer need.", retryAfter: TimeSpan.FromMinutes(1));

    public static ImageRefusedException PrivateChatOver()
        => new(StatusCodes.Status404NotFound, "This chat leaves no trace and has ended; nothing of it is left. Your photo was not stored - start a new chat for it.");

    public static ImageRefusedException PrivateMemoryFull()
        => new(StatusCodes.Status503ServiceUnavailable, "Chats that leave no trace take all the memory there is for them right now. Your photo was not stored - try again later, or in an ordinary chat.", retryAfter: TimeSpan.FromMinutes(5));

    public static ImageRefusedException Busy()
        => new(StatusCodes.Status503ServiceUnavailable, "Many photos are arriving right now. Yours was not stored - try again in a moment.", retryAfter: TimeSpan.FromSeconds(10));

    public static ImageRefusedException StorageFull(string detail)
        => new(StatusCodes.Status503ServiceUnavailable, "The storage is full, so this photo was not kept. Everything stored before is still here - try again later.", detail, TimeSpan.FromMinutes(5));

    public static ImageRefusedException StorageFailed(string detail)
        => new(StatusCodes.Status503ServiceUnavailable, "The storage did not answer, so this photo was not kept. Everything stored before is still here - try again in a moment.", detail, TimeSpan.FromSeconds(30));

    /// <param name="e">Why the decoder refused.</param>
    /// <param name="start">The first bytes of the file.</param>
    public static ImageRefusedException From(InvalidImageException e, ReadOnlySpan<byte> start)
    {
        var type = e.Header?.Format ?? TypeOf(start);
        var (status, sentence) = e.Fault switch
        {
            ImageFault.UnsupportedType => (StatusCodes.Status415UnsupportedMediaType, OtherType(start)),
            ImageFault.UnsupportedVariant => (StatusCodes.Status422UnprocessableEntity, $"This {Name(type)} variant is not supported. Nothing was stored - save the photo again as an ordinary JPEG or PNG."),
            ImageFault.TooLarge => (StatusCodes.Status413PayloadTooLarge, TooManyPixels(e.Header)),
            ImageFault.Incomplete => (StatusCodes.Status422UnprocessableEntity, $"The file says it is a {Name(type)} but ends before the picture does: it is incomplete. Nothing was stored - send the whole file."),
            ImageFault.TooMuchWork => (StatusCodes.Status422UnprocessableEntity, $"This {Name(type)} would take far more work than a photo of its size needs. Nothing was stored - save the photo again and send that copy."),
            _ => (StatusCodes.Status422UnprocessableEntity, $"The file says it is a {Name(type)} but cannot be opened. Nothing was sent."),
        };
        return new ImageRefusedException(status, sentence, $"{e.Fault}: {e.Message}");
    }

    private static string TooManyPixels(ImageHeader? header)
    {
        if (header is null)
            return $"This picture has too many pixels. The limit is {Limits.MaxPixels / 1_000_000} megapixels. Please shrink it.";
        var pixels = (long)header.Width * header.Height;
        return pixels > Limits.MaxPixels
            ? string.Create(CultureInfo.InvariantCulture, $"This picture is {header.Width} x {header.Height} ({pixels / 1e6:0} megapixels). The limit is {Limits.MaxPixels / 1_000_000}. Please shrink it.")
            : $"This picture is {header.Width} x {header.Height}. The limit is {Limits.MaxSide} pixels a side. Please crop or shrink it.";
    }

    private static string OtherType(ReadOnlySpan<byte> start)
    {
        if (start.IsEmpty) return "The file is empty. Nothing was stored.";
        return Container(start) is "heic" or "heix" or "heim" or "heis" or "hevc" or "mif1" or "msf1"
            ? "This browser and server cannot open HEIC. On iPhone: Settings, Camera, Formats, Most Compatible; or share it as JPEG."
            : "This file is not a picture that can be opened here. JPEG, PNG, WebP, GIF and BMP can; AVIF and HEIC where your browser can open them. Nothing was stored.";
    }

    // The brand of an ISO base media file, as HEIC and AVIF are.
    private static string Container(ReadOnlySpan<byte> start)
        => start.Length >= 12 && start[4..8].SequenceEqual("ftyp"u8) ? System.Text.Encoding.ASCII.GetString(start[8..12]) : "";

    private static ImageFormat TypeOf(ReadOnlySpan<byte> start) => start switch
    {
        [0x89, ..] => ImageFormat.Png,
        [(byte)'R', ..] => ImageFormat.Webp,
        [(byte)'G', ..] => ImageFormat.Gif,
        [(byte)'B', ..] => ImageFormat.Bmp,
        _ => ImageFormat.Jpeg,
    };

    private static string Name(ImageFormat format) => format == ImageFormat.Webp ? "WebP" : format.ToString().ToUpperInvariant();

    // Rounded up, so that a file just over the limit never reads as the limit itself.
    private static string Megabytes(long bytes) => ((bytes + (1 << 20) - 1) >> 20).ToString(CultureInfo.InvariantCulture);
}
