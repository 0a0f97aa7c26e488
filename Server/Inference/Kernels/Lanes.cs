namespace Molmo.Demo.Inference.Kernels;

/// <summary>
/// A register of floats. Element-wise kernels are written once over this and instantiated for each width, so that the
/// widths cannot drift apart; the JIT turns every member into one or two instructions.
/// </summary>
internal unsafe partial interface ILanes<TSelf>
    where TSelf : struct, ILanes<TSelf>
{
    /// <summary>Floats in the register.</summary>
    static abstract int Count { get; }

    static abstract TSelf Load(float* source);
    static abstract TSelf Broadcast(float value);
    static abstract void Store(TSelf value, float* destination);
    static abstract TSelf operator +(TSelf left, TSelf right);
    static abstract TSelf operator -(TSelf left, TSelf right);
    static abstract TSelf operator *(TSelf left, TSelf right);
    static abstract TSelf operator /(TSelf left, TSelf right);
    static abstract TSelf Exp(TSelf value);

    /// <summary>a * b + c, fused where the processor does that.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>The larger of each pair; unspecified where one is not a number.</summary>
    static abstract TSelf Max(TSelf left, TSelf right);

    /// <summary>The smaller of each pair; unspecified where one is not a number.</summary>
    static abstract TSelf Min(TSelf left, TSelf right);

    /// <summary>All floats added.</summary>
    static abstract float Sum(TSelf value);

    /// <summary>The largest float.</summary>
    static abstract float Largest(TSelf value);

    /// <summary>Where left is less than right the third, else the fourth.</summary>
    static abstract TSelf ChooseLess(TSelf left, TSelf right, TSelf less, TSelf notLess);

    /// <summary>The number whose bits below the sign are the lowest nine of each, the fraction zero: 2^(n - 127) where
    /// they hold n.</summary>
    static abstract TSelf ExponentFromLowBits(TSelf value);

    /// <summary>The power of two at or below each size; zero below the smallest normal number.</summary>
    static abstract TSelf PowerOfTwo(TSelf value);

    /// <summary>The value of <see cref="Int4Levels"/> nearest to each.</summary>
    static abstract TSelf Int4Level(TSelf value);

    /// <summary>Its index.</summary>
    static abstract TSelf Int4Index(TSelf value);

    /// <summary>The lower byte of each whole number.</summary>
    static abstract void StoreBytes(TSelf value, byte* destination);

    /// <summary>To the nearest, ties to even; what is not a number stays so.</summary>
    static abstract void StoreBFloat16(TSelf value, ushort* destination);

    static abstract TSelf LoadBFloat16(ushort* source);

    /// <summary>Half-precision numbers; finite ones only.</summary>
    static abstract TSelf LoadHalf(short* source);
}

/// <summary>Fields of numbers, for all widths.</summary>
internal static class LanesBits
{
    public const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>The exponent of a float32.</summary>
    public const int Exponent = 0x7F80_0000;

    /// <summary>Where exponent and fraction of half precision come to lie in a float32, as bits.</summary>
    public const int HalfMask = 0x0FFF_E000;

    /// <summary>What the exponent of half precision lacks in a float32: 112, at its place.</summary>
    public const int HalfBias = 112 << 23;

    /// <summary>One of the exponent of a float32.</summary>
    public const int ExponentStep = 1 << 23;

    /// <summary>The smallest normal number of half precision, 2^-14.</summary>
    public const float SmallestHalf = 6.103515625e-05f;
}
