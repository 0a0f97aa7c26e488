namespace Molmo.Demo.Inference.Kernels;

/// <summary>
/// One product with weights of float32 or bfloat16, cut into items of a block of rows by a group of panels.
/// </summary>
internal unsafe struct MatMulJob(
    float* x, nint xStride, int rowCount, int inputs, int outputs, byte* panels, nint panelLength,
    WeightPrecision precision, int panelCount, float* bias, float* target, nint targetStride) : IKernelJob
{
    private const int Width = PackedMatrix.PanelWidth;
    private const int Chunk = MatMul.Chunk;
    private const int TileRows = MatMul.TileRows;

    /// <summary>Rows that a thread packs at a time: with their outputs they stay in its second-level cache.</summary>
    private const int MaxRowBlock = 16 * TileRows;

    private const int MinRowBlock = 4 * TileRows;

    /// <summary>Panels that share one packing of x.</summary>
    private const int MaxPanelGroup = 8;

    /// <summary>
    /// Rows of x up to this size are packed over all inputs at once, so that each panel passes through in one stream;
    /// more rows take the panels chunk by chunk, to use each chunk often while it is near.
    /// </summary>
    private const int MaxStreamedX = 1 << 18;

    /// <summary>Items a thread, so that one that starts late or is slow does not hold up the rest.</summary>
    private const int ItemsPerThread = 4;

    private int _rowBlock;
    private int _rowBlockCount;
    private int _panelGroup;
    private bool _isStreamed;
    private Scratch _scratch;

    public int ItemCount { get; private set; }

    /// <summary>Multiply-adds in all.</summary>
    public readonly long Work => (long)rowCount * inputs * outputs;

    /// <summary>Chooses the items for a team, and reserves its scratch memory.</summary>
    public void Split(ThreadTeam team)
    {
        var wanted = team.Size == 1 || ThreadTeam.IsSmall(Work) ? 1 : team.Size * ItemsPerThread;
        _rowBlock = Math.Min(rowCount, MaxRowBlock);
        _panelGroup = MaxPanelGroup;
        if (rowCount == 1)
        {
            _panelGroup = RoundUp(Math.Max(1, panelCount / wanted), MatMul.RowPanels);
            if (IsNarrow) _scratch = team.ReserveScratch(Chunk * Width);
        }
        else
        {
            while (Count() < wanted && (_rowBlock > MinRowBlock || _panelGroup > 1))
            {
                if (_rowBlock > MinRowBlock) _rowBlock = RoundUp(_rowBlock / 2, TileRows);
                else _panelGroup /= 2;
            }

            // A packed block of x, its sums, and an unpacked chunk of a panel.
            var packedRows = RoundUp(_rowBlock, TileRows);
            _isStreamed = packedRows * (long)RoundUp(inputs, Chunk) <= MaxStreamedX;
            _scratch = team.ReserveScratch((packedRows * (_isStreamed ? RoundUp(inputs, Chunk) : Chunk))
                + (_rowBlock * _panelGroup * Width) + (IsNarrow ? Chunk * Width : 0));
        }

        _rowBlockCount = Ceiling(rowCount, _rowBlock);
        ItemCount = Count();
    }

    public void Execute(int item, int worker)
    {
        // Neighbouring items share panels, so that threads find them in the cache they share.
        var row = item % _rowBlockCount * _rowBlock;
        var panel = item / _rowBlockCount * _panelGroup;
        var panelEnd = Math.Min(panel + _panelGroup, panelCount);
        if (rowCount == 1) OneRow(panel, panelEnd, IsNarrow ? _scratch.Of(worker) : null);
        else Block(row, Math.Min(_rowBlock, rowCount - row), panel, panelEnd, _scratch.Of(worker));
    }

    private static int Ceiling(int value, int unit) => (value + unit - 1) / unit;

    private static int RoundUp(int value, int unit) => Ceiling(value, unit) * unit;

    private readonly int Count() => Ceiling(rowCount, _rowBlock) * Ceiling(panelCount, _panelGroup);

    private readonly bool IsNarrow => precision != WeightPrecision.Float32;

    private readonly byte* PanelAt(int panel) => panels + (panel * panelLength);

    /// <summary>A chunk of a panel as float32: where it lies, or unpacked to scratch memory.</summary>
    private readonly float* ChunkOf(int panel, int begin, float* unpacked)
    {
        var chunk = PanelAt(panel) + PackedFormat.Offset(precision, begin);
        if (!IsNarrow) return (float*)chunk;
        MatMul.Unpack(chunk, Math.Min(Chunk, inputs - begin), unpacked);
        return unpacked;
    }

    private readonly float* BiasAt(int panel) => bias is null ? null : bias + (panel * Width);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void OneRow(int panel, int panelEnd, float* unpacked)
    {
        var whole = outputs / Width;
        if (IsNarrow)
        {
            for (; panel + MatMul.BFloat16RowPanels <= Math.Min(panelEnd, whole); panel += MatMul.BFloat16RowPanels)
                MatMul.BFloat16Row(x, PanelAt(panel), inputs, BiasAt(panel), target + (panel * Width));
        }
        else
        {
            for (; panel + MatMul.RowPanels <= Math.Min(panelEnd, whole); panel += MatMul.RowPanels)
            {
                var y = target + (panel * Width);
                MatMul.Row(x, (float*)PanelAt(panel), (nint)inputs * Width, inputs, BiasAt(panel), y);
            }
        }

        var rest = stackalloc float[Width];
        for (; panel < panelEnd; panel++)
        {
            var y = panel < whole ? target + (panel * Width) : rest;
            for (var begin = 0; begin < inputs; begin += Chunk)
            {
                var depth = Math.Min(Chunk, inputs - begin);
                var start = begin == 0 ? BiasAt(panel) : y;
                MatMul.Tile(1, x + begin, ChunkOf(panel, begin, unpacked), Width, depth, start, 0, y, 0);
            }

            if (panel < whole) continue;
            new Span<float>(rest, outputs - (panel * Width)).CopyTo(new Span<float>(target + (panel * Width), Width));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Block(int firstRow, int rows, int firstPanel, int panelEnd, float* packed)
    {
        // Sums that are taken up again stay together: in y their rows may lie so that a cache holds only a few of them.
        var packedLength = RoundUp(rows, TileRows) * Chunk;
        var isDirect = inputs <= Chunk;
        var sums = packed + (_isStreamed ? Ceiling(inputs, Chunk) * packedLength : packedLength);
        var unpacked = sums + (_rowBlock * _panelGroup * Width);
        if (_isStreamed)
        {
            for (var begin = 0; begin < inputs; begin += Chunk)
                PackRows(firstRow, rows, begin, packed + (begin / Chunk * packedLength));
            for (var panel = firstPanel; panel < panelEnd; panel++)
            {
                for (var begin = 0; begin < inputs; begin += Chunk)
                    Tiles(firstRow, rows, panel, begin, packed + (begin / Chunk * packedLength),
                        sums + ((panel - firstPanel) * rows * Width), unpacked);
            }
        }
        else
        {
            for (var begin = 0; begin < inputs; begin += Chunk)
            {
                PackRows(firstRow, rows, begin, packed);
                for (var panel = firstPanel; panel < panelEnd; panel++)
                    Tiles(firstRow, rows, panel, begin, packed, sums + ((panel - firstPanel) * rows * Width), unpacked);
            }
        }

        for (var row = 0; row < rows; row++)
        {
            for (var panel = isDirect ? Math.Max(firstPanel, outputs / Width) : firstPanel; panel < panelEnd; panel++)
            {
                var columns = Math.Min(Width, outputs - (panel * Width));
                new Span<float>(sums + ((((panel - firstPanel) * rows) + row) * Width), columns)
                    .CopyTo(new Span<float>(target + ((firstRow + row) * targetStride) + (panel * Width), columns));
            }
        }
    }

    private readonly void PackRows(int firstRow, int rows, int begin, float* packed)
    {
        var depth = Math.Min(Chunk, inputs - begin);
        for (var row = 0; row < rows; row++)
            new Span<float>(x + ((firstRow + row) * xStride) + begin, depth)
                .CopyTo(new Span<float>(packed + (row * Chunk), depth));
    }

    /// <summary>
    /// One panel, one chunk of inputs, all rows of the block. A product of one chunk goes straight to y, a whole panel
    /// at least.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Tiles(
        int firstRow, int rows, int panel, int begin, float* packed, float* sums, float* unpacked)
    {
        nint stride = Width;
        if (inputs <= Chunk && (panel + 1) * Width <= outputs)
        {
            sums = target + (firstRow * targetStride) + (panel * Width);
            stride = targetStride;
        }

        var depth = Math.Min(Chunk, inputs - begin);
        var b = ChunkOf(panel, begin, unpacked);
        for (var row = 0; row < rows; row += TileRows)
        {
            var tile = sums + (row * stride);
            MatMul.Tile(
                Math.Min(TileRows, rows - row), packed + (row * Chunk), b, Width, depth,
                begin == 0 ? BiasAt(panel) : tile, begin == 0 ? 0 : stride, tile, stride);
        }
    }
}
