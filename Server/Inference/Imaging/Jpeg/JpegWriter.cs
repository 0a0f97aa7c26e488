namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>Lays out a baseline file with one interleaved scan.</summary>
internal sealed class JpegWriter
{
    private const int FullChromaFrom = 90;

    private readonly RgbImage _image;
    private readonly JpegBitWriter _writer;
    private readonly JpegEncoderPlane[] _planes;
    private readonly byte[][] _quantizers;

    // Blocks of brightness along each side of an MCU: 2 where colour has half the size.
    private readonly int _sampling;

    public JpegWriter(Stream destination, RgbImage image, int quality)
    {
        _image = image;
        _writer = new JpegBitWriter(destination);
        _sampling = quality >= FullChromaFrom ? 1 : 2;
        _quantizers = [Scale(JpegStandardTables.LuminanceQuantizers, quality), Scale(JpegStandardTables.ChrominanceQuantizers, quality)];
        var blocksWide = McusWide * JpegConstants.BlockSide;
        _planes =
        [
            new(_sampling, blocksWide * _sampling, _quantizers[0], JpegStandardTables.LuminanceDc, JpegStandardTables.LuminanceAc),
            new(1, blocksWide, _quantizers[1], JpegStandardTables.ChrominanceDc, JpegStandardTables.ChrominanceAc),
            new(1, blocksWide, _quantizers[1], JpegStandardTables.ChrominanceDc, JpegStandardTables.ChrominanceAc),
        ];
    }

    private int McuSide => _sampling * JpegConstants.BlockSide;

    private int McusWide => JpegFrame.CeilingDivide(_image.Width, McuSide);

    private int McusHigh => JpegFrame.CeilingDivide(_image.Height, McuSide);

    public void Write()
    {
        WriteHeaders();
        var source = new JpegPlaneSource(_image, McusWide * McuSide, _sampling);
        for (var mcuRow = 0; mcuRow < McusHigh; mcuRow++)
        {
            source.Fill(mcuRow * McuSide, _planes[0].Samples, _planes[1].Samples, _planes[2].Samples);
            for (var mcu = 0; mcu < McusWide; mcu++)
                foreach (var plane in _planes) plane.WriteMcu(mcu, _writer);
        }
        _writer.Align();
        _writer.WriteBytes([0xFF, JpegMarker.Eoi]);
        _writer.Flush();
    }

    // The scale of libjpeg: the tables of annex K at 50, all ones at 100.
    private static byte[] Scale(ReadOnlySpan<byte> table, int quality)
    {
        var percent = quality < 50 ? 5000 / quality : 200 - quality * 2;
        var scaled = new byte[JpegConstants.BlockSize];
        for (var i = 0; i < scaled.Length; i++) scaled[i] = (byte)Math.Clamp((table[i] * percent + 50) / 100, 1, 255);
        return scaled;
    }

    private void WriteHeaders()
    {
        _writer.WriteBytes([0xFF, JpegMarker.Soi]);
        WriteSegment(JpegMarker.App0, [.. "JFIF\0"u8, 1, 1, 0, 0, 1, 0, 1, 0, 0]);
        for (byte i = 0; i < _quantizers.Length; i++) WriteSegment(JpegMarker.Dqt, [i, .. InStreamOrder(_quantizers[i])]);
        WriteSegment(JpegMarker.Sof0,
        [
            8, (byte)(_image.Height >> 8), (byte)_image.Height, (byte)(_image.Width >> 8), (byte)_image.Width,
            3, 1, (byte)(_sampling << 4 | _sampling), 0, 2, 0x11, 1, 3, 0x11, 1,
        ]);
        WriteHuffmanTable(0x00, JpegStandardTables.LuminanceDc);
        WriteHuffmanTable(0x10, JpegStandardTables.LuminanceAc);
        WriteHuffmanTable(0x01, JpegStandardTables.ChrominanceDc);
        WriteHuffmanTable(0x11, JpegStandardTables.ChrominanceAc);
        WriteSegment(JpegMarker.Sos, [3, 1, 0x00, 2, 0x11, 3, 0x11, 0, JpegConstants.BlockSize - 1, 0]);
    }

    private void WriteHuffmanTable(byte number, HuffmanSpecification table)
        => WriteSegment(JpegMarker.Dht, [number, .. table.Counts, .. table.Symbols]);

    private void WriteSegment(byte marker, ReadOnlySpan<byte> data)
    {
        var length = data.Length + 2;
        _writer.WriteBytes([0xFF, marker, (byte)(length >> 8), (byte)length]);
        _writer.WriteBytes(data);
    }

    private static byte[] InStreamOrder(byte[] table)
    {
        var ordered = new byte[table.Length];
        for (var k = 0; k < ordered.Length; k++) ordered[k] = table[JpegConstants.ZigZag[k]];
        return ordered;
    }
}
