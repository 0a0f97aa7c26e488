namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>Brings the components to full size, joins them to colours and hands finished rows to the canvas.</summary>
internal sealed class JpegPlanes(JpegFrame frame, JpegColorModel model, UprightCanvas canvas)
{
    private readonly JpegPlane[] _planes = Array.ConvertAll(frame.Components, c => new JpegPlane(c));
    private readonly ChromaUpsampler?[] _upsamplers =
        Array.ConvertAll(frame.Components, c => ChromaUpsampler.Create(frame, c));
    private readonly byte[][] _fullRows = Array.ConvertAll(
        frame.Components, c => new byte[ChromaUpsampler.Create(frame, c)?.OutputLength ?? 0]);
    private int _nextRow;

    /// <summary>Where the blocks of a component go.</summary>
    public JpegPlane Of(JpegComponent component) => _planes[Array.IndexOf(frame.Components, component)];

    /// <summary>Transforms one MCU row of gathered coefficients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void PutCoefficients(int mcuRow)
    {
        for (var c = 0; c < _planes.Length; c++)
        {
            var component = frame.Components[c];
            for (var row = mcuRow * component.Vertical; row < (mcuRow + 1) * component.Vertical; row++)
            {
                for (var column = 0; column < component.BlocksWide; column++)
                {
                    var block = component.Block(row, column);
                    _planes[c].Put(block, !block[1..].ContainsAnyExcept((short)0), row, column);
                }
            }
        }
    }

    /// <summary>Says that all blocks down to this MCU row are there. Writes what needs no sample from below.</summary>
    public void FinishMcuRow(int mcuRow)
    {
        // Triangle upsampling looks one row of a component ahead, which is at most the rows of one sample.
        var end = mcuRow == frame.McusHigh - 1
            ? frame.Height
            : (mcuRow + 1) * frame.MaxVertical * JpegConstants.BlockSide - frame.MaxVertical;
        for (; _nextRow < end; _nextRow++)
        {
            var target = canvas.Row(_nextRow);
            if (_planes.Length == 1) JpegColor.FromGrey(Row(0), target);
            else if (model == JpegColorModel.YCbCr) JpegColor.FromYCbCr(Row(0), Row(1), Row(2), target);
            else if (model == JpegColorModel.Rgb) JpegColor.FromRgb(Row(0), Row(1), Row(2), target);
            else JpegColor.FromInks(Row(0), Row(1), Row(2), Row(3), model == JpegColorModel.Ycck, target);
            canvas.CommitRow(_nextRow);
        }
    }

    private ReadOnlySpan<byte> Row(int c)
    {
        if (_upsamplers[c] is not { } upsampler) return _planes[c].Row(_nextRow);
        upsampler.Upsample(_planes[c], _nextRow, _fullRows[c]);
        return _fullRows[c].AsSpan(0, frame.Width);
    }
}

/// <summary>
/// The samples of one component around the MCU row in work: that row and the one above it, as a ring.
/// </summary>
internal sealed class JpegPlane(JpegComponent component)
{
    private readonly int _stride = component.StoredBlocksWide * JpegConstants.BlockSide;
    private readonly int _ringRows = 2 * component.Vertical * JpegConstants.BlockSide;
    private readonly byte[] _samples =
        new byte[2 * component.Vertical * component.StoredBlocksWide * JpegConstants.BlockSize];

    /// <summary>Transforms a block into its place.</summary>
    /// <param name="coefficients">[64] row-major.</param>
    /// <param name="isFlat">Whether only DC is not zero.</param>
    /// <param name="blockRow">From the top of the picture.</param>
    /// <param name="blockColumn">From its left edge.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Put(ReadOnlySpan<short> coefficients, bool isFlat, int blockRow, int blockColumn)
    {
        var quantizers = component.Quantizers!;
        var row = blockRow * JpegConstants.BlockSide % _ringRows;
        var samples = _samples.AsSpan(row * _stride + blockColumn * JpegConstants.BlockSide);
        if (isFlat) InverseDct.TransformFlat(coefficients[0], quantizers[0], samples, _stride);
        else InverseDct.Transform(coefficients, quantizers, samples, _stride);
    }

    /// <summary>
    /// The samples of one row that belong to the picture; rows outside it are the nearest one inside.
    /// </summary>
    public ReadOnlySpan<byte> Row(int y)
    {
        y = Math.Clamp(y, 0, component.Height - 1);
        return _samples.AsSpan(y % _ringRows * _stride, component.Width);
    }
}
