using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Molmo.Demo.Inference.Kernels;
using static Molmo.Demo.Inference.Kernels.LanesBits;

namespace Molmo.Demo.Inference.Limits;

/// <summary>32 inputs of one row, with what a tile needs to know of them.</summary>
/// <remarks>
/// A weight is stored unsigned, the zero point above its value. What that adds to a sum is taken off by where the sum
/// starts: it depends on the inputs alone.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal unsafe struct InputBlock
{
    public const int Length = 32;

    /// <summary>Inputs whose products a 32-bit lane adds up at once.</summary>
    public const int Group = 4;

    public fixed sbyte Values[Length];

    /// <summary>
    /// Where sums start, again after each widening: in 32 bits, or in 16 for the first and the second half of each
    /// group.
    /// </summary>
    public fixed int Starts[4];

    /// <summary>What the integers are multiplied with.</summary>
    public float Scale;
}

/// <summary>How a block of 32 products is added up.</summary>
internal unsafe interface IIntegerForm<TIntegers>
{
    /// <summary>Registers of weights of a group, for two registers of outputs.</summary>
    static abstract int RegistersOfGroup { get; }

    /// <summary>Weights are stored with this added.</summary>
    static abstract int ZeroPoint { get; }

    /// <summary>Weights are from its opposite to it.</summary>
    static abstract int LargestWeight { get; }

    /// <summary>Inputs are from its opposite to it: no sum of 16 bits may overflow in the end.</summary>
    static abstract int LargestInput { get; }

    /// <summary>Whether sums are in 32 bits from the start.</summary>
    static abstract bool IsIn32Bits { get; }

    /// <summary>Whether sums are widened after three groups and after six, and not at the end alone.</summary>
    static abstract bool WidensBetween { get; }

    /// <summary>A group's weights of both registers of outputs.</summary>
    static abstract void Load(byte* weights, out TIntegers near, out TIntegers far);

    /// <summary>Adds a group's products.</summary>
    static abstract TIntegers Add(TIntegers sum, TIntegers weights, TIntegers inputs);

    /// <summary>Sums in 32 bits.</summary>
    static abstract TIntegers Widen(TIntegers sum);
}

/// <summary>
/// int8 without an instruction for four products: pairs of three groups are added in 16 bits and widened. The inputs
/// are small enough: 6 * 127 * 43 is within 16 bits, and on the way there wrapping does no harm.
/// </summary>
internal readonly unsafe struct Int8Form<T, TFloats> : IIntegerForm<T>
    where T : unmanaged, IIntegerLanes<T, TFloats>
    where TFloats : struct, ILanes<TFloats>
{
    public static int RegistersOfGroup { [MethodImpl(Inline)] get => 2; }
    public static int ZeroPoint => 128;
    public static int LargestWeight => 127;
    public static int LargestInput => 43;
    public static bool IsIn32Bits => false;
    public static bool WidensBetween { [MethodImpl(Inline)] get => true; }

    [MethodImpl(Inline)]
    public static void Load(byte* weights, out T near, out T far)
    {
        near = T.Load(weights);
        far = T.Load(weights + sizeof(T));
    }

    [MethodImpl(Inline)]
    public static T Add(T sum, T weights, T inputs) => T.Add16(sum, T.PairProducts(weights, inputs));

    [MethodImpl(Inline)] public static T Widen(T sum) => T.PairSums(sum);
}

/// <summary>
/// int4: all 32 products of a block are added in 16 bits, 16 in each half of an output, and widened once.
/// </summary>
internal readonly unsafe struct Int4Form<T, TFloats> : IIntegerForm<T>
    where T : unmanaged, IIntegerLanes<T, TFloats>
    where TFloats : struct, ILanes<TFloats>
{
    public static int RegistersOfGroup { [MethodImpl(Inline)] get => 1; }
    public static int ZeroPoint => 8;
    public static int LargestWeight => 7;
    public static int LargestInput => 127;
    public static bool IsIn32Bits => false;
    public static bool WidensBetween { [MethodImpl(Inline)] get => false; }

    [MethodImpl(Inline)]
    public static void Load(byte* weights, out T near, out T far)
    {
        var both = T.Load(weights);
        near = T.LowerHalves(both);
        far = T.UpperHalves(both);
    }

    [MethodImpl(Inline)]
    public static T Add(T sum, T weights, T inputs) => T.Add16(sum, T.PairProducts(weights, inputs));

    [MethodImpl(Inline)] public static T Widen(T sum) => T.PairSums(sum);
}

/// <summary>int8 with the instruction that adds four products in 32 bits, which C# has for 256 bits.</summary>
internal readonly unsafe struct VnniForm : IIntegerForm<Integers256>
{
    public static int RegistersOfGroup { [MethodImpl(Inline)] get => 2; }
    public static int ZeroPoint => 128;
    public static int LargestWeight => 127;
    public static int LargestInput => 127;
    public static bool IsIn32Bits => true;
    public static bool WidensBetween { [MethodImpl(Inline)] get => false; }

    [MethodImpl(Inline)]
    public static void Load(byte* weights, out Integers256 near, out Integers256 far)
    {
        near = Integers256.Load(weights);
        far = Integers256.Load(weights + sizeof(Integers256));
    }

    [MethodImpl(Inline)]
    public static Integers256 Add(Integers256 sum, Integers256 weights, Integers256 inputs)
        => new(AvxVnni.MultiplyWideningAndAdd(sum.Value.AsInt32(), weights.Value, inputs.Value.AsSByte()).AsByte());

    [MethodImpl(Inline)] public static Integers256 Widen(Integers256 sum) => sum;
}
