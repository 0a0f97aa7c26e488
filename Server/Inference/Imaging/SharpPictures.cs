using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Memory;
using SixLabors.ImageSharp.PixelFormats;

namespace Molmo.Demo.Inference.Imaging;

/// <summary>The bridge to ImageSharp, for pictures that this program made or decoded itself.</summary>
internal static class SharpPictures
{
    // Knows no format, so that it cannot decode; one thread, because questions need the other cores; no memory kept for
    // later.
    private static readonly Configuration Configuration = new()
    {
        MaxDegreeOfParallelism = 1,
        MemoryAllocator = MemoryAllocator.Create(new MemoryAllocatorOptions { MaximumPoolSizeMegabytes = 0 }),
    };

    /// <summary>The pixels, which bring no metadata along. Not copied: that takes longer than to scale them.</summary>
    public static Image<Rgb24> From(RgbImage image)
        => Image.WrapMemory<Rgb24>(Configuration, image.Pixels.AsMemory(), image.Width, image.Height);
}
