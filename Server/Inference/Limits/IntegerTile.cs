using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Limits;

/// <summary>
/// A product of integers in blocks of 32 with a scale each, as fast as C# does it: packed for it and in the cache. A
/// block's weights of two registers of outputs stay in registers while rows pass.
/// </summary>
/// <remarks>
/// x [rows, depth], w [outputs, depth] -> y [rows, outputs]. Scales are powers of two, so that every order of adding
/// gives the same sum.
/// </remarks>
internal sealed unsafe class IntegerTile<TForm, T, TFloats> : IProbe
    where TForm : struct, IIntegerForm<T>
    where T : unmanaged, IIntegerLanes<T, TFloats>
    where TFloats : struct, ILanes<TFloats>
{
    private const int Rows = 96;
    private const int Blocks = 32;
    private const int Depth = Blocks * InputBlock.Length;
    private const int Groups = InputBlock.Length / InputBlock.Group;

    /// <summary>Groups whose products are added before they are widened, where that is done in between.</summary>
    private const int GroupsApart = 3;

    private readonly sbyte[] _weights = new sbyte[2 * TFloats.Count * Depth];
    private readonly sbyte[] _inputs = new sbyte[Rows * Depth];
    private readonly float[] _scales = new float[2 * TFloats.Count * Blocks];
    private readonly Tensor _packed = new(Blocks, BlockBytes / sizeof(float));
    private readonly Tensor _blocks = new(Blocks * Rows, sizeof(InputBlock) / sizeof(float));
    private readonly Tensor _y = new(Rows, 2 * TFloats.Count);

    public IntegerTile(int seed)
    {
        var random = new Random(seed);
        foreach (ref var weight in _weights.AsSpan())
            weight = (sbyte)random.Next(-TForm.LargestWeight, TForm.LargestWeight + 1);
        foreach (ref var input in _inputs.AsSpan())
            input = (sbyte)random.Next(-TForm.LargestInput, TForm.LargestInput + 1);
        foreach (ref var scale in _scales.AsSpan()) scale = random.Next(2) == 0 ? 0.5f : 0.25f;
        PackWeights();
        PackInputs();
        _y.Span.Clear();
    }

    public double Work => 2.0 * Rows * _y.Columns * Depth;

    /// <summary>Two registers of scales, then the weights.</summary>
    private static int BlockBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (2 * sizeof(T)) + (Groups * GroupBytes);
    }

    private static int GroupBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TForm.RegistersOfGroup * sizeof(T);
    }

    public void Run(long passes)
    {
        for (var pass = 0L; pass < passes; pass++)
        {
            _y.Span.Clear();
            Multiply((byte*)_packed.Data, (InputBlock*)_blocks.Data, _y.Data);
        }
    }

    public bool IsRight()
    {
        for (var row = 0; row < Rows; row++)
        {
            for (var output = 0; output < _y.Columns; output++)
            {
                var sum = 0.0;
                for (var k = 0; k < Depth; k++)
                    sum += _scales[(output * Blocks) + (k / InputBlock.Length)] * ScaleOf(k / InputBlock.Length)
                        * _weights[(output * Depth) + k] * _inputs[(row * Depth) + k];
                if (_y.Row(row)[output] != sum) return false;
            }
        }

        return true;
    }

    public void Dispose() => Tensor.Dispose(_packed, _blocks, _y);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(byte* weights, InputBlock* x, float* sums)
    {
        for (var block = 0; block < Blocks; block++, weights += BlockBytes)
        {
            TFloats nearScale = TFloats.Load((float*)weights), farScale = TFloats.Load((float*)weights + TFloats.Count);
            var group = weights + (2 * sizeof(T));
            TForm.Load(group, out var n0, out var f0);
            TForm.Load(group + GroupBytes, out var n1, out var f1);
            TForm.Load(group + (2 * GroupBytes), out var n2, out var f2);
            TForm.Load(group + (3 * GroupBytes), out var n3, out var f3);
            TForm.Load(group + (4 * GroupBytes), out var n4, out var f4);
            TForm.Load(group + (5 * GroupBytes), out var n5, out var f5);
            TForm.Load(group + (6 * GroupBytes), out var n6, out var f6);
            TForm.Load(group + (7 * GroupBytes), out var n7, out var f7);
            var y = sums;
            for (var row = 0; row < Rows; row++, x++, y += 2 * TFloats.Count)
            {
                var values = (int*)x;
                T near = T.Broadcast(x->Starts[0]), far = near;
                Add(values, n0, f0, ref near, ref far);
                Add(values + 1, n1, f1, ref near, ref far);
                Add(values + 2, n2, f2, ref near, ref far);
                T nearSum = near, farSum = far;
                if (TForm.WidensBetween)
                {
                    (nearSum, farSum) = (TForm.Widen(near), TForm.Widen(far));
                    far = near = T.Broadcast(x->Starts[1]);
                }

                Add(values + 3, n3, f3, ref near, ref far);
                Add(values + 4, n4, f4, ref near, ref far);
                Add(values + 5, n5, f5, ref near, ref far);
                if (TForm.WidensBetween)
                {
                    nearSum = T.Add32(nearSum, TForm.Widen(near));
                    farSum = T.Add32(farSum, TForm.Widen(far));
                    far = near = T.Broadcast(x->Starts[2]);
                }

                Add(values + 6, n6, f6, ref near, ref far);
                Add(values + 7, n7, f7, ref near, ref far);
                (near, far) = (TForm.Widen(near), TForm.Widen(far));
                if (TForm.WidensBetween) (near, far) = (T.Add32(near, nearSum), T.Add32(far, farSum));
                var scale = TFloats.Broadcast(x->Scale);
                TFloats.Store(TFloats.MultiplyAdd(T.ToFloats(near), nearScale * scale, TFloats.Load(y)), y);
                var other = y + TFloats.Count;
                TFloats.Store(TFloats.MultiplyAdd(T.ToFloats(far), farScale * scale, TFloats.Load(other)), other);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(int* inputs, T nearWeights, T farWeights, ref T near, ref T far)
    {
        // From memory straight into the register: by way of another it takes a third longer.
        var values = T.Broadcast(*inputs);
        near = TForm.Add(near, nearWeights, values);
        far = TForm.Add(far, farWeights, values);
    }

    private static float ScaleOf(int block) => block % 2 == 0 ? 1 : 2;

    private void PackWeights()
    {
        for (var output = 0; output < _y.Columns; output++)
        {
            var (isFar, lane) = (output >= TFloats.Count, output % TFloats.Count);
            for (var block = 0; block < Blocks; block++)
            {
                var packed = (byte*)(_packed.Data + ((nint)block * _packed.Columns));
                ((float*)packed)[output] = _scales[(output * Blocks) + block];
                for (var k = 0; k < InputBlock.Length; k++)
                {
                    var weight = _weights[(output * Depth) + (block * InputBlock.Length) + k] + TForm.ZeroPoint;
                    var target = packed + (2 * sizeof(T)) + (k / InputBlock.Group * GroupBytes)
                        + (InputBlock.Group * lane) + (k % InputBlock.Group);
                    if (TForm.RegistersOfGroup == 2) target[isFar ? sizeof(T) : 0] = (byte)weight;
                    else *target = (byte)(isFar ? *target | (weight << 4) : weight);
                }
            }
        }
    }

    private void PackInputs()
    {
        for (var row = 0; row < Rows; row++)
        {
            for (var block = 0; block < Blocks; block++)
            {
                ref var packed = ref ((InputBlock*)_blocks.Data)[(block * Rows) + row];
                var values = _inputs.AsSpan((row * Depth) + (block * InputBlock.Length), InputBlock.Length);
                packed.Scale = ScaleOf(block);
                for (var k = 0; k < InputBlock.Length; k++) packed.Values[k] = values[k];
                if (!TForm.WidensBetween) packed.Starts[0] = StartOf(values);
                else
                    for (var (i, apart) = (0, GroupsApart * InputBlock.Group); i * apart < values.Length; i++)
                        packed.Starts[i] = StartOf(values[(i * apart)..Math.Min((i + 1) * apart, values.Length)]);
            }
        }
    }

    /// <summary>What takes off the zero point's part of some inputs' products.</summary>
    private static int StartOf(ReadOnlySpan<sbyte> inputs)
    {
        var (first, second) = (0, 0);
        for (var k = 0; k < inputs.Length; k++)
        {
            if (k % InputBlock.Group < 2) first -= TForm.ZeroPoint * inputs[k];
            else second -= TForm.ZeroPoint * inputs[k];
        }

        return TForm.IsIn32Bits ? first + second : (ushort)first | (second << 16);
    }
}
