namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>Cuts MCU rows out of a picture: RGB to YCbCr, colour halved where wanted, edges repeated up to whole MCUs.</summary>
internal sealed class JpegPlaneSource
{
    private const int FractionBits = 16;
    private const int Half = 1 << FractionBits - 1;
    private const int Middle = 128 << FractionBits;

    private readonly RgbImage _image;
    private readonly int _width;
    private readonly int _sampling;
    private readonly byte[] _blueRows;
    private readonly byte[] _redRows;

    /// <param name="image">The picture.</param>
    /// <param name="width">Its width, filled up to whole MCUs.</param>
    /// <param name="sampling">1, or 2 where colour has half the size.</param>
    public JpegPlaneSource(RgbImage image, int width, int sampling)
    {
        (_image, _width, _sampling) = (image, width, sampling);
        (_blueRows, _redRows) = (new byte[width * sampling], new byte[width * sampling]);
    }

    /// <summary>Fills the samples of one MCU row whose first picture row is <paramref name="top"/>.</summary>
    public void Fill(int top, Span<byte> brightness, Span<byte> blueness, Span<byte> redness)
    {
        var rows = _sampling * JpegConstants.BlockSide;
        for (var y = 0; y < rows; y++)
        {
            var row = Math.Min(top + y, _image.Height - 1);
            var target = brightness.Slice(y * _width, _width);
            if (_sampling == 1)
            {
                Convert(row, target, blueness.Slice(y * _width, _width), redness.Slice(y * _width, _width));
                continue;
            }
            var half = y & 1;
            Convert(row, target, _blueRows.AsSpan(half * _width, _width), _redRows.AsSpan(half * _width, _width));
            if (half == 0) continue;
            var at = y / 2 * (_width / 2);
            Halve(_blueRows, blueness.Slice(at, _width / 2));
            Halve(_redRows, redness.Slice(at, _width / 2));
        }
    }

    private void Convert(int y, Span<byte> brightness, Span<byte> blueness, Span<byte> redness)
    {
        var rgb = _image.Pixels.AsSpan(y * _image.Width * 3, _image.Width * 3);
        for (var (x, from) = (0, 0); from < rgb.Length; x++, from += 3)
        {
            int red = rgb[from], green = rgb[from + 1], blue = rgb[from + 2];
            brightness[x] = (byte)(19595 * red + 38470 * green + 7471 * blue + Half >> FractionBits);
            blueness[x] = (byte)(-11059 * red - 21709 * green + 32768 * blue + Middle + Half - 1 >> FractionBits);
            redness[x] = (byte)(32768 * red - 27439 * green - 5329 * blue + Middle + Half - 1 >> FractionBits);
        }
        brightness[_image.Width..].Fill(brightness[_image.Width - 1]);
        blueness[_image.Width..].Fill(blueness[_image.Width - 1]);
        redness[_image.Width..].Fill(redness[_image.Width - 1]);
    }

    // Means of two by two; the rounding alternates, so that it has no drift.
    private void Halve(ReadOnlySpan<byte> rows, Span<byte> target)
    {
        var upper = rows[.._width];
        var lower = rows.Slice(_width, _width);
        for (var x = 0; x < target.Length; x++)
            target[x] = (byte)(upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1] + 1 + (x & 1) >> 2);
    }
}
