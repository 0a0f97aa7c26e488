namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>The samples of one component around the MCU row in work: that row and the one above it, as a ring.</summary>
internal sealed class JpegPlane
{
    private readonly JpegComponent _component;
    private readonly byte[] _samples;
    private readonly int _stride;
    private readonly int _ringRows;

    public JpegPlane(JpegComponent component)
    {
        _component = component;
        _stride = component.StoredBlocksWide * JpegConstants.BlockSide;
        _ringRows = 2 * component.Vertical * JpegConstants.BlockSide;
        _samples = new byte[_ringRows * _stride];
    }

    /// <summary>Transforms a block into its place.</summary>
    /// <param name="coefficients">[64] row-major.</param>
    /// <param name="isFlat">Whether only DC is not zero.</param>
    /// <param name="blockRow">From the top of the picture.</param>
    /// <param name="blockColumn">From its left edge.</param>
    public void Put(ReadOnlySpan<short> coefficients, bool isFlat, int blockRow, int blockColumn)
    {
        var quantizers = _component.Quantizers!;
        var row = blockRow * JpegConstants.BlockSide % _ringRows;
        var samples = _samples.AsSpan(row * _stride + blockColumn * JpegConstants.BlockSide);
        if (isFlat) InverseDct.TransformFlat(coefficients[0], quantizers[0], samples, _stride);
        else InverseDct.Transform(coefficients, quantizers, samples, _stride);
    }

    /// <summary>The samples of one row that belong to the picture; rows outside it are the nearest one inside.</summary>
    public ReadOnlySpan<byte> Row(int y)
    {
        y = Math.Clamp(y, 0, _component.Height - 1);
        return _samples.AsSpan(y % _ringRows * _stride, _component.Width);
    }
}
