using System.Buffers.Binary;
using Molmo.Demo.Inference.Imaging.Color;

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

    /// <summary>Alpha of 256 palette entries, opaque where the file gives none; null without tRNS.</summary>
    public byte[]? PaletteAlpha { get; private set; }

    /// <summary>
    /// The grey, or the red, green and blue, that is transparent, in samples of the file; null without one.
    /// </summary>
    public ushort[]? TransparentColor { get; private set; }

    /// <summary>Whether a pixel may be transparent.</summary>
    public bool HasAlpha => PaletteAlpha is not null || TransparentColor is not null
        || Header.ColorType is PngColorType.GreyAlpha or PngColorType.Rgba;

    /// <summary>What its samples mean; null for sRGB.</summary>
    public ColorProfile? Profile { get; private set; }

    /// <summary>From eXIf, else from a text chunk with EXIF, else from one with XMP.</summary>
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
        var orientation = new PngOrientation();
        var color = new PngColor();
        while (PngChunkReader.TryReadPart(file, position, out var chunk))
        {
            // A cut file may end within its pixels, and all of them be there.
            if (chunk.End > file.Length && chunk.Type != PngConstants.Idat) break;
            position = Math.Min(chunk.End, file.Length);
            if (chunk.Type == PngConstants.Idat && layout.FirstIdat == 0)
                layout.FirstIdat = chunk.Start - PngConstants.ChunkHead;
            layout.HasEnd = chunk.Type == PngConstants.Iend;
            if (layout.HasEnd) break;
            orientation.Read(file, chunk);
            if (layout.FirstIdat == 0) layout.ReadBeforePixels(file, chunk, color);
        }
        layout.Orientation = orientation.Found;
        layout.Profile = color.Profile;
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

    private void ReadBeforePixels(ReadOnlySpan<byte> file, PngChunk chunk, PngColor color)
    {
        if (PngConstants.IsCritical(chunk.Type)) ReadCritical(file, chunk);
        // Metadata never refuses a picture: what is damaged is not there.
        else if (PngConstants.IsColor(chunk.Type) && PngChunkReader.IsIntact(file, chunk))
        {
            var data = file.Slice(chunk.Start, chunk.Length);
            if (chunk.Type == PngConstants.Trns) ReadTransparency(data);
            else color.Read(chunk.Type, data, Header.ColorType is PngColorType.Grey or PngColorType.GreyAlpha);
        }
    }

    private void ReadTransparency(ReadOnlySpan<byte> data)
    {
        if (HasAlpha) return;
        if (Header.ColorType == PngColorType.Palette)
        {
            PaletteAlpha = new byte[256];
            PaletteAlpha.AsSpan().Fill(byte.MaxValue);
            data[..Math.Min(data.Length, PaletteAlpha.Length)].CopyTo(PaletteAlpha);
            return;
        }
        var samples = Header.ColorType == PngColorType.Grey ? 1 : 3;
        if (data.Length < 2 * samples) return;
        TransparentColor = new ushort[samples];
        // Of two bytes a sample uses those bits that it has.
        var mask = (1 << Header.BitDepth) - 1;
        for (var i = 0; i < samples; i++)
            TransparentColor[i] = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(data[(2 * i)..]) & mask);
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
