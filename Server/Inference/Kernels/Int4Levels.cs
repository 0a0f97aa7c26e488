namespace Molmo.Demo.Inference.Kernels;

/// <summary>
/// The 16 values, before scaling, that a weight of four bits has: close together near zero, where most weights are, and
/// wider apart outwards.
/// </summary>
/// <remarks>
/// Whole numbers of so few bits that the products of a block add up in 16 bits (<see cref="QuantizedRows"/>). Found by
/// a search for the least error on blocks of 32 numbers with the scales of <see cref="PackedFormat"/>: against evenly
/// spaced values and a scale from the largest weight, the root of the mean square error falls from 8.5 to 7.5 % on
/// normally distributed numbers, and from 10.8 to 8.3 % on Student's distribution with five degrees of freedom. They
/// are not symmetric: the scale's sign decides which side gets the finer steps at its end.
/// </remarks>
internal static class Int4Levels
{
    public const int Count = 16;

    /// <summary>The largest of all sizes.</summary>
    public const float Largest = 31;

    /// <summary>What kernels add to a value to make it unsigned.</summary>
    public const int Offset = 31;

    /// <summary>By index, rising.</summary>
    public static ReadOnlySpan<float> Values
        => [-31, -24, -19, -15, -11, -8, -5, -2, 0, 3, 6, 9, 13, 17, 23, 30];

    /// <summary>Halfway between each value and the next; the last has none and keeps the count even.</summary>
    public static ReadOnlySpan<float> Thresholds =>
        [-27.5f, -21.5f, -17, -13, -9.5f, -6.5f, -3.5f, -1, 1.5f, 4.5f, 7.5f, 11, 15, 20, 26.5f,
            float.PositiveInfinity];

    /// <summary>
    /// Values with their offset as bytes, once for each 128 bits of a register: lookups stay within those.
    /// </summary>
    public static ReadOnlySpan<byte> Bytes =>
    [
        0, 7, 12, 16, 20, 23, 26, 29, 31, 34, 37, 40, 44, 48, 54, 61,
        0, 7, 12, 16, 20, 23, 26, 29, 31, 34, 37, 40, 44, 48, 54, 61,
        0, 7, 12, 16, 20, 23, 26, 29, 31, 34, 37, 40, 44, 48, 54, 61,
        0, 7, 12, 16, 20, 23, 26, 29, 31, 34, 37, 40, 44, 48, 54, 61,
    ];

    /// <summary>Index of the nearest value; the lower of two.</summary>
    public static int IndexOf(float value)
    {
        var index = 0;
        while (value > Thresholds[index]) index++;
        return index;
    }

    /// <summary>The nearest values, or their indices, of a register.</summary>
    /// <remarks>Adds the distance from each value to the next for each threshold below the number.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum<T>(T value, float first, bool isIndex)
        where T : struct, ILanes<T>
    {
        var (sum, zero) = (T.Broadcast(first), T.Broadcast(0));
        for (var i = 0; i < Count - 1; i++)
            sum += T.ChooseLess(
                T.Broadcast(Thresholds[i]), value, T.Broadcast(isIndex ? 1 : Values[i + 1] - Values[i]), zero);
        return sum;
    }
}
