using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>Weights that are whole numbers, as kernels load them: of an output, and of one half a panel on.</summary>
internal unsafe interface IIntegerWeights
{
    static abstract WeightPrecision Precision { get; }

    /// <summary>Unsigned bytes of a group.</summary>
    static abstract void Load<T>(byte* group, out T near, out T far)
        where T : struct, ILanes<T>;
}

internal readonly unsafe struct Int8Weights : IIntegerWeights
{
    public static WeightPrecision Precision => WeightPrecision.Int8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load<T>(byte* group, out T near, out T far)
        where T : struct, ILanes<T>
        => (near, far) = (T.Load((float*)group), T.Load((float*)group + (PackedMatrix.PanelWidth / 2)));
}

internal readonly unsafe struct Int4Weights : IIntegerWeights
{
    public static WeightPrecision Precision => WeightPrecision.Int4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load<T>(byte* group, out T near, out T far)
        where T : struct, ILanes<T>
    {
        var bytes = T.Load((float*)group);
        (near, far) = (T.LowerInt4(bytes), T.UpperInt4(bytes));
    }
}

/// <remarks>
/// Weights and activations of 8 bits or fewer. A block's weights lie in registers while its rows pass; the sums of all
/// rows stay in the first-level cache. Integers are exact and blocks are added in order, each in one step, so that an
/// output has the same bits in every width that multiplies and adds in one step, alone and beside any other rows.
/// </remarks>
internal static unsafe partial class MatMul
{
    /// <summary>
    /// Some blocks of a panel for some rows: sums[r, n] += sum over b of x[b, r] * w[b, n], where a block's product is
    /// a whole number times both scales.
    /// </summary>
    /// <param name="precision">Int8 or int4.</param>
    /// <param name="panel">The panel's bytes from a block on.</param>
    /// <param name="x">[blocks, rows, 64], as <see cref="QuantizedRows"/> describes it.</param>
    /// <param name="blocks">Blocks.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="sums">[rows, PanelWidth].</param>
    public static void IntegerTile(
        WeightPrecision precision, byte* panel, byte* x, int blocks, int rows, float* sums)
    {
        if (precision == WeightPrecision.Int8) IntegerTile<Int8Weights>(panel, x, blocks, rows, sums);
        else IntegerTile<Int4Weights>(panel, x, blocks, rows, sums);
    }

    /// <summary>The plain form of <see cref="IntegerTile(WeightPrecision, byte*, byte*, int, int, float*)"/>.</summary>
    public static void ReferenceIntegerTile(
        WeightPrecision precision, byte* panel, byte* x, int blocks, int rows, float* sums)
    {
        for (var block = 0; block < blocks; block++, panel += PackedFormat.BlockLength(precision))
        {
            for (var row = 0; row < rows; row++, x += QuantizedRows.BlockLength)
            {
                var scale = *(float*)(x + QuantizedRows.ScaleOffset);
                for (var output = 0; output < PackedMatrix.PanelWidth; output++)
                {
                    var product = 0;
                    for (var i = 0; i < PackedFormat.BlockInputs; i++)
                        product += ((sbyte*)x)[i] * PackedFormat.ReadInteger(precision, panel, output, i);
                    ref var sum = ref sums[(row * PackedMatrix.PanelWidth) + output];
                    sum = MathF.FusedMultiplyAdd(product, (float)((Half*)panel)[output] * scale, sum);
                }
            }
        }
    }

