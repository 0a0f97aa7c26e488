namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>The frame header (T.81 B.2.2) with the sizes that follow from it.</summary>
internal sealed class JpegFrame
{
    public JpegFrame(bool progressive, int width, int height, JpegComponent[] components)
    {
        (IsProgressive, Width, Height, Components) = (progressive, width, height, components);
        foreach (var component in components)
        {
            MaxHorizontal = Math.Max(MaxHorizontal, component.Horizontal);
            MaxVertical = Math.Max(MaxVertical, component.Vertical);
        }
        McusWide = CeilingDivide(width, MaxHorizontal * JpegConstants.BlockSide);
        McusHigh = CeilingDivide(height, MaxVertical * JpegConstants.BlockSide);
        foreach (var component in components) component.Place(this);
    }

    public bool IsProgressive { get; }

    public int Width { get; }

    public int Height { get; }

    public JpegComponent[] Components { get; }

    /// <summary>Largest sampling factor of any component: the one at full size.</summary>
    public int MaxHorizontal { get; }

    public int MaxVertical { get; }

    /// <summary>Minimum coded units a row, when all components are interleaved.</summary>
    public int McusWide { get; }

    public int McusHigh { get; }

    /// <summary>Blocks of all components, those that only fill up the last MCUs included.</summary>
    public long BlockCount
    {
        get
        {
            var count = 0L;
            foreach (var component in Components)
                count += (long)component.StoredBlocksWide * component.StoredBlocksHigh;
            return count;
        }
    }

    public static int CeilingDivide(int value, int divisor) => (value + divisor - 1) / divisor;
}

/// <summary>One plane of the picture, with its own sampling, quantisers and Huffman tables.</summary>
internal sealed class JpegComponent(byte id, int horizontal, int vertical, int quantizerIndex)
{
    /// <summary>The name by which scans call it.</summary>
    public byte Id { get; } = id;

    /// <summary>Blocks an MCU is wide, 1 to 4.</summary>
    public int Horizontal { get; } = horizontal;

    /// <summary>Blocks an MCU is high, 1 to 4.</summary>
    public int Vertical { get; } = vertical;

    public int QuantizerIndex { get; } = quantizerIndex;

    /// <summary>Samples a row that belong to the picture.</summary>
    public int Width { get; private set; }

    /// <summary>Rows that belong to the picture.</summary>
    public int Height { get; private set; }

    /// <summary>Blocks a row in a scan of this component alone.</summary>
    public int BlocksWide { get; private set; }

    public int BlocksHigh { get; private set; }

    /// <summary>Blocks a row in an interleaved scan: filled up to whole MCUs.</summary>
    public int StoredBlocksWide { get; private set; }

    public int StoredBlocksHigh { get; private set; }

    /// <summary>[64] row-major, as they were at the component's first scan; null before it.</summary>
    public int[]? Quantizers { get; set; }

    /// <summary>
    /// [StoredBlocksHigh, StoredBlocksWide, 64], row-major blocks; null when the picture is in one scan.
    /// </summary>
    public short[]? Coefficients { get; private set; }

    /// <summary>By coefficient in stream order, the lowest bit known so far; -1 where nothing is known.</summary>
    public sbyte[] KnownTo { get; } = MakeUnknown();

    /// <summary>DC value of the block before.</summary>
    public int Predictor { get; set; }

    public JpegHuffmanTable? DcTable { get; set; }

    public JpegHuffmanTable? AcTable { get; set; }

    /// <summary>Bytes that <see cref="AllocateCoefficients"/> will take.</summary>
    public long CoefficientBytes => (long)StoredBlocksWide * StoredBlocksHigh * JpegConstants.BlockSize * sizeof(short);

    /// <summary>Makes room to gather the coefficients of several scans.</summary>
    public void AllocateCoefficients() => Coefficients = LargePages.For(new short[CoefficientBytes / sizeof(short)]);

    /// <summary>The 64 gathered coefficients of one block.</summary>
    public Span<short> Block(int row, int column)
        => Coefficients.AsSpan((row * StoredBlocksWide + column) * JpegConstants.BlockSize, JpegConstants.BlockSize);

    /// <summary>Takes over what depends on the other components.</summary>
    public void Place(JpegFrame frame)
    {
        Width = JpegFrame.CeilingDivide(frame.Width * Horizontal, frame.MaxHorizontal);
        Height = JpegFrame.CeilingDivide(frame.Height * Vertical, frame.MaxVertical);
        BlocksWide = JpegFrame.CeilingDivide(Width, JpegConstants.BlockSide);
        BlocksHigh = JpegFrame.CeilingDivide(Height, JpegConstants.BlockSide);
        StoredBlocksWide = frame.McusWide * Horizontal;
        StoredBlocksHigh = frame.McusHigh * Vertical;
    }

    private static sbyte[] MakeUnknown()
    {
        var known = new sbyte[JpegConstants.BlockSize];
        known.AsSpan().Fill(-1);
        return known;
    }
}
