namespace Molmo.Demo.Inference.Kernels;

/// <summary>
/// What a tile's queries have found in some positions: each one's largest score, the sum of exp(score - largest), and
/// the sum of the values with these weights. States of different positions can be put together.
/// </summary>
/// <param name="start"><see cref="LengthOf"/> floats.</param>
/// <param name="valueStride">Floats a query's values.</param>
internal readonly unsafe struct AttentionState<T>(float* start, int valueStride)
    where T : struct, ILanes<T>
{
    /// <summary>Rows of a tile, rounded up to whole registers.</summary>
    private const int Count = 16;

    /// <summary>[Rows].</summary>
    public float* Largest => start;

    /// <summary>[Rows].</summary>
    public float* Sums => start + Count;

    /// <summary>[Rows, valueStride].</summary>
    public float* Totals => start + (2 * Count);

    public static int LengthOf(int valueStride) => (2 * Count) + (AttentionTile.Rows * valueStride);

    /// <summary>Adds what was found in the positions that follow. Of the two factors of a row one is 1.</summary>
    /// <param name="part">What was found. A row that sees none of them keeps its bits.</param>
    /// <param name="rows">Rows of both.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(AttentionState<T> part, int rows)
    {
        float* factors = stackalloc float[2 * Count], partFactors = factors + Count;
        for (var i = 0; i < Count; i += T.Count)
        {
            var largest = T.Load(Largest + i);
            var partLargest = T.Load(part.Largest + i);
            var larger = T.Max(largest, partLargest);
            var factor = T.Exp(largest - larger);
            var partFactor = T.Exp(partLargest - larger);
            T.Store(larger, Largest + i);
            T.Store(T.MultiplyAdd(T.Load(part.Sums + i), partFactor, T.Load(Sums + i) * factor), Sums + i);
            T.Store(factor, factors + i);
            T.Store(partFactor, partFactors + i);
        }

        for (var row = 0; row < rows; row++)
        {
            float* target = Totals + (row * valueStride), source = part.Totals + (row * valueStride);
            T factor = T.Broadcast(factors[row]), partFactor = T.Broadcast(partFactors[row]);
            for (var i = 0; i < valueStride; i += T.Count)
                T.Store(T.MultiplyAdd(T.Load(source + i), partFactor, T.Load(target + i) * factor), target + i);
        }
    }
}
