using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Images;

/// <summary>The two file types that are stored and served, as the database names them.</summary>
internal static class StoredFormat
{
    /// <exception cref="ArgumentOutOfRangeException">Another type, which is never stored as it is.</exception>
    public static string Of(ImageFormat format) => format switch
    {
        ImageFormat.Png => "png",
        ImageFormat.Jpeg => "jpeg",
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Not a stored type."),
    };

    /// <summary>Never taken from what somebody sent.</summary>
    public static string ContentType(string format) => format == "png" ? "image/png" : "image/jpeg";
}
