using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Images;

/// <summary>The two file types that are stored and served, as the database names them.</summary>
internal static class StoredFormat
{
    public static string Of(ImageFormat format) => format == ImageFormat.Png ? "png" : "jpeg";

    /// <summary>Never taken from what somebody sent.</summary>
    public static string ContentType(string format) => format == "png" ? "image/png" : "image/jpeg";
}
