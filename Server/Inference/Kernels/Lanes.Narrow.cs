using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Molmo.Demo.Inference.Kernels;

/// <remarks>Weights of fewer bits, widened while they are loaded.</remarks>
internal unsafe partial interface ILanes<TSelf>
{
    static abstract TSelf LoadBFloat16(ushort* source);

    static abstract TSelf LoadInt8(sbyte* source);

    /// <summary>Half-precision numbers; finite ones only.</summary>
    static abstract TSelf LoadHalf(short* source);

    /// <summary>The values of <see cref="Int4Levels"/> of which the lower and the upper half of each byte are the indices.</summary>
    static abstract void LoadInt4(byte* source, out TSelf lower, out TSelf upper);
}

/// <remarks>
/// Where the processor widens in one instruction, that is asked for by name: the portable forms take two. The wider
/// structs fall back on two of the narrower ones, so that each also runs where it is emulated.
/// </remarks>
internal readonly unsafe partial struct Lanes512
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadBFloat16(ushort* source) => new((Widened(source) << 16).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadInt8(sbyte* source)
        => new(Vector512.ConvertToSingle(Avx512F.IsSupported
            ? Avx512F.ConvertToVector512Int32(Vector128.Load(source))
            : Vector512.Create(Lanes256.Widened(source), Lanes256.Widened(source + 8))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadHalf(short* source)
        => new(((Widened((ushort*)source) << 16 >> 3) & Vector512.Create(HalfBits.Mask)).AsSingle() * Vector512.Create(HalfBits.Factor));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LoadInt4(byte* source, out Lanes512 lower, out Lanes512 upper)
    {
        if (Avx512F.IsSupported)
        {
            // A register holds all 16 values; the index of a lookup is the lower half of the byte as it stands.
            var values = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(Int4Levels.Values));
            var bytes = Avx512F.ConvertToVector512Int32(Vector128.Load(source));
            lower = new(Avx512F.PermuteVar16x32(values, bytes));
            upper = new(Avx512F.PermuteVar16x32(values, bytes >> 4));
            return;
        }

        Lanes256.LoadInt4(source, out var lower0, out var upper0);
        Lanes256.LoadInt4(source + 8, out var lower1, out var upper1);
        lower = new(Vector512.Create(lower0.Value, lower1.Value));
        upper = new(Vector512.Create(upper0.Value, upper1.Value));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Widened(ushort* source)
        => Avx512F.IsSupported
            ? Avx512F.ConvertToVector512Int32(Vector256.Load(source))
            : Vector512.Create(Lanes256.Widened(source), Lanes256.Widened(source + 8));
}

internal readonly unsafe partial struct Lanes256
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadBFloat16(ushort* source) => new((Widened(source) << 16).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadInt8(sbyte* source) => new(Vector256.ConvertToSingle(Widened(source)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadHalf(short* source)
        => new(((Widened((ushort*)source) << 16 >> 3) & Vector256.Create(HalfBits.Mask)).AsSingle() * Vector256.Create(HalfBits.Factor));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LoadInt4(byte* source, out Lanes256 lower, out Lanes256 upper)
    {
        var bytes = Vector128.CreateScalar(Unsafe.ReadUnaligned<ulong>(source)).AsByte();
        lower = new(Vector256.ConvertToSingle(Widened(Int4Levels.Of(bytes & Vector128.Create((byte)15)))));
        upper = new(Vector256.ConvertToSingle(Widened(Int4Levels.Of(bytes >> 4))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<int> Widened(ushort* source)
        => Avx2.IsSupported ? Avx2.ConvertToVector256Int32(source) : Vector256.Create(Lanes128.Widened(source), Lanes128.Widened(source + 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<int> Widened(sbyte* source)
        => Avx2.IsSupported ? Avx2.ConvertToVector256Int32(source) : Vector256.Create(Lanes128.Widened(source), Lanes128.Widened(source + 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<int> Widened(Vector128<sbyte> source)
        => Avx2.IsSupported ? Avx2.ConvertToVector256Int32(source) : Vector256.Create(Lanes128.Widened(source), Lanes128.Widened((source.AsInt64() >>> 32).AsSByte()));
}

internal readonly unsafe partial struct Lanes128
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadBFloat16(ushort* source) => new((Widened(source) << 16).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadInt8(sbyte* source) => new(Vector128.ConvertToSingle(Widened(source)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadHalf(short* source)
        => new(((Widened((ushort*)source) << 16 >> 3) & Vector128.Create(HalfBits.Mask)).AsSingle() * Vector128.Create(HalfBits.Factor));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LoadInt4(byte* source, out Lanes128 lower, out Lanes128 upper)
    {
        var bytes = Vector128.CreateScalar(Unsafe.ReadUnaligned<uint>(source)).AsByte();
        lower = new(Vector128.ConvertToSingle(Widened(Int4Levels.Of(bytes & Vector128.Create((byte)15)))));
        upper = new(Vector128.ConvertToSingle(Widened(Int4Levels.Of(bytes >> 4))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<int> Widened(ushort* source)
        => Vector128.WidenLower(Vector128.CreateScalar(Unsafe.ReadUnaligned<ulong>(source)).AsUInt16()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<int> Widened(sbyte* source)
        => Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalar(Unsafe.ReadUnaligned<uint>(source)).AsSByte()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<int> Widened(Vector128<sbyte> source) => Vector128.WidenLower(Vector128.WidenLower(source));
}

/// <summary>
/// Half precision to float32 without an instruction for it: sign, exponent and fraction are shifted to their places, and
/// one multiplication mends the exponent's bias. Right for every finite number, the subnormal ones included.
/// </summary>
internal static class HalfBits
{
    /// <summary>Sign, and the bits that exponent and fraction come to.</summary>
    public const int Mask = unchecked((int)0x8FFFE000);

    /// <summary>2^112.</summary>
    public const float Factor = 5.192296858534828e33f;
}
