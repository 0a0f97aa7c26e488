using System.Diagnostics;

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
    private IntegerProduct* _next;
    private Activation _activation;

    public readonly int Rows => rows;

    public readonly int Inputs { get; } = weight.Inputs;

    public readonly WeightPrecision Precision { get; } = weight.Precision;

    /// <summary>Multiply-adds.</summary>
    public readonly long Work => (long)rows * Inputs * _outputs;

    /// <summary>Bytes of its rows in 8 bits.</summary>
    public readonly long QuantizedLength => (long)rows * _blocks * QuantizedRows.BlockLength;

    /// <summary>Floats of scratch memory that an item needs.</summary>
    public readonly int ScratchLength => _rowBlock * Width * Parts * Step;

    public readonly int ItemCount => _rowBlockCount * Ceiling(ResultPanels, _panelGroup);

    /// <summary>Panels that make one of the result.</summary>
    private readonly int Parts => _activation == Activation.SwiGlu ? 2 : 1;

    private readonly int ResultPanels => _panelCount / Parts;

    /// <summary>Panels of the result whose sums lie side by side.</summary>
    private readonly int Step => _chunk != _blocks ? _panelGroup : rows == 1 ? MatMul.IntegerRowPanels : 1;

    /// <summary>Has the activated outputs made the rows of another product, in 8 bits, in place of y.</summary>
    /// <param name="next">As many rows; its inputs are whole panels of this one's outputs. Read when this runs.</param>
    /// <param name="activation">What comes between.</param>
    public void Feed(IntegerProduct* next, Activation activation)
    {
        Debug.Assert(next->Inputs % Width == 0 && next->Rows == rows, "Whole panels of the same rows.");
        _next = next;
        _activation = activation;
    }

    /// <summary>Chooses the items.</summary>
    /// <param name="wanted">Items to make, where there is so much to share.</param>
    public void Split(int wanted)
    {
        _rowBlock = Ceiling(rows, Ceiling(rows, MaxRowBlock));
        _rowBlockCount = Ceiling(rows, _rowBlock);
        // Few rows go over long stretches of weights, as memory likes it.
        _panelGroup = Math.Max(1, _rowBlockCount * ResultPanels / wanted);
        if (rows >= MinRowBlock) _panelGroup = Math.Min(_panelGroup, MaxPanelGroup / Parts);
        if (rows == 1) _panelGroup = Ceiling(_panelGroup, MatMul.IntegerRowPanels) * MatMul.IntegerRowPanels;
        while (ItemCount < wanted && _rowBlock > MinRowBlock)
        {
            _rowBlock = Math.Max(MinRowBlock, Ceiling(_rowBlock, 2));
            _rowBlockCount = Ceiling(rows, _rowBlock);
        }

        var chunks = Ceiling(_rowBlock * _blocks * QuantizedRows.BlockLength, MaxNearX);
        _chunk = Ceiling(_blocks, chunks);
    }

    /// <summary>Says where its rows in 8 bits are.</summary>
    public void PlaceAt(byte* quantized) => _quantized = quantized;

    /// <summary>Brings a row into 8 bits.</summary>
    public readonly void Quantize(int row)
    {
        var target = Place(row, out var stride);
        QuantizedRows.Quantize(
            Precision, x + ((sourceRows is null ? row : sourceRows[row]) * xStride), Inputs, target, stride);
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
        var end = Math.Min(panel + _panelGroup, ResultPanels);
        for (; panel < end; panel += Step)
        {
            var panels = Math.Min(Step, end - panel);
            Multiply(first, count, panel, panels, sums);
            if (_next is null)
            {
                Store(first, count, panel, panels, sums);
                continue;
            }

            var gates = sums + (panels * count * Width);
            if (_activation == Activation.SwiGlu) Multiply(first, count, panel + ResultPanels, panels, gates);
            Activate(sums, gates, panels * count * Width);
            for (var i = 0; i < panels; i++) _next->Take(first, count, panel + i, sums + (i * count * Width));
        }
    }

    /// <summary>sums[panel, row, Width] = the rows' products with some panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Multiply(int first, int count, int firstPanel, int panels, float* sums)
    {
        var blockLength = PackedFormat.BlockLength(Precision);
        var length = count * Width;
        for (var i = 0; i < panels; i++) Begin(firstPanel + i, count, sums + (i * length));
        if (rows == 1 && panels == MatMul.IntegerRowPanels)
        {
            MatMul.IntegerRow(
                Precision, _panels + (firstPanel * _panelLength), _panelLength, Tile(0), _blocks, sums);
            return;
        }

        for (var block = 0; block < _blocks; block += _chunk)
        {
            var part = Tile(first) + ((nint)block * count * QuantizedRows.BlockLength);
            for (var i = 0; i < panels; i++)
            {
                MatMul.IntegerTile(
                    Precision, _panels + ((firstPanel + i) * _panelLength) + ((nint)block * blockLength), part,
                    Math.Min(_chunk, _blocks - block), count, sums + (i * length));
            }
        }
    }

    private readonly void Store(int first, int count, int firstPanel, int panels, float* sums)
    {
        for (var panel = firstPanel; panel < firstPanel + panels; panel++)
        {
            var columns = Math.Min(Width, _outputs - (panel * Width));
            for (var row = 0; row < count; row++, sums += Width)
            {
                new Span<float>(sums, columns)
                    .CopyTo(new Span<float>(y + ((first + row) * yStride) + (panel * Width), columns));
            }
        }
    }

    private readonly void Activate(float* sums, float* gates, int length)
    {
        if (_activation == Activation.SwiGlu) SwiGlu.Row(sums, gates, length, sums);
        else QuickGelu.Row(sums, length);
    }

    /// <summary>Brings a block of inputs of some rows into 8 bits.</summary>
    /// <param name="firstRow">The first of them.</param>
    /// <param name="count">Rows.</param>
    /// <param name="block">Which block.</param>
    /// <param name="values">[count, Width].</param>
    private readonly void Take(int firstRow, int count, int block, float* values)
    {
        for (var row = firstRow; row < firstRow + count; row++, values += Width)
        {
            var target = Place(row, out var stride);
            QuantizedRows.Quantize(Precision, values, Width, target + (block * stride), stride);
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

    /// <summary>Where a row is in 8 bits.</summary>
    private readonly byte* Place(int row, out nint stride)
    {
        var first = row / _rowBlock * _rowBlock;
        stride = Math.Min(_rowBlock, rows - first) * QuantizedRows.BlockLength;
        return Tile(first) + ((row - first) * QuantizedRows.BlockLength);
    }

    /// <summary>The rows of a row block in 8 bits.</summary>
    private readonly byte* Tile(int firstRow) => _quantized + ((nint)firstRow * _blocks * QuantizedRows.BlockLength);

    private static int Ceiling(int value, int unit) => (value + unit - 1) / unit;
}

/// <summary>What comes between the two products of a feed-forward layer.</summary>
internal enum Activation
{
    /// <summary>Of each output.</summary>
    QuickGelu,

    /// <summary>Of the second half of the outputs, times the first half.</summary>
    SwiGlu,
}
