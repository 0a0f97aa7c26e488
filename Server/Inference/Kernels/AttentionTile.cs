using System.Runtime.Intrinsics.X86;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>
/// The products that attention is made of: c[r, n] = sum over all panels' k of a[r, k] * b[k, n], for a few queries
/// with the keys of a block, and for their weights with the values of several blocks, one after the other.
/// </summary>
/// <remarks>
/// As <see cref="MatMul.Tile"/>, but sums stay in registers from one block of positions to the next. Each sum goes over
/// k in order, so that a row comes out the same in every tile.
/// </remarks>
internal static unsafe class AttentionTile
{
    /// <summary>Queries of a tile.</summary>
    public const int Rows = 12;

    /// <summary>Floats from one row of a to the next; the most positions, or floats of a head, that it takes.</summary>
    public const int Stride = 256;

    /// <summary>Columns of a tile.</summary>
    public const int Width = PackedMatrix.PanelWidth;

    /// <param name="rows">1 to <see cref="Rows"/>. Rows of <paramref name="a"/> beyond may be read, never used.</param>
    /// <param name="a">[Rows, Stride], of which the first columns count, one for each row of b.</param>
    /// <param name="b">Panels of [k, Width], and what will be wanted after the last: it is only fetched.</param>
    /// <param name="c">[rows, Width].</param>
    /// <param name="cStride">Floats from one row of c to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(int rows, float* a, AttentionPanels b, float* c, nint cStride)
        where T : struct, ILanes<T>
    {
        for (var column = 0; column < Width; column += 2 * T.Count, b.Column += 2 * T.Count, c += 2 * T.Count)
        {
            if (T.Count == Lanes512.Count && rows > 6)
            {
                Tile12<T>(rows, a, b, c, cStride);
                continue;
            }

            for (var row = 0; row < rows; row += 6)
            {
                if (rows - row == 1) Tile1<T>(a + (row * Stride), b, c + (row * cStride));
                else Tile6<T>(Math.Min(rows - row, 6), a + (row * Stride), b, c + (row * cStride), cStride);
            }
        }
    }

