namespace Molmo.Demo.Inference.Kernels;

/// <summary>
/// A product with weights that are whole numbers. Several of the same number of inputs and the same precision go
/// together: they share two dispatches, one that brings activations into 8 bits and one that multiplies.
/// </summary>
/// <param name="x">[any rows, inputs].</param>
/// <param name="xStride">Floats from one row of x to the next.</param>
/// <param name="sourceRows">[rows]: which row of x each is; null for all in order.</param>
/// <param name="rows">Rows of the product.</param>
/// <param name="weight">Weight and bias, int8 or int4. Must outlive the product.</param>
/// <param name="y">[rows, outputs]; not within x.</param>
/// <param name="yStride">Floats from one row of y to the next.</param>
internal unsafe struct IntegerProduct(
    float* x, nint xStride, int* sourceRows, int rows, PackedMatrix weight, float* y, nint yStride)
{
    private const int Width = PackedMatrix.PanelWidth;

    /// <summary>Rows whose sums stay in the first-level cache.</summary>
    private const int MaxRowBlock = 96;

    private const int MinRowBlock = 24;

    /// <summary>Panels that one item takes: as often a part of x is used while it is near.</summary>
    private const int MaxPanelGroup = 8;

    /// <summary>Bytes of x that are used at a time, in the second-level cache: the rest of it waits.</summary>
    private const int MaxNearX = 1 << 19;

    private readonly byte* _panels = weight.Panels;
    private readonly nint _panelLength = weight.PanelLength;
    private readonly int _panelCount = weight.PanelCount;
    private readonly int _outputs = weight.Outputs;
    private readonly float* _bias = weight.Bias;
    private readonly int _blocks = QuantizedRows.CountBlocks(weight.Inputs);
    private byte* _quantized;
    private int _rowBlock;
    private int _rowBlockCount;
    private int _panelGroup;
    private int _chunk;

    public readonly int Rows => rows;

    public readonly int Inputs { get; } = weight.Inputs;

    public readonly WeightPrecision Precision { get; } = weight.Precision;

    /// <summary>Multiply-adds.</summary>
    public readonly long Work => (long)rows * Inputs * _outputs;

    /// <summary>Bytes of its rows in 8 bits.</summary>
    public readonly long QuantizedLength => (long)rows * _blocks * QuantizedRows.BlockLength;

    /// <summary>Floats of scratch memory that an item needs.</summary>
    public readonly int ScratchLength => _rowBlock * Width * (_chunk == _blocks ? 1 : _panelGroup);

    public readonly int ItemCount => _rowBlockCount * Ceiling(_panelCount, _panelGroup);

    /// <summary>Chooses the items.</summary>
    /// <param name="wanted">Items to make, where there is so much to share.</param>
    public void Split(int wanted)
    {
        _rowBlock = Ceiling(rows, Ceiling(rows, MaxRowBlock));
        _rowBlockCount = Ceiling(rows, _rowBlock);
        // Few rows go over long stretches of weights, as memory likes it.
        _panelGroup = Math.Max(1, _rowBlockCount * _panelCount / wanted);
        if (rows >= MinRowBlock) _panelGroup = Math.Min(_panelGroup, MaxPanelGroup);
        while (ItemCount < wanted && _rowBlock > MinRowBlock)
        {
            _rowBlock = Math.Max(MinRowBlock, Ceiling(_rowBlock, 2));
            _rowBlockCount = Ceiling(rows, _rowBlock);
        }

        var chunks = Ceiling(_rowBlock * _blocks * QuantizedRows.BlockLength, MaxNearX);
        _chunk = Ceiling(_blocks, chunks);
    }

    /// <summary>Where its rows in 8 bits are.</summary>
    public void Place(byte* quantized) => _quantized = quantized;

    /// <summary>Brings a row into 8 bits.</summary>
    public readonly void Quantize(int row)
    {
        var first = row / _rowBlock * _rowBlock;
        var stride = Math.Min(_rowBlock, rows - first) * QuantizedRows.BlockLength;
        QuantizedRows.Quantize(
            Precision, x + ((sourceRows is null ? row : sourceRows[row]) * xStride), Inputs,
            Tile(first) + ((row - first) * QuantizedRows.BlockLength), stride);
    }

    /// <summary>Multiplies a block of rows by a group of panels.</summary>
    /// <param name="item">0 to <see cref="ItemCount"/> - 1.</param>
    /// <param name="sums">Scratch memory.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Execute(int item, float* sums)
    {
        // Neighbouring items share panels, so that threads find them in the cache they share.
        var first = item % _rowBlockCount * _rowBlock;
        var count = Math.Min(_rowBlock, rows - first);
        var panel = item / _rowBlockCount * _panelGroup;
        var end = Math.Min(panel + _panelGroup, _panelCount);
        var step = _chunk == _blocks ? 1 : _panelGroup;
        for (; panel < end; panel += step) Multiply(first, count, panel, Math.Min(panel + step, end), sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Multiply(int first, int count, int firstPanel, int endPanel, float* sums)
    {
        var blockLength = PackedFormat.BlockLength(Precision);
        var length = count * Width;
        for (var panel = firstPanel; panel < endPanel; panel++)
            Begin(panel, count, sums + ((panel - firstPanel) * length));
        for (var block = 0; block < _blocks; block += _chunk)
        {
            var part = Tile(first) + ((nint)block * count * QuantizedRows.BlockLength);
            for (var panel = firstPanel; panel < endPanel; panel++)
            {
                MatMul.IntegerTile(
                    Precision, _panels + (panel * _panelLength) + ((nint)block * blockLength), part,
                    Math.Min(_chunk, _blocks - block), count, sums + ((panel - firstPanel) * length));
            }
        }

        for (var panel = firstPanel; panel < endPanel; panel++)
        {
            var columns = Math.Min(Width, _outputs - (panel * Width));
            for (var row = 0; row < count; row++, sums += Width)
            {
                new Span<float>(sums, columns)
                    .CopyTo(new Span<float>(y + ((first + row) * yStride) + (panel * Width), columns));
            }
        }
    }

    private readonly void Begin(int panel, int count, float* sums)
    {
        var target = new Span<float>(sums, count * Width);
        if (_bias is null)
        {
            target.Clear();
            return;
        }

        var bias = new Span<float>(_bias + (panel * Width), Width);
        for (var row = 0; row < count; row++) bias.CopyTo(target[(row * Width)..]);
    }

    /// <summary>The rows of a row block in 8 bits.</summary>
    private readonly byte* Tile(int firstRow) => _quantized + ((nint)firstRow * _blocks * QuantizedRows.BlockLength);

    private static int Ceiling(int value, int unit) => (value + unit - 1) / unit;
}