    private static void IntegerTile<TWeights>(byte* panel, byte* x, int blocks, int rows, float* sums)
        where TWeights : struct, IIntegerWeights
    {
        if (Vector512.IsHardwareAccelerated) IntegerTileOf<Lanes512, TWeights>(panel, x, blocks, rows, sums);
        else if (Vector256.IsHardwareAccelerated) IntegerTileOf<Lanes256, TWeights>(panel, x, blocks, rows, sums);
        else if (Vector128.IsHardwareAccelerated) IntegerTileOf<Lanes128, TWeights>(panel, x, blocks, rows, sums);
        else ReferenceIntegerTile(TWeights.Precision, panel, x, blocks, rows, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void IntegerTileOf<T, TWeights>(byte* panel, byte* x, int blocks, int rows, float* sums)
        where T : struct, ILanes<T>
        where TWeights : struct, IIntegerWeights
    {
        for (var column = 0; column < HalfPanel; column += T.Count)
            IntegerStrip<T, TWeights>(panel, x, blocks, rows, sums + column, column);
    }

    /// <summary>Outputs from a column on, and as many half a panel on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void IntegerStrip<T, TWeights>(
        byte* panel, byte* x, int blocks, int rows, float* sums, int column)
        where T : struct, ILanes<T>
        where TWeights : struct, IIntegerWeights
    {
        var (groupLength, blockLength) =
            (PackedFormat.GroupLength(TWeights.Precision), PackedFormat.BlockLength(TWeights.Precision));
        for (var block = 0; block < blocks; block++, panel += blockLength)
        {
            if (column == 0) PrefetchBlock<TWeights>(panel + NarrowPrefetchDistance);
            var nearScale = T.LoadHalf((short*)panel + column);
            var farScale = T.LoadHalf((short*)panel + column + HalfPanel);
            var group = panel + PackedFormat.ScaleLength + (column * QuantizedRows.GroupInputs);
            TWeights.Load<T>(group, out var n0, out var f0);
            TWeights.Load<T>(group + groupLength, out var n1, out var f1);
            TWeights.Load<T>(group + (2 * groupLength), out var n2, out var f2);
            TWeights.Load<T>(group + (3 * groupLength), out var n3, out var f3);
            TWeights.Load<T>(group + (4 * groupLength), out var n4, out var f4);
            TWeights.Load<T>(group + (5 * groupLength), out var n5, out var f5);
            TWeights.Load<T>(group + (6 * groupLength), out var n6, out var f6);
            TWeights.Load<T>(group + (7 * groupLength), out var n7, out var f7);
            var y = sums;
            for (var row = 0; row < rows; row++, x += QuantizedRows.BlockLength, y += PackedMatrix.PanelWidth)
            {
                var near = Word<T>(x + QuantizedRows.StartOffset);
                var far = near;
                AddGroup(x, n0, f0, ref near, ref far);
                AddGroup(x + 4, n1, f1, ref near, ref far);
                AddGroup(x + 8, n2, f2, ref near, ref far);
                T nearSum = near, farSum = far;
                if (TWeights.Precision == WeightPrecision.Int8)
                {
                    (nearSum, farSum) = (T.PairSums(near), T.PairSums(far));
                    far = near = Word<T>(x + QuantizedRows.StartOffset + 4);
                }

                AddGroup(x + 12, n3, f3, ref near, ref far);
                AddGroup(x + 16, n4, f4, ref near, ref far);
                AddGroup(x + 20, n5, f5, ref near, ref far);
                if (TWeights.Precision == WeightPrecision.Int8)
                {
                    nearSum = T.AddIntegers(nearSum, T.PairSums(near));
                    farSum = T.AddIntegers(farSum, T.PairSums(far));
                    far = near = Word<T>(x + QuantizedRows.StartOffset + 8);
                }

                AddGroup(x + 24, n6, f6, ref near, ref far);
                AddGroup(x + 28, n7, f7, ref near, ref far);
                (near, far) = (T.PairSums(near), T.PairSums(far));
                if (TWeights.Precision == WeightPrecision.Int8)
                    (near, far) = (T.AddIntegers(near, nearSum), T.AddIntegers(far, farSum));
                var scale = Word<T>(x + QuantizedRows.ScaleOffset);
                T.Store(T.MultiplyAdd(T.ToSingle(near), nearScale * scale, T.Load(y)), y);
                T.Store(
                    T.MultiplyAdd(T.ToSingle(far), farScale * scale, T.Load(y + HalfPanel)), y + HalfPanel);
            }
        }
    }

    /// <summary>Four bytes, in every element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Word<T>(byte* source)
        where T : struct, ILanes<T>
        => T.Broadcast(*(float*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddGroup<T>(byte* x, T nearWeights, T farWeights, ref T near, ref T far)
        where T : struct, ILanes<T>
    {
        var values = Word<T>(x);
        near = T.AddProducts(near, nearWeights, values);
        far = T.AddProducts(far, farWeights, values);
    }

    /// <summary>Asks for a block that is to come, as <see cref="Prefetch"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PrefetchBlock<TWeights>(byte* block)
        where TWeights : struct, IIntegerWeights
    {
        if (!Sse.IsSupported) return;
        PrefetchLines(block);
        if (TWeights.Precision != WeightPrecision.Int8)
        {
            Sse.Prefetch0(block + 512);
            return;
        }

        PrefetchLines(block + 512);
        Sse.Prefetch0(block + 1024);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PrefetchLines(byte* first)
    {
        Sse.Prefetch0(first);
        Sse.Prefetch0(first + 64);
        Sse.Prefetch0(first + 128);
        Sse.Prefetch0(first + 192);
        Sse.Prefetch0(first + 256);
        Sse.Prefetch0(first + 320);
        Sse.Prefetch0(first + 384);
        Sse.Prefetch0(first + 448);
    }
}
