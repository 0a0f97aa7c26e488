using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Limits;

/// <summary>
/// A product of integers in blocks of 32 with a scale each, as fast as C# does it: packed for it and in the cache, six
/// rows by two registers of outputs (four by one where there are 16 registers and not 32).
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
    private const int Blocks = 32;
    private const int Depth = Blocks * InputBlock.Length;
    private const int StepsABlock = InputBlock.Length / 8;

    private readonly int _rows, _groups;
    private readonly sbyte[] _weights, _inputs;
    private readonly float[] _scales;
    private readonly Tensor _packed, _blocks, _y;

    public IntegerTile(int seed, bool isWide)
    {
        (_rows, _groups) = isWide ? (6, 2) : (4, 1);
        var random = new Random(seed);
        _weights = new sbyte[_groups * TFloats.Count * Depth];
        _inputs = new sbyte[_rows * Depth];
        _scales = new float[_groups * TFloats.Count * Blocks];
        foreach (ref var weight in _weights.AsSpan())
            weight = (sbyte)random.Next(-TForm.LargestWeight, TForm.LargestWeight + 1);
        foreach (ref var input in _inputs.AsSpan())
            input = (sbyte)random.Next(-TForm.LargestInput, TForm.LargestInput + 1);
        foreach (ref var scale in _scales.AsSpan()) scale = random.Next(2) == 0 ? 0.5f : 0.25f;
        _packed = new Tensor(_groups, Blocks * BlockBytes / sizeof(float));
        _blocks = new Tensor(_rows, Blocks * sizeof(InputBlock) / sizeof(float));
        _y = new Tensor(_rows, _groups * TFloats.Count);
        PackWeights();
        PackInputs();
    }

    public double Work => 2.0 * _rows * _groups * TFloats.Count * Depth;

    /// <summary>Of a group's block: its scales, then its weights.</summary>
    private static int BlockBytes
    {
        // A call within the tile's loop would put all its sums into memory.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => sizeof(T) + (StepsABlock * TForm.RegistersOfEight * sizeof(T));
    }

    public void Run(long passes)
    {
        var weights = (byte*)_packed.Data;
        var inputs = (InputBlock*)_blocks.Data;
        for (var pass = 0L; pass < passes; pass++)
        {
            if (_groups == 2) Tile6(weights, inputs, _y.Data);
            else Tile4(weights, inputs, _y.Data);
        }
    }

    public bool IsRight()
    {
        for (var row = 0; row < _rows; row++)
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

    private static float ScaleOf(int block) => block % 2 == 0 ? 1 : 2;

    private void PackWeights()
    {
        for (var output = 0; output < _y.Columns; output++)
        {
            var lane = output % TFloats.Count;
            var group = (byte*)(_packed.Data + ((nint)(output / TFloats.Count) * _packed.Columns));
            for (var block = 0; block < Blocks; block++)
            {
                var target = group + (block * BlockBytes);
                ((float*)target)[lane] = _scales[(output * Blocks) + block];
                target += sizeof(T);
                for (var k = 0; k < InputBlock.Length; k++)
                {
                    var weight = _weights[(output * Depth) + (block * InputBlock.Length) + k] + TForm.ZeroPoint;
                    var eight = target + (k / 8 * TForm.RegistersOfEight * sizeof(T)) + (4 * lane) + (k % 4);
                    var isSecond = k % 8 >= 4;
                    if (TForm.RegistersOfEight == 2) eight[isSecond ? sizeof(T) : 0] = (byte)weight;
                    else *eight = (byte)(isSecond ? *eight | (weight << 4) : weight);
                }
            }
        }
    }

    private void PackInputs()
    {
        for (var row = 0; row < _rows; row++)
        {
            for (var block = 0; block < Blocks; block++)
            {
                ref var packed = ref ((InputBlock*)(_blocks.Data + ((nint)row * _blocks.Columns)))[block];
                var values = _inputs.AsSpan((row * Depth) + (block * InputBlock.Length), InputBlock.Length);
                packed.Scale = ScaleOf(block);
                var (all, allEven, allOdd) = (0, 0, 0);
                for (var eight = 0; eight < StepsABlock; eight++)
                {
                    var (even, odd) = (0, 0);
                    for (var k = 8 * eight; k < (8 * eight) + 8; k++)
                    {
                        packed.Values[k] = values[k];
                        if (k % 4 < 2) even += values[k];
                        else odd += values[k];
                    }

                    packed.StartOfEight[eight] = Halves(even, odd);
                    (all, allEven, allOdd) = (all + even + odd, allEven + even, allOdd + odd);
                }

                packed.Start = TForm.StartsIn32Bits ? -TForm.ZeroPoint * all : Halves(allEven, allOdd);
            }
        }
    }

    private static int Halves(int even, int odd)
        => (ushort)(-TForm.ZeroPoint * even) | (-TForm.ZeroPoint * odd) << 16;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile6(byte* weights, InputBlock* x, float* y)
    {
        var second = weights + (Blocks * BlockBytes);
        TFloats f0a = TFloats.Broadcast(0), f0b = f0a, f1a = f0a, f1b = f0a, f2a = f0a, f2b = f0a;
        TFloats f3a = f0a, f3b = f0a, f4a = f0a, f4b = f0a, f5a = f0a, f5b = f0a;
        for (var block = 0; block < Blocks; block++, x++, weights += BlockBytes, second += BlockBytes)
        {
            T s0a = TForm.Begin(x), s0b = s0a;
            T s1a = TForm.Begin(x + Blocks), s1b = s1a;
            T s2a = TForm.Begin(x + (2 * Blocks)), s2b = s2a;
            T s3a = TForm.Begin(x + (3 * Blocks)), s3b = s3a;
            T s4a = TForm.Begin(x + (4 * Blocks)), s4b = s4a;
            T s5a = TForm.Begin(x + (5 * Blocks)), s5b = s5a;
            for (var step = 0; step < StepsABlock; step++)
            {
                var offset = sizeof(T) + (step * TForm.RegistersOfEight * sizeof(T));
                TForm.Load(weights + offset, out var wa, out var va);
                TForm.Load(second + offset, out var wb, out var vb);
                Step(x, step, wa, va, wb, vb, ref s0a, ref s0b);
                Step(x + Blocks, step, wa, va, wb, vb, ref s1a, ref s1b);
                Step(x + (2 * Blocks), step, wa, va, wb, vb, ref s2a, ref s2b);
                Step(x + (3 * Blocks), step, wa, va, wb, vb, ref s3a, ref s3b);
                Step(x + (4 * Blocks), step, wa, va, wb, vb, ref s4a, ref s4b);
                Step(x + (5 * Blocks), step, wa, va, wb, vb, ref s5a, ref s5b);
            }

            TFloats a = TFloats.Load((float*)weights), b = TFloats.Load((float*)second);
            Scale(x, a, b, s0a, s0b, ref f0a, ref f0b);
            Scale(x + Blocks, a, b, s1a, s1b, ref f1a, ref f1b);
            Scale(x + (2 * Blocks), a, b, s2a, s2b, ref f2a, ref f2b);
            Scale(x + (3 * Blocks), a, b, s3a, s3b, ref f3a, ref f3b);
            Scale(x + (4 * Blocks), a, b, s4a, s4b, ref f4a, ref f4b);
            Scale(x + (5 * Blocks), a, b, s5a, s5b, ref f5a, ref f5b);
        }

        Store(f0a, f0b, 0, y);
        Store(f1a, f1b, 1, y);
        Store(f2a, f2b, 2, y);
        Store(f3a, f3b, 3, y);
        Store(f4a, f4b, 4, y);
        Store(f5a, f5b, 5, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile4(byte* weights, InputBlock* x, float* y)
    {
        TFloats f0 = TFloats.Broadcast(0), f1 = f0, f2 = f0, f3 = f0;
        for (var block = 0; block < Blocks; block++, x++, weights += BlockBytes)
        {
            T s0 = TForm.Begin(x), s1 = TForm.Begin(x + Blocks);
            T s2 = TForm.Begin(x + (2 * Blocks)), s3 = TForm.Begin(x + (3 * Blocks));
            for (var step = 0; step < StepsABlock; step++)
            {
                TForm.Load(weights + sizeof(T) + (step * TForm.RegistersOfEight * sizeof(T)), out var w, out var v);
                s0 = Step(x, step, w, v, s0);
                s1 = Step(x + Blocks, step, w, v, s1);
                s2 = Step(x + (2 * Blocks), step, w, v, s2);
                s3 = Step(x + (3 * Blocks), step, w, v, s3);
            }

            var scale = TFloats.Load((float*)weights);
            Scale(x, scale, s0, ref f0);
            Scale(x + Blocks, scale, s1, ref f1);
            Scale(x + (2 * Blocks), scale, s2, ref f2);
            Scale(x + (3 * Blocks), scale, s3, ref f3);
        }

        TFloats.Store(f0, y);
        TFloats.Store(f1, y + TFloats.Count);
        TFloats.Store(f2, y + (2 * TFloats.Count));
        TFloats.Store(f3, y + (3 * TFloats.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(InputBlock* x, int step, T wa, T va, T wb, T vb, ref T a, ref T b)
    {
        var inputs = (int*)x + (2 * step);
        T first = T.Broadcast(inputs[0]), second = T.Broadcast(inputs[1]), start = T.Broadcast(x->StartOfEight[step]);
        a = TForm.Step(a, wa, va, first, second, start);
        b = TForm.Step(b, wb, vb, first, second, start);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Step(InputBlock* x, int step, T first, T second, T sum)
    {
        var inputs = (int*)x + (2 * step);
        return TForm.Step(
            sum, first, second, T.Broadcast(inputs[0]), T.Broadcast(inputs[1]), T.Broadcast(x->StartOfEight[step]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scale(InputBlock* x, TFloats a, TFloats b, T sumA, T sumB, ref TFloats toA, ref TFloats toB)
    {
        Scale(x, a, sumA, ref toA);
        Scale(x, b, sumB, ref toB);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scale(InputBlock* x, TFloats scale, T sum, ref TFloats to)
        => to = TFloats.MultiplyAdd(
            T.ToFloats(TForm.End(sum)), scale * TFloats.Broadcast(x->Scale), to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(TFloats left, TFloats right, int row, float* y)
    {
        TFloats.Store(left, y + (2 * row * TFloats.Count));
        TFloats.Store(right, y + (((2 * row) + 1) * TFloats.Count));
    }
}
