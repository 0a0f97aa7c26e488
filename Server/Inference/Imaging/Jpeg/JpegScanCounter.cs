namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>Looks through a file for its scans without decoding them, so that a file of thousands is refused at once.</summary>
internal static class JpegScanCounter
{
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
