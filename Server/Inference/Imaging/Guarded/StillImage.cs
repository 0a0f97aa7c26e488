using Molmo.Demo.Inference.Imaging.Color;

namespace Molmo.Demo.Inference.Imaging.Guarded;

/// <summary>
/// Where the first frame of a WebP, GIF or BMP lies, as our own reading of its headers says; nothing is decoded yet.
/// </summary>
/// <param name="Format">By content.</param>
/// <param name="CanvasWidth">Stored width of the picture in pixels.</param>
/// <param name="CanvasHeight">Stored height of the picture in pixels.</param>
/// <param name="Width">Width of the frame in pixels, which may be less than the picture's.</param>
/// <param name="Height">Height of the frame in pixels.</param>
internal abstract record StillImage(ImageFormat Format, int CanvasWidth, int CanvasHeight, int Width, int Height)
{
    /// <summary>Pixels between the left edges of picture and frame.</summary>
    public int Left { get; init; }

    /// <summary>Pixels between the top edges of picture and frame.</summary>
    public int Top { get; init; }

    /// <summary>Whether the frame is as large as the picture.</summary>
    public bool IsWhole => (Width, Height) == (CanvasWidth, CanvasHeight);

    /// <summary>How the picture has to be turned.</summary>
    public Orientation Orientation { get; init; } = Orientation.Upright;

    /// <summary>What its samples mean; null for sRGB.</summary>
    public ColorProfile? Profile { get; init; }

    /// <summary>Whether the frame itself has transparent pixels; outside of it all are.</summary>
    public virtual bool HasAlpha => false;

    /// <summary>
    /// Bytes a pixel that the decoder is to give: red, green and blue, or those with alpha.
    /// </summary>
    public virtual int Channels => 3;

    /// <summary>Red, green and blue outside the frame, where transparency is not looked at.</summary>
    public virtual (byte Red, byte Green, byte Blue) Background => default;

    /// <summary>Takes a row of the frame as the decoder gives it.</summary>
    /// <param name="file">The file that was read.</param>
    /// <param name="y">Its row in the frame.</param>
    /// <param name="decoded">[Width, Channels].</param>
    /// <param name="rgb">[Width, 3], to be written.</param>
    /// <param name="alpha">[Width], to be written; empty where nobody asks.</param>
    public virtual void TakeRow(
        ReadOnlySpan<byte> file, int y, ReadOnlySpan<byte> decoded, Span<byte> rgb, Span<byte> alpha)
    {
        decoded.CopyTo(rgb);
        alpha.Fill(byte.MaxValue);
    }

    /// <exception cref="InvalidImageException">The headers break the rules, or the file ends in them.</exception>
    public static StillImage Read(ReadOnlySpan<byte> file, ImageFormat format) => format switch
    {
        ImageFormat.Webp => WebpStill.Read(file),
        ImageFormat.Gif => GifStill.Read(file),
        _ => BmpStill.Read(file),
    };

    /// <summary>
    /// A new file of the same type with nothing in it but this frame: no metadata, no other frames, no extensions, and
    /// every length in it checked.
    /// </summary>
    /// <param name="file">The file that was read.</param>
    /// <exception cref="InvalidImageException">The file ends before the frame does.</exception>
    public abstract byte[] Cut(ReadOnlySpan<byte> file);

    protected static InvalidImageException Damaged(string detail) => new(ImageFault.Damaged, detail);

    protected static InvalidImageException Incomplete(string detail) => new(ImageFault.Incomplete, detail);
}
