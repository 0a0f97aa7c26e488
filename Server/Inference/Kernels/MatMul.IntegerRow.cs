using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Molmo.Demo.Inference.Kernels;

/// <remarks>
/// One row of activations against weights that are whole numbers: memory is the limit, so all is made for reading. Two
/// panels side by side, and short loops in place of <see cref="IntegerTile(WeightPrecision, byte*, byte*, int, int,
/// float*)"/>'s long run of loads: the processor's own prefetching follows an instruction that steps from line to line,
/// not 17 that each jump a block. The arithmetic, and so every bit, is the tile's.
/// </remarks>
internal static unsafe partial class MatMul
{
    /// <summary>Panels that <see cref="IntegerRow(WeightPrecision, byte*, nint, byte*, int, float*)"/> takes.</summary>
    public const int IntegerRowPanels = 2;

    /// <summary>Bytes: a page.</summary>
    private const int RowPrefetchDistance = 4096;

    /// <summary>All blocks of two neighbouring panels for one row: the tile's sums with one row.</summary>
    /// <param name="precision">Int8 or int4.</param>
    /// <param name="panels">The first panel.</param>
    /// <param name="panelLength">Bytes to the second.</param>
    /// <param name="x">[blocks, 64], as <see cref="QuantizedRows"/> describes it.</param>
    /// <param name="blocks">Blocks.</param>
    /// <param name="sums">[IntegerRowPanels, PanelWidth], added to.</param>
    public static void IntegerRow(
        WeightPrecision precision, byte* panels, nint panelLength, byte* x, int blocks, float* sums)
    {
        if (precision == WeightPrecision.Int8) IntegerRow<Int8Weights>(panels, panelLength, x, blocks, sums);
        else IntegerRow<Int4Weights>(panels, panelLength, x, blocks, sums);
    }

    private static void IntegerRow<TWeights>(byte* panels, nint panelLength, byte* x, int blocks, float* sums)
        where TWeights : struct, IIntegerWeights
    {
        if (Vector512.IsHardwareAccelerated)
        {
            IntegerRowOf<Lanes512, TWeights>(panels, panelLength, x, blocks, sums);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            IntegerRowOf<Lanes256, TWeights>(panels, panelLength, x, blocks, sums);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            IntegerRowOf<Lanes128, TWeights>(panels, panelLength, x, blocks, sums);
        }
        else
        {
            ReferenceIntegerTile(TWeights.Precision, panels, x, blocks, 1, sums);
            ReferenceIntegerTile(
                TWeights.Precision, panels + panelLength, x, blocks, 1, sums + PackedMatrix.PanelWidth);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void IntegerRowOf<T, TWeights>(byte* panels, nint panelLength, byte* x, int blocks, float* sums)
        where T : struct, ILanes<T>
        where TWeights : struct, IIntegerWeights
    {
        for (var column = 0; column < HalfPanel; column += T.Count)
            IntegerRowStrip<T, TWeights>(panels, panels + panelLength, x, blocks, sums + column, column);
    }

    /// <summary>Outputs from a column on, and as many half a panel on, of both panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void IntegerRowStrip<T, TWeights>(
        byte* p0, byte* p1, byte* x, int blocks, float* y0, int column)
        where T : struct, ILanes<T>
        where TWeights : struct, IIntegerWeights
    {
        var blockLength = PackedFormat.BlockLength(TWeights.Precision);
        var y1 = y0 + PackedMatrix.PanelWidth;
        T near0 = T.Load(y0), far0 = T.Load(y0 + HalfPanel), near1 = T.Load(y1), far1 = T.Load(y1 + HalfPanel);
        for (var block = 0; block < blocks; block++)
        {
            AddBlock<T, TWeights>(p0, x, column, ref near0, ref far0);
            AddBlock<T, TWeights>(p1, x, column, ref near1, ref far1);
            p0 += blockLength;
            p1 += blockLength;
            x += QuantizedRows.BlockLength;
        }

        T.Store(near0, y0);
        T.Store(far0, y0 + HalfPanel);
        T.Store(near1, y1);
        T.Store(far1, y1 + HalfPanel);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddBlock<T, TWeights>(byte* block, byte* x, int column, ref T nearTotal, ref T farTotal)
        where T : struct, ILanes<T>
        where TWeights : struct, IIntegerWeights
    {
        var groupLength = PackedFormat.GroupLength(TWeights.Precision);
        var groups = TWeights.Precision == WeightPrecision.Int8 ? QuantizedRows.Int8Groups : int.MaxValue;
        if (Sse.IsSupported) Sse.Prefetch0(block + RowPrefetchDistance);
        var group = block + PackedFormat.ScaleLength + (column * QuantizedRows.GroupInputs);
        byte* values = x, start = x + QuantizedRows.StartOffset, end = x + PackedFormat.BlockInputs;
        T nearSum = default, farSum = default;
        while (values < end)
        {
            // As many groups as may be added in 16 bits.
            T near = Word<T>(start), far = near;
            start += QuantizedRows.GroupInputs;
            for (var i = 0; i < groups && values < end; i++)
            {
                if (Sse.IsSupported) Sse.Prefetch0(group + RowPrefetchDistance);
                if (Sse.IsSupported && groupLength > 64) Sse.Prefetch0(group + RowPrefetchDistance + 64);
                TWeights.Load<T>(group, out var nearWeights, out var farWeights);
                AddGroup(values, nearWeights, farWeights, ref near, ref far);
                group += groupLength;
                values += QuantizedRows.GroupInputs;
            }

            nearSum = T.AddIntegers(nearSum, T.PairSums(near));
            farSum = T.AddIntegers(farSum, T.PairSums(far));
        }

        var scale = Word<T>(x + QuantizedRows.ScaleOffset);
        nearTotal = T.MultiplyAdd(T.ToSingle(nearSum), T.LoadHalf((short*)block + column) * scale, nearTotal);
        farTotal =
            T.MultiplyAdd(T.ToSingle(farSum), T.LoadHalf((short*)block + column + HalfPanel) * scale, farTotal);
    }
}
