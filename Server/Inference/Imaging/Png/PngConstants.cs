namespace Molmo.Demo.Inference.Imaging.Png;

/// <summary>Colour types of IHDR: bit 0 palette, bit 1 colour, bit 2 alpha.</summary>
internal enum PngColorType : byte
{
    Grey = 0,
    Rgb = 2,
    Palette = 3,
    GreyAlpha = 4,
    Rgba = 6,
}

/// <summary>Chunk types as big-endian integers, and the sizes of the container.</summary>
internal static class PngConstants
{
    public const uint Ihdr = 0x49484452;
    public const uint Plte = 0x504C5445;
    public const uint Idat = 0x49444154;
    public const uint Iend = 0x49454E44;
    public const uint Exif = 0x65584966;
    public const uint Itxt = 0x69545874;

    /// <summary>Apple's variant: colours in another order and deflate without its envelope.</summary>
    public const uint Cgbi = 0x43674249;

    /// <summary>Length and type before a chunk's data.</summary>
    public const int ChunkHead = 8;

    /// <summary>The checksum behind a chunk's data.</summary>
    public const int ChunkTail = 4;

    public const int IhdrLength = 13;

    /// <summary>A chunk without which the picture cannot be shown: bit 5 of the type's first byte is clear.</summary>
    public static bool IsCritical(uint type) => (type & 0x20000000) == 0;
}
