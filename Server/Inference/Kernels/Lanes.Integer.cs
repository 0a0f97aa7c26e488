using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using static Molmo.Demo.Inference.Kernels.LanesBits;

namespace Molmo.Demo.Inference.Kernels;

/// <remarks>
/// What integer products need: the same registers, their bits taken as bytes, or as whole numbers of 16 or 32 bits.
/// </remarks>
internal unsafe partial interface ILanes<TSelf>
{
    /// <summary>
    /// Adds, in 16 bits and round again beyond them, each pair of products of an unsigned byte and a signed one; no
    /// pair may come to more than 16 bits by itself.
    /// </summary>
    static abstract TSelf AddProducts(TSelf sums, TSelf unsignedBytes, TSelf signedBytes);

    /// <summary>The sum of each pair of whole numbers of 16 bits, in 32 bits.</summary>
    static abstract TSelf PairSums(TSelf shorts);

    /// <summary>Whole numbers of 32 bits added.</summary>
    static abstract TSelf AddIntegers(TSelf left, TSelf right);

    /// <summary>Whole numbers of 32 bits as floats.</summary>
    static abstract TSelf ToSingle(TSelf integers);

    /// <summary>The stored values of <see cref="Int4Levels"/> whose indices are the lower halves of bytes.</summary>
    static abstract TSelf LowerInt4(TSelf bytes);

    /// <summary>The same of the upper halves.</summary>
    static abstract TSelf UpperInt4(TSelf bytes);

    /// <summary>
    /// Whole numbers of 0 to 255 side by side, four bytes for each element: the first numbers' come first.
    /// </summary>
    static abstract void StoreQuads(TSelf first, TSelf second, TSelf third, TSelf fourth, byte* destination);
}

internal readonly unsafe partial struct Lanes128
{
    [MethodImpl(Inline)]
    public static Lanes128 AddProducts(Lanes128 sums, Lanes128 unsignedBytes, Lanes128 signedBytes)
        => new((sums.Value.AsInt16() + Products(unsignedBytes.Value.AsByte(), signedBytes.Value.AsSByte())).AsSingle());

    [MethodImpl(Inline)]
    public static Lanes128 PairSums(Lanes128 shorts)
    {
        if (Sse2.IsSupported)
            return new(Sse2.MultiplyAddAdjacent(shorts.Value.AsInt16(), Vector128<short>.One).AsSingle());
        var pairs = shorts.Value.AsInt32();
        return new(((pairs << 16 >> 16) + (pairs >> 16)).AsSingle());
    }

    [MethodImpl(Inline)]
    public static Lanes128 AddIntegers(Lanes128 left, Lanes128 right)
        => new((left.Value.AsInt32() + right.Value.AsInt32()).AsSingle());

    [MethodImpl(Inline)]
    public static Lanes128 ToSingle(Lanes128 integers) => new(Vector128.ConvertToSingle(integers.Value.AsInt32()));

    [MethodImpl(Inline)]
    public static Lanes128 LowerInt4(Lanes128 bytes)
        => new(Levels(bytes.Value.AsByte() & Vector128.Create((byte)15)).AsSingle());

    [MethodImpl(Inline)]
    public static Lanes128 UpperInt4(Lanes128 bytes) => new(Levels(bytes.Value.AsByte() >> 4).AsSingle());

    [MethodImpl(Inline)]
    public static void StoreQuads(
        Lanes128 first, Lanes128 second, Lanes128 third, Lanes128 fourth, byte* destination)
        => (Vector128.ConvertToInt32(first.Value) | (Vector128.ConvertToInt32(second.Value) << 8)
            | (Vector128.ConvertToInt32(third.Value) << 16) | (Vector128.ConvertToInt32(fourth.Value) << 24))
            .AsByte().Store(destination);

    /// <summary>Pairs of products, in 16 bits.</summary>
    [MethodImpl(Inline)]
    private static Vector128<short> Products(Vector128<byte> unsignedBytes, Vector128<sbyte> signedBytes)
    {
        if (Ssse3.IsSupported) return Ssse3.MultiplyAddAdjacent(unsignedBytes, signedBytes);
        var (left, right) = (unsignedBytes.AsUInt16(), signedBytes.AsInt16());
        return ((left & Vector128.Create((ushort)255)).AsInt16() * (right << 8 >> 8))
            + ((left >> 8).AsInt16() * (right >> 8));
    }

    [MethodImpl(Inline)]
    private static Vector128<byte> Levels(Vector128<byte> indices)
    {
        var levels = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(Int4Levels.Bytes));
        if (Ssse3.IsSupported) return Ssse3.Shuffle(levels, indices);
        return AdvSimd.Arm64.IsSupported
            ? AdvSimd.Arm64.VectorTableLookup(levels, indices)
            : Vector128.Shuffle(levels, indices);
    }
}

