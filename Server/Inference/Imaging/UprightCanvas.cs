using Molmo.Demo.Inference.Imaging.Color;

namespace Molmo.Demo.Inference.Imaging;

/// <summary>
/// Takes pixels in stored order and puts each where it belongs in the upright picture, so that a turned photo needs no
/// second buffer of its size. A pixel is red, green and blue, or alpha alone.
/// </summary>
internal sealed class UprightCanvas
{
    // Rows gathered before they are scattered into columns: eight neighbours of 3 bytes share a cache line.
    private const int BandRows = 8;

    private const int Rgb = 3;

    private readonly int _channels;

    private readonly int _storedWidth;
    private readonly int _storedHeight;
    private readonly int _width;
    private readonly int _height;
    private readonly byte[] _pixels;
    private readonly byte[]? _band;
    private readonly int _origin;
    private readonly int _stepX;
    private readonly int _stepY;

    /// <param name="storedWidth">Pixels a stored row.</param>
    /// <param name="storedHeight">Stored rows.</param>
    /// <param name="orientation">From the file's metadata.</param>
    /// <param name="channels">Bytes a pixel, 3 or 1.</param>
    public UprightCanvas(int storedWidth, int storedHeight, Orientation orientation, int channels = Rgb)
    {
        _channels = channels;
        _storedWidth = storedWidth;
        _storedHeight = storedHeight;
        var turned = orientation >= Orientation.Transpose;
        (_width, _height) = turned ? (storedHeight, storedWidth) : (storedWidth, storedHeight);
        _pixels = LargePages.For(GC.AllocateUninitializedArray<byte>(_width * _height * channels));
        if (orientation != Orientation.Upright) _band = new byte[BandRows * storedWidth * channels];

        // Stored (0, 0) goes to one of the four corners; a step right or down in the file is a step along one axis of
        // the result.
        var fromRight = orientation is Orientation.MirrorColumns or Orientation.Rotate180 or Orientation.Rotate90
            or Orientation.Transverse;
        var fromBottom = orientation is Orientation.MirrorRows or Orientation.Rotate180 or Orientation.Rotate270
            or Orientation.Transverse;
        _origin = ((fromBottom ? _height - 1 : 0) * _width + (fromRight ? _width - 1 : 0)) * channels;
        var right = fromRight ? -channels : channels;
        var down = (fromBottom ? -_width : _width) * channels;
        (_stepX, _stepY) = turned ? (down, right) : (right, down);
    }

    /// <summary>
    /// Where stored row <paramref name="y"/> is to be written, [storedWidth, channels]; valid until
    /// <see cref="CommitRow"/>.
    /// </summary>
    public Span<byte> Row(int y)
    {
        var length = _storedWidth * _channels;
        return _band is null ? _pixels.AsSpan(y * length, length) : _band.AsSpan(y % BandRows * length, length);
    }

    /// <summary>
    /// Says that stored row <paramref name="y"/> is written. Rows come in order, from the first to the last.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void CommitRow(int y)
    {
        if (_band is null) return;
        var rows = y % BandRows + 1;
        if (rows < BandRows && y < _storedHeight - 1) return;
        var length = _storedWidth * _channels;
        var start = _origin + (y + 1 - rows) * _stepY;
        for (var x = 0; x < _storedWidth; x++)
        {
            var to = start + x * _stepX;
            for (var from = x * _channels; from < rows * length; from += length, to += _stepY)
            {
                _pixels[to] = _band[from];
                if (_channels != Rgb) continue;
                _pixels[to + 1] = _band[from + 1];
                _pixels[to + 2] = _band[from + 2];
            }
        }
    }

    /// <summary>
    /// Writes every <paramref name="step"/>th pixel of stored row <paramref name="y"/> from <paramref name="x"/> on,
    /// [count, channels]; for interlaced files.
    /// </summary>
    public void Scatter(ReadOnlySpan<byte> pixels, int x, int step, int y)
    {
        var to = _origin + x * _stepX + y * _stepY;
        for (var from = 0; from < pixels.Length; from += _channels, to += step * _stepX)
            pixels.Slice(from, _channels).CopyTo(_pixels.AsSpan(to, _channels));
    }

    /// <summary>The finished picture; the canvas must not be written any more.</summary>
    /// <param name="profile">What its samples mean; null for sRGB.</param>
    /// <param name="remark">What there is to say about the file.</param>
    public RgbImage ToImage(ColorProfile? profile = null, ImageRemark remark = ImageRemark.None)
        => new(_width, _height, _pixels) { Profile = profile, Remark = remark };

    /// <summary>
    /// The finished alpha of a picture, [height, width]; the canvas must not be written any more.
    /// </summary>
    public byte[] ToAlpha() => _pixels;
}
