namespace Molmo.Demo.Inference.Imaging.Png;

/// <summary>
/// PNG to upright RGB. Of an animation the default image is taken; ancillary chunks are never inflated.
/// </summary>
internal static class PngDecoder
{
    /// <exception cref="InvalidImageException">IHDR is missing or breaks the rules.</exception>
    public static ImageHeader ReadHeader(ReadOnlySpan<byte> file)
    {
        var header = PngLayout.ReadHeader(file);
        return new ImageHeader(ImageFormat.Png, header.Width, header.Height);
    }

    /// <param name="file">The whole file; the picture's size has been checked against the limits.</param>
    /// <param name="ct">Looked at once a row.</param>
    /// <exception cref="InvalidImageException">The file is damaged, cut off, or of a variant that is not
    /// read.</exception>
    public static RgbImage Decode(ReadOnlyMemory<byte> file, CancellationToken ct)
    {
        var layout = PngLayout.Read(file.Span);
        using var rows = new PngRowReader(file, layout);
        var canvas = new UprightCanvas(layout.Header.Width, layout.Header.Height, layout.Orientation);
        if (layout.Header.Interlaced) DecodeInterlaced(layout, rows, canvas, ct);
        else DecodeRows(layout, rows, canvas, ct);
        return canvas.ToImage();
    }

    private static void DecodeRows(PngLayout layout, PngRowReader rows, UprightCanvas canvas, CancellationToken ct)
    {
        var header = layout.Header;
        rows.Begin(header.RowBytes(header.Width), header.Height);
        for (var y = 0; y < header.Height; y++)
        {
            ct.ThrowIfCancellationRequested();
            PngRowConverter.Convert(header, layout.Palette, rows.Next(), canvas.Row(y));
            canvas.CommitRow(y);
        }
    }

    private static void DecodeInterlaced(
        PngLayout layout, PngRowReader rows, UprightCanvas canvas, CancellationToken ct)
    {
        var header = layout.Header;
        var rgb = new byte[header.Width * 3];
        foreach (var pass in Adam7.Passes)
        {
            var (columns, height) = (pass.Columns(header.Width), pass.Rows(header.Height));
            if (columns == 0 || height == 0) continue;
            rows.Begin(header.RowBytes(columns), height);
            for (var row = 0; row < height; row++)
            {
                ct.ThrowIfCancellationRequested();
                var pixels = rgb.AsSpan(0, columns * 3);
                PngRowConverter.Convert(header, layout.Palette, rows.Next(), pixels);
                canvas.Scatter(pixels, pass.X, pass.StepX, pass.Y + row * pass.StepY);
            }
        }
    }
}

/// <summary>
/// One of the seven pictures that an interlaced PNG is sent in: every StepX-th pixel of every StepY-th row.
/// </summary>
internal readonly record struct Adam7(int X, int Y, int StepX, int StepY)
{
    /// <summary>The passes in the order of the file.</summary>
    public static readonly Adam7[] Passes =
    [
        new(0, 0, 8, 8), new(4, 0, 8, 8), new(0, 4, 4, 8), new(2, 0, 4, 4), new(0, 2, 2, 4), new(1, 0, 2, 2),
        new(0, 1, 1, 2),
    ];

    /// <summary>Pixels a row of this pass, 0 where the picture is too narrow.</summary>
    public int Columns(int width) => (width - X + StepX - 1) / StepX;

    /// <summary>Rows of this pass.</summary>
    public int Rows(int height) => (height - Y + StepY - 1) / StepY;
}
