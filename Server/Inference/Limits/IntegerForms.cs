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

    public fixed sbyte Values[Length];

    /// <summary>
    /// Where each eight inputs' sums start: two of 16 bits, for the first and the second half of each four.
    /// </summary>
    public fixed int StartOfEight[4];

    /// <summary>Where all 32 inputs' sums start.</summary>
    public int Start;

    /// <summary>What the integers are multiplied with.</summary>
    public float Scale;
}

/// <summary>How a block of 32 products is added up.</summary>
internal unsafe interface IIntegerForm<TIntegers>
{
    /// <summary>Registers of weights of eight inputs, for as many outputs as a register has 32-bit lanes.</summary>
    static abstract int RegistersOfEight { get; }

    /// <summary>Weights are stored with this added.</summary>
    static abstract int ZeroPoint { get; }

    /// <summary>Weights are from its opposite to it.</summary>
    static abstract int LargestWeight { get; }

    /// <summary>Inputs are from its opposite to it: no sum of 16 bits may overflow in the end.</summary>
    static abstract int LargestInput { get; }

    /// <summary>Whether the sums start in 32 bits.</summary>
    static abstract bool StartsIn32Bits { get; }

    /// <summary>Weights of four inputs, and of the next four.</summary>
    static abstract void Load(byte* weights, out TIntegers first, out TIntegers second);

    static abstract TIntegers Begin(InputBlock* input);

    /// <summary>Adds the products with eight inputs.</summary>
    static abstract TIntegers Step(
        TIntegers sum, TIntegers first, TIntegers second, TIntegers inputs, TIntegers nextInputs, TIntegers start);

    /// <summary>The block's sums in 32 bits.</summary>
    static abstract TIntegers End(TIntegers sum);
}

/// <summary>
/// int8 without an instruction for four products: two pairs are added in 16 bits, widened, and added in 32. The inputs
/// have seven bits: 4 * 127 * 63 is within 16 bits, and on the way there wrapping does no harm.
/// </summary>
internal readonly unsafe struct Int8Form<T, TFloats> : IIntegerForm<T>
    where T : unmanaged, IIntegerLanes<T, TFloats>
    where TFloats : struct, ILanes<TFloats>
{
    public static int RegistersOfEight { [MethodImpl(Inline)] get => 2; }
    public static int ZeroPoint => 128;
    public static int LargestWeight => 127;
    public static int LargestInput => 63;
    public static bool StartsIn32Bits => false;

    [MethodImpl(Inline)]
    public static void Load(byte* weights, out T first, out T second)
    {
        first = T.Load(weights);
        second = T.Load(weights + sizeof(T));
    }

    [MethodImpl(Inline)] public static T Begin(InputBlock* input) => T.Broadcast(0);

    [MethodImpl(Inline)]
    public static T Step(T sum, T first, T second, T inputs, T nextInputs, T start)
        => T.Add32(sum, T.PairSums(T.Add16(
            T.Add16(T.PairProducts(first, inputs), start), T.PairProducts(second, nextInputs))));

    [MethodImpl(Inline)] public static T End(T sum) => sum;
}

/// <summary>
/// int4: all 32 products of a block are added in 16 bits, 16 in each half of an output, and widened once.
/// </summary>
internal readonly unsafe struct Int4Form<T, TFloats> : IIntegerForm<T>
    where T : unmanaged, IIntegerLanes<T, TFloats>
    where TFloats : struct, ILanes<TFloats>
{
    public static int RegistersOfEight { [MethodImpl(Inline)] get => 1; }
    public static int ZeroPoint => 8;
    public static int LargestWeight => 7;
    public static int LargestInput => 127;
    public static bool StartsIn32Bits => false;

    [MethodImpl(Inline)]
    public static void Load(byte* weights, out T first, out T second)
    {
        var both = T.Load(weights);
        first = T.LowerHalves(both);
        second = T.UpperHalves(both);
    }

    [MethodImpl(Inline)] public static T Begin(InputBlock* input) => T.Broadcast(input->Start);

    [MethodImpl(Inline)]
    public static T Step(T sum, T first, T second, T inputs, T nextInputs, T start)
        => T.Add16(T.Add16(sum, T.PairProducts(first, inputs)), T.PairProducts(second, nextInputs));

    [MethodImpl(Inline)] public static T End(T sum) => T.PairSums(sum);
}

/// <summary>int8 with the instruction that adds four products in 32 bits, which C# has for 256 bits.</summary>
internal readonly unsafe struct VnniForm : IIntegerForm<Integers256>
{
    public static int RegistersOfEight { [MethodImpl(Inline)] get => 2; }
    public static int ZeroPoint => 128;
    public static int LargestWeight => 127;
    public static int LargestInput => 127;
    public static bool StartsIn32Bits => true;

    [MethodImpl(Inline)]
    public static void Load(byte* weights, out Integers256 first, out Integers256 second)
    {
        first = Integers256.Load(weights);
        second = Integers256.Load(weights + sizeof(Integers256));
    }

    [MethodImpl(Inline)] public static Integers256 Begin(InputBlock* input) => Integers256.Broadcast(input->Start);

    [MethodImpl(Inline)]
    public static Integers256 Step(
        Integers256 sum, Integers256 first, Integers256 second, Integers256 inputs, Integers256 nextInputs,
        Integers256 start)
        => Add(Add(sum, first, inputs), second, nextInputs);

    [MethodImpl(Inline)] public static Integers256 End(Integers256 sum) => sum;

    [MethodImpl(Inline)]
    private static Integers256 Add(Integers256 sum, Integers256 weights, Integers256 inputs)
        => new(AvxVnni.MultiplyWideningAndAdd(sum.Value.AsInt32(), weights.Value, inputs.Value.AsSByte()).AsByte());
}
