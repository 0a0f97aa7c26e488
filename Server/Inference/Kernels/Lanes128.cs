using System.Runtime.Intrinsics;
using static Molmo.Demo.Inference.Kernels.LanesBits;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>128 bits.</summary>
internal readonly unsafe partial struct Lanes128(Vector128<float> value) : ILanes<Lanes128>
{
    public readonly Vector128<float> Value = value;

    public static int Count => Vector128<float>.Count;

    [MethodImpl(Inline)] public static Lanes128 Load(float* source) => new(Vector128.Load(source));
    [MethodImpl(Inline)] public static Lanes128 Broadcast(float value) => new(Vector128.Create(value));
    [MethodImpl(Inline)] public static void Store(Lanes128 value, float* target) => value.Value.Store(target);
    [MethodImpl(Inline)] public static Lanes128 operator +(Lanes128 a, Lanes128 b) => new(a.Value + b.Value);
    [MethodImpl(Inline)] public static Lanes128 operator -(Lanes128 a, Lanes128 b) => new(a.Value - b.Value);
    [MethodImpl(Inline)] public static Lanes128 operator *(Lanes128 a, Lanes128 b) => new(a.Value * b.Value);
    [MethodImpl(Inline)] public static Lanes128 operator /(Lanes128 a, Lanes128 b) => new(a.Value / b.Value);
    [MethodImpl(Inline)] public static Lanes128 Exp(Lanes128 value) => Exponential.Of(value);
    [MethodImpl(Inline)]
    public static Lanes128 ExponentFromLowBits(Lanes128 value) => new((value.Value.AsInt32() << 23).AsSingle());
    [MethodImpl(Inline)]
    public static Lanes128 Max(Lanes128 a, Lanes128 b) => new(Vector128.MaxNative(a.Value, b.Value));
    [MethodImpl(Inline)]
    public static Lanes128 Min(Lanes128 a, Lanes128 b) => new(Vector128.MinNative(a.Value, b.Value));
    [MethodImpl(Inline)] public static float Sum(Lanes128 value) => Vector128.Sum(value.Value);

    [MethodImpl(Inline)]
    public static Lanes128 LoadBFloat16(ushort* source)
        => new((Widened(source) << 16).AsSingle());

    [MethodImpl(Inline)]
    public static Lanes128 MultiplyAdd(Lanes128 a, Lanes128 b, Lanes128 c)
        => new(Vector128.MultiplyAddEstimate(a.Value, b.Value, c.Value));

    [MethodImpl(Inline)]
    public static Lanes128 ChooseLess(Lanes128 left, Lanes128 right, Lanes128 less, Lanes128 notLess)
        => new(Vector128.ConditionalSelect(Vector128.LessThan(left.Value, right.Value), less.Value, notLess.Value));

    [MethodImpl(Inline)]
    public static Lanes128 PowerOfTwo(Lanes128 value)
        => new((value.Value.AsInt32() & Vector128.Create(Exponent)).AsSingle());

    [MethodImpl(Inline)]
    public static Lanes128 LoadHalf(short* source)
    {
        // Subnormal ones go by a subtraction: as a float32 they would be subnormal too, and slow.
        var bits = Widened((ushort*)source);
        var size = (bits << 13) & Vector128.Create(HalfMask);
        var normal = size + Vector128.Create(HalfBias);
        var subnormal = (normal + Vector128.Create(ExponentStep)).AsSingle() - Vector128.Create(SmallestHalf);
        var isNormal = Vector128.GreaterThanOrEqual(size, Vector128.Create(ExponentStep)).AsSingle();
        var value = Vector128.ConditionalSelect(isNormal, normal.AsSingle(), subnormal);
        return new((value.AsInt32() | ((bits << 16) & Vector128.Create(int.MinValue))).AsSingle());
    }

    [MethodImpl(Inline)]
    public static float Largest(Lanes128 value)
    {
        var pairs = Vector128.MaxNative(value.Value, Vector128.Shuffle(value.Value, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(pairs, Vector128.Shuffle(pairs, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    [MethodImpl(Inline)]
    public static Lanes128 Int4Index(Lanes128 value) => Int4Levels.Sum(value, 0, isIndex: true);

    [MethodImpl(Inline)]
    public static Lanes128 Int4Level(Lanes128 value) => Int4Levels.Sum(value, Int4Levels.Values[0], isIndex: false);

    [MethodImpl(Inline)]
    public static void StoreBytes(Lanes128 value, byte* destination)
    {
        var whole = Vector128.ConvertToInt32(value.Value);
        var bytes = Vector128.Narrow(Vector128.Narrow(whole, whole), Vector128<short>.Zero);
        Unsafe.WriteUnaligned(destination, bytes.AsUInt32().ToScalar());
    }

    [MethodImpl(Inline)]
    public static void StoreBFloat16(Lanes128 value, ushort* destination)
    {
        var bits = value.Value.AsUInt32();
        var rounded = bits + Vector128.Create(0x7FFFu) + ((bits >> 16) & Vector128<uint>.One);
        var isNumber = Vector128.Equals(value.Value, value.Value).AsUInt32();
        var stored = Vector128.ConditionalSelect(isNumber, rounded >> 16, (bits >> 16) | Vector128.Create(0x40u));
        Unsafe.WriteUnaligned(destination, Vector128.Narrow(stored, stored).AsUInt64().ToScalar());
    }

    [MethodImpl(Inline)]
    internal static Vector128<int> Widened(ushort* source)
        => Vector128.WidenLower(Vector128.CreateScalar(Unsafe.ReadUnaligned<ulong>(source)).AsUInt16()).AsInt32();
}
