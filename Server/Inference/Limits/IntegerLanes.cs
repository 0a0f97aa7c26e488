using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Molmo.Demo.Inference.Kernels;
using static Molmo.Demo.Inference.Kernels.LanesBits;

namespace Molmo.Demo.Inference.Limits;

/// <summary>A register of integers, as the tiles of int8 and int4 use it; its floats are a register as wide.</summary>
internal unsafe interface IIntegerLanes<TSelf, TFloats>
    where TSelf : struct, IIntegerLanes<TSelf, TFloats>
    where TFloats : struct, ILanes<TFloats>
{
    static abstract TSelf Load(byte* source);

    /// <summary>One 32-bit value everywhere.</summary>
    static abstract TSelf Broadcast(int value);

    /// <summary>The lower half of each byte.</summary>
    static abstract TSelf LowerHalves(TSelf bytes);

    /// <summary>The upper half of each byte.</summary>
    static abstract TSelf UpperHalves(TSelf bytes);

    /// <summary>
    /// Products of unsigned and signed bytes, each two neighbours added in 16 bits. Their sum must fit.
    /// </summary>
    static abstract TSelf PairProducts(TSelf unsigned, TSelf signed);

    /// <summary>In 16-bit lanes, wrapping.</summary>
    static abstract TSelf Add16(TSelf left, TSelf right);

    /// <summary>In 32-bit lanes.</summary>
    static abstract TSelf Add32(TSelf left, TSelf right);

    /// <summary>Each two neighbours of 16 bits added in 32.</summary>
    static abstract TSelf PairSums(TSelf words);

    /// <summary>32-bit integers as floats.</summary>
    static abstract TFloats ToFloats(TSelf integers);
}

/// <summary>512 bits, on processors that have them for bytes.</summary>
internal readonly unsafe struct Integers512(Vector512<byte> value) : IIntegerLanes<Integers512, Lanes512>
{
    private readonly Vector512<byte> _value = value;

    [MethodImpl(Inline)] public static Integers512 Load(byte* source) => new(Vector512.Load(source));
    [MethodImpl(Inline)] public static Integers512 Broadcast(int value) => new(Vector512.Create(value).AsByte());
    [MethodImpl(Inline)]
    public static Integers512 LowerHalves(Integers512 bytes) => new(bytes._value & Vector512.Create((byte)15));
    [MethodImpl(Inline)]
    public static Integers512 UpperHalves(Integers512 bytes)
        => new((bytes._value.AsUInt16() >>> 4).AsByte() & Vector512.Create((byte)15));
    [MethodImpl(Inline)]
    public static Integers512 PairProducts(Integers512 unsigned, Integers512 signed)
        => new(Avx512BW.MultiplyAddAdjacent(unsigned._value, signed._value.AsSByte()).AsByte());
    [MethodImpl(Inline)]
    public static Integers512 Add16(Integers512 left, Integers512 right)
        => new((left._value.AsInt16() + right._value.AsInt16()).AsByte());
    [MethodImpl(Inline)]
    public static Integers512 Add32(Integers512 left, Integers512 right)
        => new((left._value.AsInt32() + right._value.AsInt32()).AsByte());
    [MethodImpl(Inline)]
    public static Integers512 PairSums(Integers512 words)
        => new(Avx512BW.MultiplyAddAdjacent(words._value.AsInt16(), Vector512<short>.One).AsByte());
    [MethodImpl(Inline)]
    public static Lanes512 ToFloats(Integers512 integers) => new(Vector512.ConvertToSingle(integers._value.AsInt32()));
}

