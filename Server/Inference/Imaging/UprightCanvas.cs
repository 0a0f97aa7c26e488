
namespace Molmo.Demo.Inference.Imaging;

/// <summary>
/// Takes pixels in stored order and puts each where it belongs in the upright picture, so that a turned photo needs no
/// second buffer of its size.
/// </summary>
internal sealed class UprightCanvas
{
    // Rows gathered before they are scattered into columns: eight neighbours of 3 bytes share a cache line.
    private const int BandRows = 8;

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
    public UprightCanvas(int storedWidth, int storedHeight, Orientation orientation)
    {
        _storedWidth = storedWidth;
        _storedHeight = storedHeight;
        var turned = orientation >= Orientation.Transpose;
        (_width, _height) = turned ? (storedHeight, storedWidth) : (storedWidth, storedHeight);
        _pixels = GC.AllocateUninitializedArray<byte>(_width * _height * 3);
        if (orientation != Orientation.Upright) _band = new byte[BandRows * storedWidth * 3];

        // Stored (0, 0) goes to one of the four corners; a step right or down in the file is a step along one axis of
        // the result.
        var fromRight = orientation is Orientation.MirrorColumns or Orientation.Rotate180 or Orientation.Rotate90
            or Orientation.Transverse;
        var fromBottom = orientation is Orientation.MirrorRows or Orientation.Rotate180 or Orientation.Rotate270
            or Orientation.Transverse;
        _origin = ((fromBottom ? _height - 1 : 0) * _width + (fromRight ? _width - 1 : 0)) * 3;
        var right = fromRight ? -3 : 3;
        var down = (fromBottom ? -_width : _width) * 3;
        (_stepX, _stepY) = turned ? (down, right) : (right, down);
    }

    /// <summary>
    /// Where stored row <paramref name="y"/> is to be written, [storedWidth, 3]; valid until <see cref="CommitRow"/>.
    /// </summary>
    public Span<byte> Row(int y)
    {
        var length = _storedWidth * 3;
        return _band is null ? _pixels.AsSpan(y * length, length) : _band.AsSpan(y % BandRows * length, length);
    }

    /// <summary>
    /// Says that stored row <paramref name="y"/> is written. Rows come in order, from the first to the last.
    /// </summary>
    public void CommitRow(int y)
    {
        if (_band is null) return;
        var rows = y % BandRows + 1;
        if (rows < BandRows && y < _storedHeight - 1) return;
        var length = _storedWidth * 3;
        var start = _origin + (y + 1 - rows) * _stepY;
        for (var x = 0; x < _storedWidth; x++)
        {
            var to = start + x * _stepX;
            for (var from = x * 3; from < rows * length; from += length, to += _stepY)
            {
                _pixels[to] = _band[from];
                _pixels[to + 1] = _band[from + 1];
                _pixels[to + 2] = _band[from + 2];
            }
        }
    }

    /// <summary>
    /// Writes every <paramref name="step"/>th pixel of stored row <paramref name="y"/> from <paramref name="x"/> on,
    /// [count, 3]; for interlaced files.
    /// </summary>
    public void Scatter(ReadOnlySpan<byte> rgb, int x, int step, int y)
    {
        var to = _origin + x * _stepX + y * _stepY;
        for (var from = 0; from < rgb.Length; from += 3, to += step * _stepX)
            rgb.Slice(from, 3).CopyTo(_pixels.AsSpan(to, 3));
    }

    /// <summary>The finished picture; the canvas must not be written any more.</summary>
    public RgbImage ToImage() => new(_width, _height, _pixels);
}
