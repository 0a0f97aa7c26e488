using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static Molmo.Demo.Inference.Kernels.LanesBits;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>256 bits.</summary>
internal readonly unsafe partial struct Lanes256(Vector256<float> value) : ILanes<Lanes256>
{
    public readonly Vector256<float> Value = value;

    public static int Count => Vector256<float>.Count;

    [MethodImpl(Inline)] public static Lanes256 Load(float* source) => new(Vector256.Load(source));
    [MethodImpl(Inline)] public static Lanes256 Broadcast(float value) => new(Vector256.Create(value));
    [MethodImpl(Inline)] public static void Store(Lanes256 value, float* target) => value.Value.Store(target);
    [MethodImpl(Inline)] public static Lanes256 operator +(Lanes256 a, Lanes256 b) => new(a.Value + b.Value);
    [MethodImpl(Inline)] public static Lanes256 operator -(Lanes256 a, Lanes256 b) => new(a.Value - b.Value);
    [MethodImpl(Inline)] public static Lanes256 operator *(Lanes256 a, Lanes256 b) => new(a.Value * b.Value);
    [MethodImpl(Inline)] public static Lanes256 operator /(Lanes256 a, Lanes256 b) => new(a.Value / b.Value);
    [MethodImpl(Inline)] public static Lanes256 Exp(Lanes256 value) => Exponential.Of(value);
    [MethodImpl(Inline)]
    public static Lanes256 ExponentFromLowBits(Lanes256 value) => new((value.Value.AsInt32() << 23).AsSingle());
    [MethodImpl(Inline)]
    public static Lanes256 Max(Lanes256 a, Lanes256 b) => new(Vector256.MaxNative(a.Value, b.Value));
    [MethodImpl(Inline)]
    public static Lanes256 Min(Lanes256 a, Lanes256 b) => new(Vector256.MinNative(a.Value, b.Value));
    [MethodImpl(Inline)] public static float Sum(Lanes256 value) => Vector256.Sum(value.Value);

    [MethodImpl(Inline)]
    public static Lanes256 LoadBFloat16(ushort* source)
        => new((Widened(source) << 16).AsSingle());

    [MethodImpl(Inline)]
    public static Lanes256 MultiplyAdd(Lanes256 a, Lanes256 b, Lanes256 c)
        => new(Vector256.MultiplyAddEstimate(a.Value, b.Value, c.Value));

    [MethodImpl(Inline)]
    public static Lanes256 ChooseLess(Lanes256 left, Lanes256 right, Lanes256 less, Lanes256 notLess)
        => new(Vector256.ConditionalSelect(Vector256.LessThan(left.Value, right.Value), less.Value, notLess.Value));

    [MethodImpl(Inline)]
    public static Lanes256 PowerOfTwo(Lanes256 value)
        => new((value.Value.AsInt32() & Vector256.Create(Exponent)).AsSingle());

    [MethodImpl(Inline)]
    public static Lanes256 LoadHalf(short* source)
    {
        // Subnormal ones go by a subtraction: as a float32 they would be subnormal too, and slow.
        var bits = Widened((ushort*)source);
        var size = (bits << 13) & Vector256.Create(HalfMask);
        var normal = size + Vector256.Create(HalfBias);
        var subnormal = (normal + Vector256.Create(ExponentStep)).AsSingle() - Vector256.Create(SmallestHalf);
        var isNormal = Vector256.GreaterThanOrEqual(size, Vector256.Create(ExponentStep)).AsSingle();
        var value = Vector256.ConditionalSelect(isNormal, normal.AsSingle(), subnormal);
        return new((value.AsInt32() | ((bits << 16) & Vector256.Create(int.MinValue))).AsSingle());
    }

    [MethodImpl(Inline)]
    public static float Largest(Lanes256 value)
        => Lanes128.Largest(new(Vector128.MaxNative(value.Value.GetLower(), value.Value.GetUpper())));

    [MethodImpl(Inline)]
    public static Lanes256 Int4Index(Lanes256 value) => Int4Levels.Sum(value, 0, isIndex: true);

    [MethodImpl(Inline)]
    public static Lanes256 Int4Level(Lanes256 value) => Int4Levels.Sum(value, Int4Levels.Values[0], isIndex: false);

    [MethodImpl(Inline)]
    public static void StoreBytes(Lanes256 value, byte* destination)
    {
        Lanes128.StoreBytes(new(value.Value.GetLower()), destination);
        Lanes128.StoreBytes(new(value.Value.GetUpper()), destination + 4);
    }

    [MethodImpl(Inline)]
    public static void StoreBFloat16(Lanes256 value, ushort* destination)
    {
        var bits = value.Value.AsUInt32();
        var rounded = bits + Vector256.Create(0x7FFFu) + ((bits >> 16) & Vector256<uint>.One);
        var isNumber = Vector256.Equals(value.Value, value.Value).AsUInt32();
        var stored = Vector256.ConditionalSelect(isNumber, rounded >> 16, (bits >> 16) | Vector256.Create(0x40u));
        Vector128.Narrow(stored.GetLower(), stored.GetUpper()).Store(destination);
    }

    [MethodImpl(Inline)]
    internal static Vector256<int> Widened(ushort* source)
        => Avx2.IsSupported
            ? Avx2.ConvertToVector256Int32(source)
            : Vector256.Create(Lanes128.Widened(source), Lanes128.Widened(source + 4));
}
