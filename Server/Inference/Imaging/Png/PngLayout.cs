
namespace Molmo.Demo.Inference.Imaging.Png;

/// <summary>Where the parts of a PNG are: all that is known before its pixels are inflated.</summary>
internal sealed class PngLayout
{
    private PngLayout(PngHeader header) => Header = header;

    public PngHeader Header { get; }

    /// <summary>
    /// Red, green, blue of 256 entries; those that the file does not give are greys, as in the reference. Null without
    /// PLTE.
    /// </summary>
    public byte[]? Palette { get; private set; }

    /// <summary>Offset of the first IDAT chunk's head.</summary>
    public int FirstIdat { get; private set; }

    /// <summary>From eXIf, else from an XMP text chunk that is not compressed.</summary>
    public Orientation Orientation { get; private set; } = Orientation.Upright;

    /// <summary>Whether the file ends where it should.</summary>
    public bool HasEnd { get; private set; }

    /// <summary>Reads IHDR alone.</summary>
    /// <exception cref="InvalidImageException">The first chunk is cut off, damaged or not IHDR.</exception>
    public static PngHeader ReadHeader(ReadOnlySpan<byte> file) => ReadHeader(file, out _);

    /// <summary>
    /// Walks all chunks. What follows the pixels may be damaged or missing; what precedes them may not.
    /// </summary>
    /// <exception cref="InvalidImageException">No picture can come of this file.</exception>
    public static PngLayout Read(ReadOnlySpan<byte> file)
    {
        var layout = new PngLayout(ReadHeader(file, out var position));
        Orientation? exif = null, xmp = null;
        while (PngChunkReader.TryRead(file, position, out var chunk))
        {
            position = chunk.End;
            var data = file.Slice(chunk.Start, chunk.Length);
            switch (chunk.Type)
            {
                case PngConstants.Idat:
                    if (layout.FirstIdat == 0) layout.FirstIdat = chunk.Start - PngConstants.ChunkHead;
                    break;
                case PngConstants.Exif:
                    if (PngChunkReader.IsIntact(file, chunk)) exif ??= ExifReader.ReadOrientation(data);
                    break;
                case PngConstants.Itxt:
                    xmp ??= XmpReader.ReadOrientation(data);
                    break;
                case PngConstants.Iend:
                    layout.HasEnd = true;
                    break;
                default:
                    if (layout.FirstIdat == 0 && PngConstants.IsCritical(chunk.Type)) layout.ReadCritical(file, chunk);
                    break;
            }
            if (layout.HasEnd) break;
        }
        layout.Orientation = exif ?? xmp ?? Orientation.Upright;
        layout.RequirePixels(file, position);
        return layout;
    }

    private static PngHeader ReadHeader(ReadOnlySpan<byte> file, out int next)
    {
        if (!PngChunkReader.TryRead(file, ImageSignature.Png.Length, out var chunk))
            throw new InvalidImageException(ImageFault.Incomplete, "The file ends in its first chunk.");
        if (chunk.Type == PngConstants.Cgbi)
            throw new InvalidImageException(ImageFault.UnsupportedVariant, "PNG in Apple's CgBI variant.");
        if (chunk.Type != PngConstants.Ihdr) throw Damaged($"The first chunk is {PngChunkReader.Name(chunk.Type)}.");
        var header = PngHeader.Read(file.Slice(chunk.Start, chunk.Length));
        if (!PngChunkReader.IsIntact(file, chunk)) throw Damaged("IHDR does not match its checksum.");
        next = chunk.End;
        return header;
    }

    private void ReadCritical(ReadOnlySpan<byte> file, PngChunk chunk)
    {
        if (chunk.Type == PngConstants.Ihdr) throw Damaged("IHDR comes twice.");
        if (chunk.Type != PngConstants.Plte)
            throw new InvalidImageException(
                ImageFault.UnsupportedVariant, $"Chunk {PngChunkReader.Name(chunk.Type)} is critical and unknown.");

        // In other colour types the palette is a hint for poor displays, so its faults are nobody's business.
        if (Header.ColorType != PngColorType.Palette) return;
        if (Palette is not null) throw Damaged("PLTE comes twice.");
        if (!PngChunkReader.IsIntact(file, chunk)) throw Damaged("PLTE does not match its checksum.");
        if (chunk.Length is 0 or > 256 * 3 || chunk.Length % 3 != 0) throw Damaged($"PLTE has {chunk.Length} bytes.");
        Palette = new byte[256 * 3];
        for (var i = 0; i < Palette.Length; i++) Palette[i] = (byte)(i / 3);
        file.Slice(chunk.Start, chunk.Length).CopyTo(Palette);
    }

    private void RequirePixels(ReadOnlySpan<byte> file, int position)
    {
        if (FirstIdat == 0)
        {
            // A cut file may end within its first IDAT, and then has no whole one.
            if (HasEnd) throw Damaged("No IDAT chunk.");
            throw new InvalidImageException(
                ImageFault.Incomplete, $"The file ends at byte {file.Length}, in or before the chunk at {position}.");
        }
        if (Header.ColorType == PngColorType.Palette && Palette is null) throw Damaged("Palette picture without PLTE.");
    }

    private static InvalidImageException Damaged(string detail) => new(ImageFault.Damaged, detail);
}
