namespace Molmo.Demo.Shared.Images;

/// <summary>What a picture may be; told to the browser too, so that it refuses before sending.</summary>
/// <param name="MaxBytes">Bytes of the file.</param>
/// <param name="MaxPixels">Width times height.</param>
/// <param name="MaxSide">Longest side in pixels.</param>
public sealed record ImageLimits(long MaxBytes, long MaxPixels, int MaxSide)
{
    /// <summary>
    /// 20 MiB, what rounds to 64 megapixels, so that no refusal says that 64 are more than 64, and 16384 a side.
    /// </summary>
    public static ImageLimits Default { get; } = new(20L << 20, 64_499_999, 16_384);
}
