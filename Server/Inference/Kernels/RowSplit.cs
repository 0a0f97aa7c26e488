namespace Molmo.Demo.Inference.Kernels;

/// <summary>How element-wise kernels share rows: enough elements an item to be worth claiming.</summary>
internal readonly struct RowSplit
{
    private const int ElementsPerItem = 1 << 13;

    /// <summary>An element of these kernels takes about as long as this many multiply-adds of a product.</summary>
    private const int WorkPerElement = 16;

    private readonly int _rows;

    public RowSplit(int rows, int columns)
    {
        _rows = rows;
        RowsPerItem = Math.Max(1, ElementsPerItem / columns);
        ItemCount = (rows + RowsPerItem - 1) / RowsPerItem;
        Work = (long)rows * columns * WorkPerElement;
    }

    public int RowsPerItem { get; }

    public int ItemCount { get; }

    public long Work { get; }

    /// <summary>First row of an item.</summary>
    public int Begin(int item) => item * RowsPerItem;

    /// <summary>Row after the last of an item.</summary>
    public int End(int item) => Math.Min(_rows, (item + 1) * RowsPerItem);
}
