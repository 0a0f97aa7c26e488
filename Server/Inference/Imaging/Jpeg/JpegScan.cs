namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>The scan header (T.81 B.2.3).</summary>
/// <param name="Components">Interleaved where there is more than one.</param>
/// <param name="First">First coefficient in stream order.</param>
/// <param name="Last">Last coefficient.</param>
/// <param name="High">Lowest bit that was sent before, 0 in a first scan.</param>
/// <param name="Low">Lowest bit that is sent now.</param>
/// <param name="Start">Offset of the entropy-coded data.</param>
internal sealed record JpegScan(JpegComponent[] Components, int First, int Last, int High, int Low, int Start)
{
    /// <summary>
    /// Looks through a file for its scans without decoding them, so that a file of thousands is refused at once.
    /// </summary>
    /// <param name="file">The whole file.</param>
    /// <param name="limit">Counting stops above it.</param>
    /// <returns>Scans up to the end of the picture or of the file.</returns>
    public static int Count(ReadOnlySpan<byte> file, int limit)
    {
        var scans = 0;
        var position = 2;
        while (scans <= limit && JpegReader.FindMarker(file, position) is >= 0 and var at)
        {
            var marker = file[at + 1];
            if (marker == JpegMarker.Eoi) break;
            if (marker == JpegMarker.Sos) scans++;
            position = at + 2;
            if (!JpegMarker.StandsAlone(marker) && position <= file.Length - 2)
                position += Math.Max(2, file[position] << 8 | file[position + 1]);
        }
        return scans;
    }
}
