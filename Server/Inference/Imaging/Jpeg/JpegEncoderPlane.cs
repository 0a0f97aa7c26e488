namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>One component on its way into a file: the samples of an MCU row, how they are quantised and coded.</summary>
internal sealed class JpegEncoderPlane
{
    private readonly float[] _reciprocals;
    private readonly JpegHuffmanCodes _dcCodes;
    private readonly JpegHuffmanCodes _acCodes;
    private int _predictor;

    /// <param name="blocks">Blocks an MCU has along each side.</param>
    /// <param name="stride">Samples a row, whole MCUs.</param>
    /// <param name="quantizers">[64] row-major.</param>
    /// <param name="dc">Code of the DC differences.</param>
    /// <param name="ac">Code of the AC coefficients.</param>
    public JpegEncoderPlane(int blocks, int stride, byte[] quantizers, HuffmanSpecification dc, HuffmanSpecification ac)
    {
        (Blocks, Stride) = (blocks, stride);
        Samples = new byte[stride * blocks * JpegConstants.BlockSide];
        _reciprocals = Array.ConvertAll(quantizers, q => 1f / (q * 8));
        (_dcCodes, _acCodes) = (new JpegHuffmanCodes(dc), new JpegHuffmanCodes(ac));
    }

    public int Blocks { get; }

    public int Stride { get; }

    /// <summary>[Blocks * 8, Stride].</summary>
    public byte[] Samples { get; }

    /// <summary>Codes the blocks of one MCU.</summary>
    public void WriteMcu(int mcu, JpegBitWriter writer)
    {
        Span<short> block = stackalloc short[JpegConstants.BlockSize];
        for (var y = 0; y < Blocks; y++)
        {
            for (var x = 0; x < Blocks; x++)
            {
                var at = y * JpegConstants.BlockSide * Stride + (mcu * Blocks + x) * JpegConstants.BlockSide;
                ForwardDct.Transform(Samples.AsSpan(at), Stride, _reciprocals, block);
                WriteBlock(block, writer);
            }
        }
    }

    private void WriteBlock(ReadOnlySpan<short> block, JpegBitWriter writer)
    {
        writer.BeginBlock();
        WriteValue(block[0] - _predictor, 0, _dcCodes, writer);
        _predictor = block[0];
        var zeros = 0;
        for (var k = 1; k < JpegConstants.BlockSize; k++)
        {
            int value = block[JpegConstants.ZigZag[k]];
            if (value == 0)
            {
                zeros++;
                continue;
            }
            for (; zeros > 15; zeros -= 16) WriteSymbol(0xF0, _acCodes, writer);
            WriteValue(value, zeros, _acCodes, writer);
            zeros = 0;
        }
        if (zeros > 0) WriteSymbol(0, _acCodes, writer);
    }

    private static void WriteValue(int value, int zeros, JpegHuffmanCodes codes, JpegBitWriter writer)
    {
        var size = 32 - int.LeadingZeroCount(Math.Abs(value));
        var (code, length) = codes[zeros << 4 | size];
        // Negative values are sent as their ones' complement.
        var low = (uint)(value < 0 ? value - 1 : value) & (1u << size) - 1;
        writer.Write(code << size | low, length + size);
    }

    private static void WriteSymbol(int symbol, JpegHuffmanCodes codes, JpegBitWriter writer)
    {
        var (code, length) = codes[symbol];
        writer.Write(code, length);
    }
}
