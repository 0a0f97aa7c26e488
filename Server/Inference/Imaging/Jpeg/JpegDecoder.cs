namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>JPEG to upright RGB: baseline, extended and progressive Huffman coding with 8-bit samples.</summary>
internal static class JpegDecoder
{
    // Coefficients looked at in all scans together, about two seconds of work. The largest photo, saved as programs
    // save it, needs two thirds.
    private const long MaxVisits = 1L << 30;

    /// <exception cref="InvalidImageException">No frame header, or one of a process that is not decoded.</exception>
    public static ImageHeader ReadHeader(ReadOnlySpan<byte> file)
    {
        var frame = new JpegReader(file).ReadFrame();
        return new ImageHeader(ImageFormat.Jpeg, frame.Width, frame.Height);
    }

    /// <param name="file">The whole file; the picture's size has been checked against the limits.</param>
    /// <param name="limits">For scans and memory.</param>
    /// <param name="ct">Looked at once an MCU row.</param>
    /// <exception cref="InvalidImageException">The file is damaged, cut off, too costly, or of a variant that is not
    /// read.</exception>
    public static RgbImage Decode(ReadOnlyMemory<byte> file, DecoderLimits limits, CancellationToken ct)
    {
        var reader = new JpegReader(file.Span);
        var scan = reader.ReadScan()
            ?? throw new InvalidImageException(ImageFault.Damaged, "The picture ends before its first scan.");
        var frame = reader.Frame!;
        if (frame.BlockCount > file.Length * 8L)
            throw new InvalidImageException(
                ImageFault.Incomplete, $"{file.Length} bytes cannot hold {frame.BlockCount} blocks.");
        if (JpegScan.Count(file.Span, limits.MaxScans) > limits.MaxScans)
            throw new InvalidImageException(ImageFault.TooMuchWork, $"More than {limits.MaxScans} scans.");
        if (!frame.IsProgressive && scan.Components.Length == frame.Components.Length)
            return DecodeSingleScan(reader, frame, scan, file.Span, ct);
        return DecodeScans(reader, frame, scan, file.Span, limits, ct);
    }

    private static RgbImage DecodeSingleScan(
        JpegReader reader, JpegFrame frame, JpegScan scan, ReadOnlySpan<byte> file, CancellationToken ct)
    {
        var decoder = new JpegScanDecoder(file, frame, scan, reader.RestartInterval);
        var profile = reader.Profile;
        var canvas = new UprightCanvas(frame.Width, frame.Height, reader.Orientation);
        var planes = new JpegPlanes(frame, ModelOf(reader), canvas);
        for (var mcuRow = 0; mcuRow < frame.McusHigh; mcuRow++)
        {
            ct.ThrowIfCancellationRequested();
            decoder.DecodeIntoSamples(mcuRow, planes);
            planes.FinishMcuRow(mcuRow);
        }
        decoder.RequireContent();
        return canvas.ToImage(profile);
    }

    private static RgbImage DecodeScans(
        JpegReader reader, JpegFrame frame, JpegScan first, ReadOnlySpan<byte> file, DecoderLimits limits,
        CancellationToken ct)
    {
        var memory = frame.Width * (long)frame.Height * 3;
        foreach (var component in frame.Components) memory += component.CoefficientBytes;
        if (memory > limits.MaxMemory)
            throw new InvalidImageException(
                ImageFault.TooMuchWork, $"Several scans would take {memory} bytes of memory.");
        foreach (var component in frame.Components) component.AllocateCoefficients();

        var visits = 0L;
        for (var scan = first; scan is not null; scan = ReadNextScan(ref reader))
        {
            visits += VisitsOf(scan);
            if (visits > MaxVisits)
                throw new InvalidImageException(ImageFault.TooMuchWork, "The scans go over the picture too often.");
            var decoder = new JpegScanDecoder(file, frame, scan, reader.RestartInterval);
            decoder.DecodeIntoCoefficients(ct);
            if (scan == first) decoder.RequireContent();
            reader.Position = decoder.Position;
        }
        foreach (var component in frame.Components)
            if (component.KnownTo[0] < 0)
                throw new InvalidImageException(
                    ImageFault.Damaged, $"No scan has the values of component {component.Id}.");

        var profile = reader.Profile;
        var canvas = new UprightCanvas(frame.Width, frame.Height, reader.Orientation);
        var planes = new JpegPlanes(frame, ModelOf(reader), canvas);
        for (var mcuRow = 0; mcuRow < frame.McusHigh; mcuRow++)
        {
            ct.ThrowIfCancellationRequested();
            planes.PutCoefficients(mcuRow);
            planes.FinishMcuRow(mcuRow);
        }
        return canvas.ToImage(profile);
    }

    // Where the file ends without saying so, a picture that is whole to its last bit is taken all the same.
    private static JpegScan? ReadNextScan(ref JpegReader reader)
    {
        try
        {
            return reader.ReadScan();
        }
        catch (InvalidImageException e) when (e.Fault == ImageFault.Incomplete && IsWhole(reader.Frame!))
        {
            return null;
        }
    }

    private static bool IsWhole(JpegFrame frame)
        => Array.TrueForAll(frame.Components, c => Array.TrueForAll(c.KnownTo, bit => bit == 0));

    private static long VisitsOf(JpegScan scan)
    {
        var blocks = 0L;
        foreach (var component in scan.Components)
            blocks += (long)component.StoredBlocksWide * component.StoredBlocksHigh;
        return blocks * (Math.Max(0, scan.Last - scan.First) + 1);
    }

    private static JpegColorModel ModelOf(JpegReader reader)
        => JpegColor.ModelOf(reader.Frame!, reader.HasJfif, reader.AdobeTransform);
}
