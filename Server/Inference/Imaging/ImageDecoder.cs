using Molmo.Demo.Inference.Imaging.Guarded;
using Molmo.Demo.Inference.Imaging.Jpeg;
using Molmo.Demo.Inference.Imaging.Png;

namespace Molmo.Demo.Inference.Imaging;

/// <summary>
/// Reads pictures of untrusted origin. The content says what a file is; names and media types are not looked at.
/// </summary>
public static class ImageDecoder
{
    /// <summary>Type and stored size, from the first bytes of the file that hold them.</summary>
    /// <exception cref="InvalidImageException">Not a type that is read, or its header breaks the rules.</exception>
    public static ImageHeader ReadHeader(ReadOnlySpan<byte> file) => ImageSignature.Detect(file) switch
    {
        ImageFormat.Png => PngDecoder.ReadHeader(file),
        ImageFormat.Jpeg => JpegDecoder.ReadHeader(file),
        var other => GuardedDecoder.ReadHeader(file, other),
    };

    /// <inheritdoc cref="Decode(ReadOnlyMemory{byte}, ImageHeader, DecoderLimits, CancellationToken)"/>
    public static RgbImage Decode(ReadOnlyMemory<byte> file, DecoderLimits limits, CancellationToken ct = default)
        => Decode(file, ReadHeader(file.Span), limits, ct);

    /// <summary>
    /// Decodes to upright RGB: EXIF orientation applied, transparent pixels laid on white, or on black behind a light
    /// drawing. Gamma and colour profiles change no pixel, and come along as <see cref="RgbImage.Profile"/>. Of moving
    /// pictures the first frame.
    /// </summary>
    /// <param name="file">The whole file; bytes behind the picture are ignored.</param>
    /// <param name="header">Its header, where that was read before.</param>
    /// <param name="limits">Checked against the header before pixels are allocated.</param>
    /// <param name="ct">Looked at once a row, MCU row or scan; ends the process that decodes the other types.</param>
    /// <exception cref="InvalidImageException">The picture is refused; nothing else is thrown for any
    /// content.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> was cancelled.</exception>
    public static RgbImage Decode(
        ReadOnlyMemory<byte> file, ImageHeader header, DecoderLimits limits, CancellationToken ct = default)
        => Decode(file, header, limits, Ground.Chosen, ct);

    internal static RgbImage Decode(
        ReadOnlyMemory<byte> file, ImageHeader header, DecoderLimits limits, Ground ground, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(limits);
        ct.ThrowIfCancellationRequested();
        limits.Check(header);
        try
        {
            return header.Format switch
            {
                ImageFormat.Png => PngDecoder.Decode(file, ground, ct),
                ImageFormat.Jpeg => JpegDecoder.Decode(file, limits, ct),
                _ => GuardedDecoder.Decode(file, header.Format, limits, ground, ct),
            };
        }
        catch (InvalidImageException e) when (e.Header is null)
        {
            throw new InvalidImageException(e.Fault, e.Message, header);
        }
    }
}
