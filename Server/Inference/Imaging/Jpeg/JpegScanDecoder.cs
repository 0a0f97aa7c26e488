namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>Walks the entropy-coded data of one scan, MCU by MCU, and keeps restarts and damage.</summary>
internal ref struct JpegScanDecoder
{
    private readonly JpegFrame _frame;
    private readonly JpegScan _scan;
    private readonly int _restartInterval;
    private JpegBitReader _reader;
    private int _untilRestart;
    private int _restarts;
    private int _endOfBand;
    private long _mcus;
    private long _missingMcus;

    /// <exception cref="InvalidImageException">The scan needs tables that are missing, or its parameters break the
    /// rules.</exception>
    public JpegScanDecoder(ReadOnlySpan<byte> file, JpegFrame frame, JpegScan scan, int restartInterval)
    {
        (_frame, _scan, _restartInterval) = (frame, scan, restartInterval);
        _reader = new JpegBitReader(file, scan.Start);
        _untilRestart = restartInterval;
        CheckParameters();
        CheckTables();
        foreach (var component in scan.Components) component.Predictor = 0;
    }

    /// <summary>Where marker search goes on behind the scan.</summary>
    public readonly int Position => _reader.Position;

    private readonly bool IsFirstPass => _scan.High == 0;

    /// <summary>Decodes one MCU row of a sequential scan of all components, straight into samples.</summary>
    /// <param name="mcuRow">In order from 0.</param>
    /// <param name="planes">Take the samples.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void DecodeIntoSamples(int mcuRow, JpegPlanes planes)
    {
        Span<short> block = stackalloc short[JpegConstants.BlockSize];
        for (var mcu = 0; mcu < _frame.McusWide; mcu++)
        {
            var missing = !BeginMcu();
            for (var c = 0; c < _scan.Components.Length; c++)
            {
                var component = _scan.Components[c];
                var plane = planes.Of(component);
                for (var y = 0; y < component.Vertical; y++)
                {
                    for (var x = 0; x < component.Horizontal; x++)
                    {
                        block.Clear();
                        var last = missing ? 0 : JpegSequentialBlock.Decode(ref _reader, component, block);
                        plane.Put(block, last == 0, mcuRow * component.Vertical + y, mcu * component.Horizontal + x);
                    }
                }
            }
            _reader.NoteShortage();
        }
    }

    /// <summary>Decodes the whole scan into the components' coefficients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void DecodeIntoCoefficients(CancellationToken ct)
    {
        if (_scan.Components is [var single])
        {
            for (var row = 0; row < single.BlocksHigh; row++)
            {
                ct.ThrowIfCancellationRequested();
                for (var column = 0; column < single.BlocksWide; column++)
                {
                    if (!BeginMcu()) continue;
                    DecodeBlock(single, single.Block(row, column));
                    _reader.NoteShortage();
                }
            }
        }
        else
        {
            for (var mcuRow = 0; mcuRow < _frame.McusHigh; mcuRow++)
            {
                ct.ThrowIfCancellationRequested();
                for (var mcu = 0; mcu < _frame.McusWide; mcu++) DecodeInterleaved(mcuRow, mcu);
            }
        }
        NoteProgress();
    }

    /// <summary>To be called at the end of a picture's only or first scan: half a picture is no picture.</summary>
    /// <exception cref="InvalidImageException">Most of the scan is missing.</exception>
    public readonly void RequireContent()
    {
        if (_missingMcus * 2 > _mcus) throw Damaged($"{_missingMcus} of {_mcus} units of the first scan are missing.");
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void DecodeInterleaved(int mcuRow, int mcu)
    {
        if (!BeginMcu()) return;
        foreach (var component in _scan.Components)
        {
            for (var y = 0; y < component.Vertical; y++)
                for (var x = 0; x < component.Horizontal; x++)
                    DecodeBlock(
                        component, component.Block(mcuRow * component.Vertical + y, mcu * component.Horizontal + x));
        }
        _reader.NoteShortage();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void DecodeBlock(JpegComponent component, Span<short> block)
    {
        if (!_frame.IsProgressive)
        {
            block.Clear();
            JpegSequentialBlock.Decode(ref _reader, component, block);
        }
        else if (_scan.First == 0)
        {
            if (IsFirstPass) JpegProgressiveBlock.DecodeDcFirst(ref _reader, component, _scan.Low, block);
            else JpegProgressiveBlock.DecodeDcRefine(ref _reader, _scan.Low, block);
        }
        else if (IsFirstPass)
        {
            JpegProgressiveBlock.DecodeAcFirst(ref _reader, _scan, component.AcTable!, ref _endOfBand, block);
        }
        else
        {
            JpegProgressiveBlock.DecodeAcRefine(ref _reader, _scan, component.AcTable!, ref _endOfBand, block);
        }
    }

    // False where damage has left nothing to decode up to the next restart.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool BeginMcu()
    {
        if (_restartInterval > 0)
        {
            if (_untilRestart == 0)
            {
                _reader.Restart(_restarts++ & 7);
                _untilRestart = _restartInterval;
                _endOfBand = 0;
                foreach (var component in _scan.Components) component.Predictor = 0;
            }
            _untilRestart--;
        }
        _mcus++;
        if (_reader.IsShort) _missingMcus++;
        return !_reader.IsShort;
    }

    private readonly void CheckParameters()
    {
        // A sequential scan always holds everything; what its header says of it is ignored.
        if (!_frame.IsProgressive) return;
        var (first, last, high, low) = (_scan.First, _scan.Last, _scan.High, _scan.Low);
        var bandIsWrong =
            first == 0 ? last != 0 : last < first || last >= JpegConstants.BlockSize || _scan.Components.Length != 1;
        if (bandIsWrong || low > 13 || high != 0 && high != low + 1)
            throw Damaged($"A progressive scan of coefficients {first} to {last}, bits {high} to {low}, "
                + $"of {_scan.Components.Length} components.");
    }

    private readonly void CheckTables()
    {
        var needsDc = _scan.First == 0 && IsFirstPass || !_frame.IsProgressive;
        var needsAc = _scan.First != 0 || !_frame.IsProgressive;
        foreach (var component in _scan.Components)
        {
            if (needsDc && component.DcTable is not { LargestSymbol: <= 15 } || needsAc && component.AcTable is null)
                throw Damaged($"A Huffman table of component {component.Id} is missing or does not fit.");
        }
    }

    private readonly void NoteProgress()
    {
        var (first, last, low) =
            _frame.IsProgressive ? (_scan.First, _scan.Last, _scan.Low) : (0, JpegConstants.BlockSize - 1, 0);
        foreach (var component in _scan.Components) component.KnownTo.AsSpan(first, last - first + 1).Fill((sbyte)low);
    }

    private static InvalidImageException Damaged(string detail) => new(ImageFault.Damaged, detail);
}
