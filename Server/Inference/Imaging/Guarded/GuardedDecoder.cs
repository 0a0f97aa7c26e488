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
    /// <param name="ct">Ends the work at any point.</param>
    /// <exception cref="InvalidImageException">It is refused, or its decoding took too much time or memory.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> was cancelled.</exception>
    public static RgbImage Decode(
        ReadOnlyMemory<byte> file, ImageFormat format, DecoderLimits limits, CancellationToken ct)
    {
        var still = StillImage.Read(file.Span, format);
        var cut = still.Cut(file.Span);
        var canvas = new UprightCanvas(still.CanvasWidth, still.CanvasHeight, still.Orientation);
        using var process = Start(still, cut.Length);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(TimeSpan.FromSeconds(limits.MaxSeconds));
        using (limit.Token.Register(process.Kill))
        {
            try
            {
                process.Send(cut);
                Fill(canvas, still, process.Pixels);
                return canvas.ToImage();
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
            return DecoderProcess.Start(still.Format, length, still.Width, still.Height);
        }
        catch (Win32Exception e)
        {
            var detail = $"The decoder cannot be started: {e.Message}";
            throw new InvalidImageException(ImageFault.UnsupportedVariant, detail);
        }
    }

    /// <exception cref="EndOfStreamException">Fewer pixels came than there should be.</exception>
    private static void Fill(UprightCanvas canvas, StillImage still, Stream pixels)
    {
        var (red, green, blue) = still.Background;
        var isWhole = (still.Width, still.Height) == (still.CanvasWidth, still.CanvasHeight);
        for (var y = 0; y < still.CanvasHeight; y++)
        {
            var row = canvas.Row(y);
            if (!isWhole) for (var i = 0; i < row.Length; i += 3) (row[i], row[i + 1], row[i + 2]) = (red, green, blue);
            if (y >= still.Top && y - still.Top < still.Height)
                pixels.ReadExactly(row.Slice(still.Left * 3, still.Width * 3));
            canvas.CommitRow(y);
        }
    }
}
