using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static Molmo.Demo.Inference.Kernels.LanesBits;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>512 bits.</summary>
/// <remarks>
/// Where the processor widens in one instruction, that is asked for by name: the portable forms take two. The wider
/// structs fall back on two of the narrower ones, so that each also runs where it is emulated.
/// </remarks>
internal readonly unsafe partial struct Lanes512(Vector512<float> value) : ILanes<Lanes512>
{
    public readonly Vector512<float> Value = value;

    public static int Count => Vector512<float>.Count;

    [MethodImpl(Inline)] public static Lanes512 Load(float* source) => new(Vector512.Load(source));
    [MethodImpl(Inline)] public static Lanes512 Broadcast(float value) => new(Vector512.Create(value));
    [MethodImpl(Inline)] public static void Store(Lanes512 value, float* target) => value.Value.Store(target);
    [MethodImpl(Inline)] public static Lanes512 operator +(Lanes512 a, Lanes512 b) => new(a.Value + b.Value);
    [MethodImpl(Inline)] public static Lanes512 operator -(Lanes512 a, Lanes512 b) => new(a.Value - b.Value);
    [MethodImpl(Inline)] public static Lanes512 operator *(Lanes512 a, Lanes512 b) => new(a.Value * b.Value);
    [MethodImpl(Inline)] public static Lanes512 operator /(Lanes512 a, Lanes512 b) => new(a.Value / b.Value);
    [MethodImpl(Inline)] public static Lanes512 Exp(Lanes512 value) => Exponential.Of(value);
    [MethodImpl(Inline)]
    public static Lanes512 ExponentFromLowBits(Lanes512 value) => new((value.Value.AsInt32() << 23).AsSingle());
    [MethodImpl(Inline)]
    public static Lanes512 Max(Lanes512 a, Lanes512 b) => new(Vector512.MaxNative(a.Value, b.Value));
    [MethodImpl(Inline)]
    public static Lanes512 Min(Lanes512 a, Lanes512 b) => new(Vector512.MinNative(a.Value, b.Value));
    [MethodImpl(Inline)] public static float Sum(Lanes512 value) => Vector512.Sum(value.Value);

    [MethodImpl(Inline)]
    public static Lanes512 LoadBFloat16(ushort* source)
        => new((Widened(source) << 16).AsSingle());

    [MethodImpl(Inline)]
    public static Lanes512 MultiplyAdd(Lanes512 a, Lanes512 b, Lanes512 c)
        => new(Vector512.MultiplyAddEstimate(a.Value, b.Value, c.Value));

    [MethodImpl(Inline)]
    public static Lanes512 ChooseLess(Lanes512 left, Lanes512 right, Lanes512 less, Lanes512 notLess)
        => new(Vector512.ConditionalSelect(Vector512.LessThan(left.Value, right.Value), less.Value, notLess.Value));

    [MethodImpl(Inline)]
    public static Lanes512 PowerOfTwo(Lanes512 value)
        => new((value.Value.AsInt32() & Vector512.Create(Exponent)).AsSingle());

    [MethodImpl(Inline)]
    public static Lanes512 LoadHalf(short* source)
    {
        // Subnormal ones go by a subtraction: as a float32 they would be subnormal too, and slow.
        var bits = Widened((ushort*)source);
        var size = (bits << 13) & Vector512.Create(HalfMask);
        var normal = size + Vector512.Create(HalfBias);
        var subnormal = (normal + Vector512.Create(ExponentStep)).AsSingle() - Vector512.Create(SmallestHalf);
        var isNormal = Vector512.GreaterThanOrEqual(size, Vector512.Create(ExponentStep)).AsSingle();
        var value = Vector512.ConditionalSelect(isNormal, normal.AsSingle(), subnormal);
        return new((value.AsInt32() | ((bits << 16) & Vector512.Create(int.MinValue))).AsSingle());
    }

    [MethodImpl(Inline)]
    public static float Largest(Lanes512 value)
        => Lanes256.Largest(new(Vector256.MaxNative(value.Value.GetLower(), value.Value.GetUpper())));

    [MethodImpl(Inline)]
    public static Lanes512 Int4Level(Lanes512 value)
    {
        if (!Avx512F.IsSupported) return Int4Levels.Sum(value, Int4Levels.Values[0], isIndex: false);
        var values = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(Int4Levels.Values));
        return new(Avx512F.PermuteVar16x32(values, Search(value)));
    }

    [MethodImpl(Inline)]
    public static Lanes512 Int4Index(Lanes512 value)
        => Avx512F.IsSupported
            ? new(Vector512.ConvertToSingle(Search(value)))
            : Int4Levels.Sum(value, 0, isIndex: true);

    [MethodImpl(Inline)]
    public static void StoreBytes(Lanes512 value, byte* destination)
    {
        if (Avx512F.IsSupported)
        {
            Avx512F.ConvertToVector128Byte(Avx512F.ConvertToVector512Int32(value.Value)).Store(destination);
            return;
        }

        Lanes256.StoreBytes(new(value.Value.GetLower()), destination);
        Lanes256.StoreBytes(new(value.Value.GetUpper()), destination + 8);
    }

    [MethodImpl(Inline)]
    public static void StoreBFloat16(Lanes512 value, ushort* destination)
    {
        Lanes256.StoreBFloat16(new(value.Value.GetLower()), destination);
        Lanes256.StoreBFloat16(new(value.Value.GetUpper()), destination + 8);
    }

    [MethodImpl(Inline)]
    private static Vector512<int> Widened(ushort* source)
        => Avx512F.IsSupported
            ? Avx512F.ConvertToVector512Int32(Vector256.Load(source))
            : Vector512.Create(Lanes256.Widened(source), Lanes256.Widened(source + 8));

    /// <summary>Index of the nearest of 16 values, halving: a register holds all thresholds.</summary>
    [MethodImpl(Inline)]
    private static Vector512<int> Search(Lanes512 value)
    {
        var thresholds = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(Int4Levels.Thresholds));
        var index = Vector512<int>.Zero;
        for (var step = 8; step > 0; step /= 2)
        {
            var threshold = Avx512F.PermuteVar16x32(thresholds, index + Vector512.Create(step - 1));
            index += Vector512.GreaterThan(value.Value, threshold).AsInt32() & Vector512.Create(step);
        }

        return index;
    }
}
