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
    /// <param name="ground">What stands behind transparent pixels.</param>
    /// <param name="ct">Looked at once a row.</param>
    /// <exception cref="InvalidImageException">The file is damaged, cut off, or of a variant that is not
    /// read.</exception>
    public static RgbImage Decode(ReadOnlyMemory<byte> file, Ground ground, CancellationToken ct)
    {
        var layout = PngLayout.Read(file.Span);
        using var rows = new PngRowReader(file, layout);
        var (width, height) = (layout.Header.Width, layout.Header.Height);
        var color = new UprightCanvas(width, height, layout.Orientation);
        var alpha = layout.HasAlpha && ground != Ground.None
            ? new UprightCanvas(width, height, layout.Orientation, channels: 1)
            : null;
        if (layout.Header.Interlaced) DecodeInterlaced(layout, rows, color, alpha, ct);
        else DecodeRows(layout, rows, color, alpha, ct);
        var hasWrongChecksum = rows.HasWrongChecksum();
        var image = color.ToImage(layout.Profile, hasWrongChecksum ? ImageRemark.WrongChecksum : ImageRemark.None);
        if (alpha is not null) Transparency.Flatten(image, alpha.ToAlpha(), ground);
        return image;
    }

    private static void DecodeRows(
        PngLayout layout, PngRowReader rows, UprightCanvas color, UprightCanvas? alpha, CancellationToken ct)
    {
        var header = layout.Header;
        rows.Begin(header.RowBytes(header.Width), header.Height);
        for (var y = 0; y < header.Height; y++)
        {
            ct.ThrowIfCancellationRequested();
            var samples = rows.Next();
            PngRowConverter.Convert(header, layout.Palette, samples, color.Row(y));
            color.CommitRow(y);
            if (alpha is null) continue;
            PngRowConverter.ReadAlpha(layout, samples, alpha.Row(y));
            alpha.CommitRow(y);
        }
    }

    private static void DecodeInterlaced(
        PngLayout layout, PngRowReader rows, UprightCanvas color, UprightCanvas? alpha, CancellationToken ct)
    {
        var header = layout.Header;
        var row = new byte[header.Width * 3];
        foreach (var pass in Adam7.Passes)
        {
            var (columns, height) = (pass.Columns(header.Width), pass.Rows(header.Height));
            if (columns == 0 || height == 0) continue;
            rows.Begin(header.RowBytes(columns), height);
            for (var y = pass.Y; y < header.Height; y += pass.StepY)
            {
                ct.ThrowIfCancellationRequested();
                var samples = rows.Next();
                PngRowConverter.Convert(header, layout.Palette, samples, row.AsSpan(0, columns * 3));
                color.Scatter(row.AsSpan(0, columns * 3), pass.X, pass.StepX, y);
                if (alpha is null) continue;
                PngRowConverter.ReadAlpha(layout, samples, row.AsSpan(0, columns));
                alpha.Scatter(row.AsSpan(0, columns), pass.X, pass.StepX, y);
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
