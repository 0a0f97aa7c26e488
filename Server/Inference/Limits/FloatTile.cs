using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Limits;

/// <summary>
/// A float32 product as fast as C# does it: panels packed for it, in the cache, 12 rows by two registers of columns
/// (6 where there are 16 registers and not 32), a broadcast and two multiply-adds a row and step.
/// </summary>
/// <remarks>
/// a [depth, rows], b [depth, columns] -> c [rows, columns]. Whole numbers, so that every order of adding gives the
/// same sum.
/// </remarks>
internal sealed unsafe class FloatTile<T> : IProbe
    where T : struct, ILanes<T>
{
    private const int Depth = 512;

    private readonly int _rows = T.Count == Lanes512.Count ? 12 : 6;
    private readonly int _columns = 2 * T.Count;
    private readonly Tensor _a, _b, _c;

    public FloatTile(int seed)
    {
        _a = Whole(Depth, _rows, seed);
        _b = Whole(Depth, _columns, seed + 1);
        _c = new Tensor(_rows, _columns);
    }

    public double Work => 2.0 * _rows * _columns * Depth;

    public void Run(long passes)
    {
        for (var pass = 0L; pass < passes; pass++)
        {
            if (_rows == 12) Tile12(_a.Data, _b.Data, _c.Data);
            else Tile6(_a.Data, _b.Data, _c.Data);
        }
    }

    public bool IsRight()
    {
        for (var row = 0; row < _rows; row++)
        {
            for (var column = 0; column < _columns; column++)
            {
                var sum = 0.0;
                for (var k = 0; k < Depth; k++) sum += (double)_a.Row(k)[row] * _b.Row(k)[column];
                if (_c.Row(row)[column] != sum) return false;
            }
        }

        return true;
    }

    public void Dispose() => Tensor.Dispose(_a, _b, _c);

    private static Tensor Whole(int rows, int columns, int seed)
    {
        var tensor = new Tensor(rows, columns);
        var random = new Random(seed);
        foreach (ref var value in tensor.Span) value = random.Next(-9, 10);
        return tensor;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile12(float* a, float* b, float* c)
    {
        T c0a = T.Broadcast(0), c0b = c0a, c1a = c0a, c1b = c0a, c2a = c0a, c2b = c0a, c3a = c0a, c3b = c0a;
        T c4a = c0a, c4b = c0a, c5a = c0a, c5b = c0a, c6a = c0a, c6b = c0a, c7a = c0a, c7b = c0a;
        T c8a = c0a, c8b = c0a, c9a = c0a, c9b = c0a, c10a = c0a, c10b = c0a, c11a = c0a, c11b = c0a;
        for (var k = 0; k < Depth; k++, a += 12, b += 2 * T.Count)
        {
            T left = T.Load(b), right = T.Load(b + T.Count);
            Add(a[0], left, right, ref c0a, ref c0b);
            Add(a[1], left, right, ref c1a, ref c1b);
            Add(a[2], left, right, ref c2a, ref c2b);
            Add(a[3], left, right, ref c3a, ref c3b);
            Add(a[4], left, right, ref c4a, ref c4b);
            Add(a[5], left, right, ref c5a, ref c5b);
            Add(a[6], left, right, ref c6a, ref c6b);
            Add(a[7], left, right, ref c7a, ref c7b);
            Add(a[8], left, right, ref c8a, ref c8b);
            Add(a[9], left, right, ref c9a, ref c9b);
            Add(a[10], left, right, ref c10a, ref c10b);
            Add(a[11], left, right, ref c11a, ref c11b);
        }

        Store(c0a, c0b, 0, c);
        Store(c1a, c1b, 1, c);
        Store(c2a, c2b, 2, c);
        Store(c3a, c3b, 3, c);
        Store(c4a, c4b, 4, c);
        Store(c5a, c5b, 5, c);
        Store(c6a, c6b, 6, c);
        Store(c7a, c7b, 7, c);
        Store(c8a, c8b, 8, c);
        Store(c9a, c9b, 9, c);
        Store(c10a, c10b, 10, c);
        Store(c11a, c11b, 11, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile6(float* a, float* b, float* c)
    {
        T c0a = T.Broadcast(0), c0b = c0a, c1a = c0a, c1b = c0a, c2a = c0a, c2b = c0a, c3a = c0a, c3b = c0a;
        T c4a = c0a, c4b = c0a, c5a = c0a, c5b = c0a;
        for (var k = 0; k < Depth; k++, a += 6, b += 2 * T.Count)
        {
            T left = T.Load(b), right = T.Load(b + T.Count);
            Add(a[0], left, right, ref c0a, ref c0b);
            Add(a[1], left, right, ref c1a, ref c1b);
            Add(a[2], left, right, ref c2a, ref c2b);
            Add(a[3], left, right, ref c3a, ref c3b);
            Add(a[4], left, right, ref c4a, ref c4b);
            Add(a[5], left, right, ref c5a, ref c5b);
        }

        Store(c0a, c0b, 0, c);
        Store(c1a, c1b, 1, c);
        Store(c2a, c2b, 2, c);
        Store(c3a, c3b, 3, c);
        Store(c4a, c4b, 4, c);
        Store(c5a, c5b, 5, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float a, T left, T right, ref T sumLeft, ref T sumRight)
    {
        var value = T.Broadcast(a);
        sumLeft = T.MultiplyAdd(value, left, sumLeft);
        sumRight = T.MultiplyAdd(value, right, sumRight);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(T left, T right, int row, float* c)
    {
        T.Store(left, c + (2 * row * T.Count));
        T.Store(right, c + (((2 * row) + 1) * T.Count));
    }
}