    /// <summary>The plain form.</summary>
    public static void Reference(int rows, float* a, AttentionPanels b, float* c, nint cStride)
    {
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < Width; column++)
            {
                var (sum, at) = (0f, 0);
                for (var panel = 0; panel < b.Count; panel++)
                {
                    var values = b.At(panel) + column;
                    for (var k = 0; k < b.DepthOf(panel); k++)
                        sum += a[(row * Stride) + at++] * values[k * b.Stride];
                }

                c[(row * cStride) + column] = sum;
            }
        }
    }

    /// <summary>12 rows by two registers of columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile12<T>(int rows, float* a, in AttentionPanels panels, float* c, nint cStride)
        where T : struct, ILanes<T>
    {
        T c0a = T.Broadcast(0), c0b = c0a;
        T c1a = c0a, c1b = c0a, c2a = c0a, c2b = c0a;
        T c3a = c0a, c3b = c0a, c4a = c0a, c4b = c0a;
        T c5a = c0a, c5b = c0a, c6a = c0a, c6b = c0a;
        T c7a = c0a, c7b = c0a, c8a = c0a, c8b = c0a;
        T c9a = c0a, c9b = c0a, c10a = c0a, c10b = c0a;
        T c11a = c0a, c11b = c0a;
        var stride = panels.Stride;
        for (var panel = 0; panel < panels.Count; panel++)
        {
            var b = panels.At(panel);
            var ahead = panels.At(panel + 1) - b;
            for (var end = a + panels.DepthOf(panel); a < end; a++, b += stride)
            {
                Prefetch(b + ahead);
                T left = T.Load(b), right = T.Load(b + T.Count);
                Add(*a, left, right, ref c0a, ref c0b);
                Add(a[Stride], left, right, ref c1a, ref c1b);
                Add(a[2 * Stride], left, right, ref c2a, ref c2b);
                Add(a[3 * Stride], left, right, ref c3a, ref c3b);
                Add(a[4 * Stride], left, right, ref c4a, ref c4b);
                Add(a[5 * Stride], left, right, ref c5a, ref c5b);
                Add(a[6 * Stride], left, right, ref c6a, ref c6b);
                Add(a[7 * Stride], left, right, ref c7a, ref c7b);
                Add(a[8 * Stride], left, right, ref c8a, ref c8b);
                Add(a[9 * Stride], left, right, ref c9a, ref c9b);
                Add(a[10 * Stride], left, right, ref c10a, ref c10b);
                Add(a[11 * Stride], left, right, ref c11a, ref c11b);
            }
        }

        Finish(c0a, c0b, c);
        if (rows > 1) Finish(c1a, c1b, c + cStride);
        if (rows > 2) Finish(c2a, c2b, c + (2 * cStride));
        if (rows > 3) Finish(c3a, c3b, c + (3 * cStride));
        if (rows > 4) Finish(c4a, c4b, c + (4 * cStride));
        if (rows > 5) Finish(c5a, c5b, c + (5 * cStride));
        if (rows > 6) Finish(c6a, c6b, c + (6 * cStride));
        if (rows > 7) Finish(c7a, c7b, c + (7 * cStride));
        if (rows > 8) Finish(c8a, c8b, c + (8 * cStride));
        if (rows > 9) Finish(c9a, c9b, c + (9 * cStride));
        if (rows > 10) Finish(c10a, c10b, c + (10 * cStride));
        if (rows > 11) Finish(c11a, c11b, c + (11 * cStride));
    }

    /// <summary>6 rows by two registers of columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile6<T>(int rows, float* a, in AttentionPanels panels, float* c, nint cStride)
        where T : struct, ILanes<T>
    {
        T c0a = T.Broadcast(0), c0b = c0a;
        T c1a = c0a, c1b = c0a, c2a = c0a, c2b = c0a;
        T c3a = c0a, c3b = c0a, c4a = c0a, c4b = c0a;
        T c5a = c0a, c5b = c0a;
        var stride = panels.Stride;
        for (var panel = 0; panel < panels.Count; panel++)
        {
            var b = panels.At(panel);
            var ahead = panels.At(panel + 1) - b;
            for (var end = a + panels.DepthOf(panel); a < end; a++, b += stride)
            {
                Prefetch(b + ahead);
                T left = T.Load(b), right = T.Load(b + T.Count);
                Add(*a, left, right, ref c0a, ref c0b);
                Add(a[Stride], left, right, ref c1a, ref c1b);
                Add(a[2 * Stride], left, right, ref c2a, ref c2b);
                Add(a[3 * Stride], left, right, ref c3a, ref c3b);
                Add(a[4 * Stride], left, right, ref c4a, ref c4b);
                Add(a[5 * Stride], left, right, ref c5a, ref c5b);
            }
        }

        Finish(c0a, c0b, c);
        if (rows > 1) Finish(c1a, c1b, c + cStride);
        if (rows > 2) Finish(c2a, c2b, c + (2 * cStride));
        if (rows > 3) Finish(c3a, c3b, c + (3 * cStride));
        if (rows > 4) Finish(c4a, c4b, c + (4 * cStride));
        if (rows > 5) Finish(c5a, c5b, c + (5 * cStride));
    }

    /// <summary>1 row by two registers of columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1<T>(float* a, in AttentionPanels panels, float* c)
        where T : struct, ILanes<T>
    {
        T c0a = T.Broadcast(0), c0b = c0a;
        var stride = panels.Stride;
        for (var panel = 0; panel < panels.Count; panel++)
        {
            var b = panels.At(panel);
            var ahead = panels.At(panel + 1) - b;
            for (var end = a + panels.DepthOf(panel); a < end; a++, b += stride)
            {
                Prefetch(b + ahead);
                Add(*a, T.Load(b), T.Load(b + T.Count), ref c0a, ref c0b);
            }
        }

        Finish(c0a, c0b, c);
    }

    /// <summary>A row's step of the inner loop.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<T>(float value, T left, T right, ref T leftSum, ref T rightSum)
        where T : struct, ILanes<T>
    {
        var x = T.Broadcast(value);
        leftSum = T.MultiplyAdd(x, left, leftSum);
        rightSum = T.MultiplyAdd(x, right, rightSum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<T>(T left, T right, float* c)
        where T : struct, ILanes<T>
    {
        T.Store(left, c);
        T.Store(right, c + T.Count);
    }

    /// <summary>
    /// Asks for the same place of the panel that comes next: blocks lie scattered, and the processor cannot guess.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(float* b)
    {
        if (!Sse.IsSupported) return;
        Sse.Prefetch1(b);
        Sse.Prefetch1(b + (Width / 2));
    }
}

/// <summary>Panels that a product goes over one after the other: keys of one block, or values of several.</summary>
[StructLayout(LayoutKind.Auto)]
internal unsafe struct AttentionPanels
{
    /// <summary>[Count + 1]: where each begins; the last is what will be wanted next.</summary>
    public float** Starts;

    public int Count;

    /// <summary>Rows of every panel but the last.</summary>
    public int Depth;

    public int LastDepth;

    /// <summary>Floats from one row to the next.</summary>
    public nint Stride;

    /// <summary>First column.</summary>
    public nint Column;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float* At(int panel) => Starts[panel] + Column;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int DepthOf(int panel) => panel == Count - 1 ? LastDepth : Depth;
}
