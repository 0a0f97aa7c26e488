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
            foreach (var component in Components) count += (long)component.StoredBlocksWide * component.StoredBlocksHigh;
            return count;
        }
    }

    public static int CeilingDivide(int value, int divisor) => (value + divisor - 1) / divisor;
}