/// <summary>256 bits, on processors with AVX2.</summary>
internal readonly unsafe struct Integers256(Vector256<byte> value) : IIntegerLanes<Integers256, Lanes256>
{
    public readonly Vector256<byte> Value = value;

    [MethodImpl(Inline)] public static Integers256 Load(byte* source) => new(Vector256.Load(source));
    [MethodImpl(Inline)] public static Integers256 Broadcast(int value) => new(Vector256.Create(value).AsByte());
    [MethodImpl(Inline)]
    public static Integers256 LowerHalves(Integers256 bytes) => new(bytes.Value & Vector256.Create((byte)15));
    [MethodImpl(Inline)]
    public static Integers256 UpperHalves(Integers256 bytes)
        => new((bytes.Value.AsUInt16() >>> 4).AsByte() & Vector256.Create((byte)15));
    [MethodImpl(Inline)]
    public static Integers256 PairProducts(Integers256 unsigned, Integers256 signed)
        => new(Avx2.MultiplyAddAdjacent(unsigned.Value, signed.Value.AsSByte()).AsByte());
    [MethodImpl(Inline)]
    public static Integers256 Add16(Integers256 left, Integers256 right)
        => new((left.Value.AsInt16() + right.Value.AsInt16()).AsByte());
    [MethodImpl(Inline)]
    public static Integers256 Add32(Integers256 left, Integers256 right)
        => new((left.Value.AsInt32() + right.Value.AsInt32()).AsByte());
    [MethodImpl(Inline)]
    public static Integers256 PairSums(Integers256 words)
        => new(Avx2.MultiplyAddAdjacent(words.Value.AsInt16(), Vector256<short>.One).AsByte());
    [MethodImpl(Inline)]
    public static Lanes256 ToFloats(Integers256 integers) => new(Vector256.ConvertToSingle(integers.Value.AsInt32()));
}

/// <summary>128 bits, everywhere: pairs are made with shifts where there is no instruction for them.</summary>
internal readonly unsafe struct Integers128(Vector128<byte> value) : IIntegerLanes<Integers128, Lanes128>
{
    private readonly Vector128<byte> _value = value;

    [MethodImpl(Inline)] public static Integers128 Load(byte* source) => new(Vector128.Load(source));
    [MethodImpl(Inline)] public static Integers128 Broadcast(int value) => new(Vector128.Create(value).AsByte());
    [MethodImpl(Inline)]
    public static Integers128 LowerHalves(Integers128 bytes) => new(bytes._value & Vector128.Create((byte)15));
    [MethodImpl(Inline)]
    public static Integers128 UpperHalves(Integers128 bytes)
        => new((bytes._value.AsUInt16() >>> 4).AsByte() & Vector128.Create((byte)15));
    [MethodImpl(Inline)]
    public static Integers128 PairProducts(Integers128 unsigned, Integers128 signed)
    {
        if (Ssse3.IsSupported)
            return new(Ssse3.MultiplyAddAdjacent(unsigned._value, signed._value.AsSByte()).AsByte());
        var (left, right) = (unsigned._value.AsInt16(), signed._value.AsInt16());
        var even = (left & Vector128.Create((short)0xFF)) * (right << 8 >> 8);
        return new((even + ((left >>> 8) * (right >> 8))).AsByte());
    }

    [MethodImpl(Inline)]
    public static Integers128 Add16(Integers128 left, Integers128 right)
        => new((left._value.AsInt16() + right._value.AsInt16()).AsByte());
    [MethodImpl(Inline)]
    public static Integers128 Add32(Integers128 left, Integers128 right)
        => new((left._value.AsInt32() + right._value.AsInt32()).AsByte());
    [MethodImpl(Inline)]
    public static Integers128 PairSums(Integers128 words)
    {
        if (Sse2.IsSupported)
            return new(Sse2.MultiplyAddAdjacent(words._value.AsInt16(), Vector128<short>.One).AsByte());
        var whole = words._value.AsInt32();
        return new(((whole << 16 >> 16) + (whole >> 16)).AsByte());
    }

    [MethodImpl(Inline)]
    public static Lanes128 ToFloats(Integers128 integers) => new(Vector128.ConvertToSingle(integers._value.AsInt32()));
}