internal readonly unsafe partial struct Lanes256
{
    [MethodImpl(Inline)]
    public static Lanes256 AddProducts(Lanes256 sums, Lanes256 unsignedBytes, Lanes256 signedBytes)
    {
        if (Avx2.IsSupported)
        {
            var products =
                Avx2.MultiplyAddAdjacent(unsignedBytes.Value.AsByte(), signedBytes.Value.AsSByte());
            return new((sums.Value.AsInt16() + products).AsSingle());
        }

        return new(Vector256.Create(
            Lanes128.AddProducts(Lower(sums), Lower(unsignedBytes), Lower(signedBytes)).Value,
            Lanes128.AddProducts(Upper(sums), Upper(unsignedBytes), Upper(signedBytes)).Value));
    }

    [MethodImpl(Inline)]
    public static Lanes256 PairSums(Lanes256 shorts)
        => new(Avx2.IsSupported
            ? Avx2.MultiplyAddAdjacent(shorts.Value.AsInt16(), Vector256<short>.One).AsSingle()
            : Vector256.Create(Lanes128.PairSums(Lower(shorts)).Value, Lanes128.PairSums(Upper(shorts)).Value));

    [MethodImpl(Inline)]
    public static Lanes256 AddIntegers(Lanes256 left, Lanes256 right)
        => new((left.Value.AsInt32() + right.Value.AsInt32()).AsSingle());

    [MethodImpl(Inline)]
    public static Lanes256 ToSingle(Lanes256 integers) => new(Vector256.ConvertToSingle(integers.Value.AsInt32()));

    [MethodImpl(Inline)]
    public static Lanes256 LowerInt4(Lanes256 bytes)
        => new(Avx2.IsSupported
            ? Avx2.Shuffle(Levels, bytes.Value.AsByte() & Vector256.Create((byte)15)).AsSingle()
            : Vector256.Create(Lanes128.LowerInt4(Lower(bytes)).Value, Lanes128.LowerInt4(Upper(bytes)).Value));

    [MethodImpl(Inline)]
    public static Lanes256 UpperInt4(Lanes256 bytes)
        => new(Avx2.IsSupported
            ? Avx2.Shuffle(
                Levels, (bytes.Value.AsUInt16() >> 4).AsByte() & Vector256.Create((byte)15)).AsSingle()
            : Vector256.Create(Lanes128.UpperInt4(Lower(bytes)).Value, Lanes128.UpperInt4(Upper(bytes)).Value));

    [MethodImpl(Inline)]
    public static void StoreQuads(
        Lanes256 first, Lanes256 second, Lanes256 third, Lanes256 fourth, byte* destination)
    {
        Lanes128.StoreQuads(Lower(first), Lower(second), Lower(third), Lower(fourth), destination);
        Lanes128.StoreQuads(Upper(first), Upper(second), Upper(third), Upper(fourth), destination + 16);
    }

    private static Vector256<byte> Levels
        => Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(Int4Levels.Bytes));

    [MethodImpl(Inline)]
    private static Lanes128 Lower(Lanes256 value) => new(value.Value.GetLower());

    [MethodImpl(Inline)]
    private static Lanes128 Upper(Lanes256 value) => new(value.Value.GetUpper());
}

internal readonly unsafe partial struct Lanes512
{
    [MethodImpl(Inline)]
    public static Lanes512 AddProducts(Lanes512 sums, Lanes512 unsignedBytes, Lanes512 signedBytes)
    {
        if (Avx512BW.IsSupported)
        {
            var products =
                Avx512BW.MultiplyAddAdjacent(unsignedBytes.Value.AsByte(), signedBytes.Value.AsSByte());
            return new((sums.Value.AsInt16() + products).AsSingle());
        }

        return new(Vector512.Create(
            Lanes256.AddProducts(Lower(sums), Lower(unsignedBytes), Lower(signedBytes)).Value,
            Lanes256.AddProducts(Upper(sums), Upper(unsignedBytes), Upper(signedBytes)).Value));
    }

    [MethodImpl(Inline)]
    public static Lanes512 PairSums(Lanes512 shorts)
        => new(Avx512BW.IsSupported
            ? Avx512BW.MultiplyAddAdjacent(shorts.Value.AsInt16(), Vector512<short>.One).AsSingle()
            : Vector512.Create(Lanes256.PairSums(Lower(shorts)).Value, Lanes256.PairSums(Upper(shorts)).Value));

    [MethodImpl(Inline)]
    public static Lanes512 AddIntegers(Lanes512 left, Lanes512 right)
        => new((left.Value.AsInt32() + right.Value.AsInt32()).AsSingle());

    [MethodImpl(Inline)]
    public static Lanes512 ToSingle(Lanes512 integers) => new(Vector512.ConvertToSingle(integers.Value.AsInt32()));

    [MethodImpl(Inline)]
    public static Lanes512 LowerInt4(Lanes512 bytes)
        => new(Avx512BW.IsSupported
            ? Avx512BW.Shuffle(Levels, bytes.Value.AsByte() & Vector512.Create((byte)15)).AsSingle()
            : Vector512.Create(Lanes256.LowerInt4(Lower(bytes)).Value, Lanes256.LowerInt4(Upper(bytes)).Value));

    [MethodImpl(Inline)]
    public static Lanes512 UpperInt4(Lanes512 bytes)
        => new(Avx512BW.IsSupported
            ? Avx512BW.Shuffle(
                Levels, (bytes.Value.AsUInt16() >> 4).AsByte() & Vector512.Create((byte)15)).AsSingle()
            : Vector512.Create(Lanes256.UpperInt4(Lower(bytes)).Value, Lanes256.UpperInt4(Upper(bytes)).Value));

    [MethodImpl(Inline)]
    public static void StoreQuads(
        Lanes512 first, Lanes512 second, Lanes512 third, Lanes512 fourth, byte* destination)
    {
        Lanes256.StoreQuads(Lower(first), Lower(second), Lower(third), Lower(fourth), destination);
        Lanes256.StoreQuads(Upper(first), Upper(second), Upper(third), Upper(fourth), destination + 32);
    }

    private static Vector512<byte> Levels
        => Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(Int4Levels.Bytes));

    [MethodImpl(Inline)]
    private static Lanes256 Lower(Lanes512 value) => new(value.Value.GetLower());

    [MethodImpl(Inline)]
    private static Lanes256 Upper(Lanes512 value) => new(value.Value.GetUpper());
}
