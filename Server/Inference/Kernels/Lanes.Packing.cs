using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Molmo.Demo.Inference.Kernels;

/// <remarks>What packing weights needs beyond arithmetic.</remarks>
internal unsafe partial interface ILanes<TSelf>
{
    /// <summary>The smaller of each pair; unspecified where one is not a number.</summary>
    static abstract TSelf Min(TSelf left, TSelf right);

    /// <summary>Where left is less than right the third, else the fourth.</summary>
    static abstract TSelf ChooseLess(TSelf left, TSelf right, TSelf less, TSelf notLess);

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
}

internal readonly unsafe partial struct Lanes512
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Min(Lanes512 left, Lanes512 right) => new(Vector512.MinNative(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 ChooseLess(Lanes512 left, Lanes512 right, Lanes512 less, Lanes512 notLess)
        => new(Vector512.ConditionalSelect(Vector512.LessThan(left._value, right._value), less._value, notLess._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 PowerOfTwo(Lanes512 value) => new((value._value.AsInt32() & Vector512.Create(LanesBits.Exponent)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Int4Level(Lanes512 value)
        => Avx512F.IsSupported
            ? new(Avx512F.PermuteVar16x32(Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(Int4Levels.Values)), Search(value)))
            : Int4Levels.Sum(value, Int4Levels.Values[0], isIndex: false);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Int4Index(Lanes512 value)
        => Avx512F.IsSupported ? new(Vector512.ConvertToSingle(Search(value))) : Int4Levels.Sum(value, 0, isIndex: true);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(Lanes512 value, byte* destination)
    {
        if (Avx512F.IsSupported)
        {
            Avx512F.ConvertToVector128Byte(Avx512F.ConvertToVector512Int32(value._value)).Store(destination);
            return;
        }

        Lanes256.StoreBytes(new Lanes256(value._value.GetLower()), destination);
        Lanes256.StoreBytes(new Lanes256(value._value.GetUpper()), destination + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBFloat16(Lanes512 value, ushort* destination)
    {
        Lanes256.StoreBFloat16(new Lanes256(value._value.GetLower()), destination);
        Lanes256.StoreBFloat16(new Lanes256(value._value.GetUpper()), destination + 8);
    }

    /// <summary>Index of the nearest of 16 values, halving: a register holds all thresholds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Search(Lanes512 value)
    {
        var thresholds = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(Int4Levels.Thresholds));
        var index = Vector512<int>.Zero;
        for (var step = 8; step > 0; step /= 2)
        {
            var threshold = Avx512F.PermuteVar16x32(thresholds, index + Vector512.Create(step - 1));
            index += Vector512.GreaterThan(value._value, threshold).AsInt32() & Vector512.Create(step);
        }

        return index;
    }
}

internal readonly unsafe partial struct Lanes256
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Min(Lanes256 left, Lanes256 right) => new(Vector256.MinNative(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 ChooseLess(Lanes256 left, Lanes256 right, Lanes256 less, Lanes256 notLess)
        => new(Vector256.ConditionalSelect(Vector256.LessThan(left._value, right._value), less._value, notLess._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 PowerOfTwo(Lanes256 value) => new((value._value.AsInt32() & Vector256.Create(LanesBits.Exponent)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Int4Level(Lanes256 value) => Int4Levels.Sum(value, Int4Levels.Values[0], isIndex: false);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Int4Index(Lanes256 value) => Int4Levels.Sum(value, 0, isIndex: true);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(Lanes256 value, byte* destination)
    {
        Lanes128.StoreBytes(new Lanes128(value._value.GetLower()), destination);
        Lanes128.StoreBytes(new Lanes128(value._value.GetUpper()), destination + 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBFloat16(Lanes256 value, ushort* destination)
    {
        var bits = value._value.AsUInt32();
        var rounded = bits + Vector256.Create(0x7FFFu) + ((bits >> 16) & Vector256<uint>.One);
        var stored = Vector256.ConditionalSelect(Vector256.Equals(value._value, value._value).AsUInt32(), rounded >> 16, (bits >> 16) | Vector256.Create(0x40u));
        Vector128.Narrow(stored.GetLower(), stored.GetUpper()).Store(destination);
    }
}

internal readonly unsafe partial struct Lanes128
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Min(Lanes128 left, Lanes128 right) => new(Vector128.MinNative(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 ChooseLess(Lanes128 left, Lanes128 right, Lanes128 less, Lanes128 notLess)
        => new(Vector128.ConditionalSelect(Vector128.LessThan(left._value, right._value), less._value, notLess._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 PowerOfTwo(Lanes128 value) => new((value._value.AsInt32() & Vector128.Create(LanesBits.Exponent)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Int4Level(Lanes128 value) => Int4Levels.Sum(value, Int4Levels.Values[0], isIndex: false);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Int4Index(Lanes128 value) => Int4Levels.Sum(value, 0, isIndex: true);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(Lanes128 value, byte* destination)
    {
        var whole = Vector128.ConvertToInt32(value._value);
        var bytes = Vector128.Narrow(Vector128.Narrow(whole, whole), Vector128<short>.Zero);
        Unsafe.WriteUnaligned(destination, bytes.AsUInt32().ToScalar());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBFloat16(Lanes128 value, ushort* destination)
    {
        var bits = value._value.AsUInt32();
        var rounded = bits + Vector128.Create(0x7FFFu) + ((bits >> 16) & Vector128<uint>.One);
        var stored = Vector128.ConditionalSelect(Vector128.Equals(value._value, value._value).AsUInt32(), rounded >> 16, (bits >> 16) | Vector128.Create(0x40u));
        Unsafe.WriteUnaligned(destination, Vector128.Narrow(stored, stored).AsUInt64().ToScalar());
    }
}

/// <summary>Fields of a float32.</summary>
internal static class LanesBits
{
    public const int Exponent = 0x7F80_0000;
}
