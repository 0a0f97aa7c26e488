namespace Molmo.Demo.Inference.Kernels;

/// <summary>
/// A precision below float32, as kernels load it: two registers of a panel's row, half a panel apart.
/// </summary>
internal unsafe interface INarrowWeights
{
    static abstract WeightPrecision Precision { get; }

    /// <summary>
    /// Values before scaling of the outputs from <paramref name="column"/> on, and of those half a panel further.
    /// </summary>
    static abstract void Load<T>(byte* row, int column, out T near, out T far)
        where T : struct, ILanes<T>;
}

internal readonly unsafe struct BFloat16Weights : INarrowWeights
{
    public static WeightPrecision Precision => WeightPrecision.BFloat16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load<T>(byte* row, int column, out T near, out T far)
        where T : struct, ILanes<T>
    {
        near = T.LoadBFloat16((ushort*)row + column);
        far = T.LoadBFloat16((ushort*)row + column + (PackedMatrix.PanelWidth / 2));
    }
}

internal readonly unsafe struct Int8Weights : INarrowWeights
{
    public static WeightPrecision Precision => WeightPrecision.Int8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load<T>(byte* row, int column, out T near, out T far)
        where T : struct, ILanes<T>
    {
        near = T.LoadInt8((sbyte*)row + column);
        far = T.LoadInt8((sbyte*)row + column + (PackedMatrix.PanelWidth / 2));
    }
}

internal readonly unsafe struct Int4Weights : INarrowWeights
{
    public static WeightPrecision Precision => WeightPrecision.Int4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load<T>(byte* row, int column, out T near, out T far)
        where T : struct, ILanes<T>
        => T.LoadInt4(row + column, out near, out far);
}
