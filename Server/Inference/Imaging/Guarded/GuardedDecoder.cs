using System.ComponentModel;

namespace Molmo.Demo.Inference.Imaging.Guarded;

/// <summary>
/// WebP, GIF and BMP to upright RGB: our own code reads the headers and cuts out the first frame, and ImageSharp
/// decodes that, in a process with a limit on time and memory.
/// </summary>
internal static class GuardedDecoder
{
    /// <exception cref="InvalidImageException">The headers break the rules, or the file ends in them.</exception>
    public static ImageHeader ReadHeader(ReadOnlySpan<byte> file, ImageFormat format)
    {
        var still = StillImage.Read(file, format);
        return new ImageHeader(format, still.CanvasWidth, still.CanvasHeight);
    }

    /// <param name="file">The whole file; the picture's size has been checked against the limits.</param>
    /// <param name="format">By content.</param>
    /// <param name="limits">Of which the time is looked at.</param>
    /// <param name="ground">What stands behind transparent pixels.</param>
    /// <param name="ct">Ends the work at any point.</param>
    /// <exception cref="InvalidImageException">It is refused, or its decoding took too much time or memory.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> was cancelled.</exception>
    public static RgbImage Decode(
        ReadOnlyMemory<byte> file, ImageFormat format, DecoderLimits limits, Ground ground,
        CancellationToken ct)
    {
        var still = StillImage.Read(file.Span, format);
        var cut = still.Cut(file.Span);
        var color = new UprightCanvas(still.CanvasWidth, still.CanvasHeight, still.Orientation);
        var alpha = ground != Ground.None && (still.HasAlpha || !still.IsWhole)
            ? new UprightCanvas(still.CanvasWidth, still.CanvasHeight, still.Orientation, channels: 1)
            : null;
        using var process = Start(still, cut.Length);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(TimeSpan.FromSeconds(limits.MaxSeconds));
        using (limit.Token.Register(process.Kill))
        {
            try
            {
                process.Send(cut);
                Fill(color, alpha, still, file.Span, process.Pixels);
                var image = color.ToImage(still.Profile);
                if (alpha is not null) Transparency.Flatten(image, alpha.ToAlpha(), ground);
                return image;
            }
            catch (IOException)
            {
                // Its pipes end with it, for whatever reason.
                var refusal = process.Refusal();
                ct.ThrowIfCancellationRequested();
                if (limit.IsCancellationRequested)
                    throw new InvalidImageException(ImageFault.TooMuchWork, $"No picture after {limits.MaxSeconds} s.");
                throw refusal;
            }
        }
    }

    private static DecoderProcess Start(StillImage still, int length)
    {
        try
        {
            return DecoderProcess.Start(still.Format, length, still.Width, still.Height, still.Channels);
        }
        catch (Win32Exception e)
        {
            var detail = $"The decoder cannot be started: {e.Message}";
            throw new InvalidImageException(ImageFault.UnsupportedVariant, detail);
        }
    }

    /// <exception cref="EndOfStreamException">Fewer pixels came than there should be.</exception>
    private static void Fill(
        UprightCanvas color, UprightCanvas? alpha, StillImage still, ReadOnlySpan<byte> file, Stream pixels)
    {
        var (red, green, blue) = still.Background;
        var decoded = new byte[still.Width * still.Channels];
        for (var y = 0; y < still.CanvasHeight; y++)
        {
            var row = color.Row(y);
            var opacity = alpha is null ? [] : alpha.Row(y);
            if (!still.IsWhole)
            {
                for (var i = 0; i < row.Length; i += 3) (row[i], row[i + 1], row[i + 2]) = (red, green, blue);
                opacity.Clear();
            }
            if (y >= still.Top && y - still.Top < still.Height)
            {
                pixels.ReadExactly(decoded);
                still.TakeRow(
                    file, y - still.Top, decoded, row.Slice(still.Left * 3, still.Width * 3),
                    alpha is null ? [] : opacity.Slice(still.Left, still.Width));
            }
            color.CommitRow(y);
            alpha?.CommitRow(y);
        }
    }
}
