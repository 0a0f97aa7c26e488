using System.Security.Cryptography;
using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Images;

/// <summary>
/// A picture as it is stored: upright, on a ground where it was transparent, re-encoded, without any metadata but the
/// meaning of its colours.
/// </summary>
/// <param name="Bytes">The file.</param>
/// <param name="Hash">SHA-256 of it in lower-case hexadecimal.</param>
/// <param name="Format"><see cref="Png"/> or <see cref="Jpeg"/>.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Decoded">What decoding the bytes gives, where that is known without decoding them.</param>
internal sealed record StoredForm(
    ReadOnlyMemory<byte> Bytes, string Hash, string Format, int Width, int Height, RgbImage? Decoded)
{
    /// <summary>What there is to say about the file it came from.</summary>
    public ImageRemark Remark { get; init; }

    /// <summary>The two formats, as the database names them.</summary>
    public const string Png = "png", Jpeg = "jpeg";

    private const int JpegQuality = 95;

    /// <summary>The bytes to read from.</summary>
    public Stream Open() => MemoryMarshal.TryGetArray(Bytes, out var array)
        ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
        : new MemoryStream(Bytes.ToArray(), writable: false);

    /// <summary>Encodes a picture: as PNG, every pixel of it, or as a JPEG of quality 95.</summary>
    public static StoredForm Of(RgbImage image, bool isLossless)
    {
        using var bytes = new MemoryStream();
        if (isLossless) PngEncoder.Encode(image, bytes);
        else JpegEncoder.Encode(image, JpegQuality, bytes);
        var form = Of(image, bytes.GetBuffer().AsMemory(0, (int)bytes.Length), isLossless, isExact: isLossless);
        return form with { Remark = image.Remark };
    }

    /// <summary>Names bytes that are such a form.</summary>
    /// <param name="image">What they show.</param>
    /// <param name="bytes">PNG or JPEG.</param>
    /// <param name="isPng">Which of the two.</param>
    /// <param name="isExact">Whether decoding the bytes gives this image, and not one that is close to it.</param>
    public static StoredForm Of(RgbImage image, ReadOnlyMemory<byte> bytes, bool isPng, bool isExact) => new(
        bytes, Convert.ToHexStringLower(SHA256.HashData(bytes.Span)), isPng ? Png : Jpeg, image.Width, image.Height,
        isExact ? image : null);

    /// <summary>The content type of a format, never taken from what somebody sent.</summary>
    public static string ContentType(string format) => format == Png ? "image/png" : "image/jpeg";
}
