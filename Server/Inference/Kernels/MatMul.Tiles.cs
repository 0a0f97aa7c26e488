using System.Runtime.Intrinsics.X86;

namespace Molmo.Demo.Inference.Kernels;

/// <remarks>
/// Tiles hold their sums in named locals, which the JIT keeps in registers: 24 of the 32 that 512-bit code has, 12 of
/// the 16 of the narrower widths. A step of the inner loop is two loads of b, and a broadcast and two multiply-adds a
/// row.
/// </remarks>
internal static unsafe partial class MatMul
{
    /// <summary>Floats: two pages.</summary>
    private const int PrefetchDistance = 2048;

    /// <summary>A tile in registers of one width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void TileOf<T>(
        int rows, float* a, float* b, nint bStride, int depth, float* start, nint startStride, float* c, nint cStride)
        where T : struct, ILanes<T>
    {
        for (var column = 0; column < PackedMatrix.PanelWidth; column += 2 * T.Count)
        {
            var begin = start is null ? null : start + column;
            if (T.Count == Lanes512.Count && rows > 6)
            {
                Tile12<T>(rows, a, b + column, bStride, depth, begin, startStride, c + column, cStride);
            }
            else
            {
                for (var row = 0; row < rows; row += 6)
                    TileUpTo6<T>(
                        Math.Min(rows - row, 6), a + (row * Chunk), b + column, bStride, depth,
                        begin is null ? null : begin + (row * startStride), startStride,
                        c + (row * cStride) + column, cStride);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TileUpTo6<T>(
        int rows, float* a, float* b, nint bStride, int depth, float* start, nint startStride, float* c, nint cStride)
        where T : struct, ILanes<T>
    {
        if (rows == 1) Tile1<T>(rows, a, b, bStride, depth, start, startStride, c, cStride);
        else if (rows <= 3) Tile3<T>(rows, a, b, bStride, depth, start, startStride, c, cStride);
        else Tile6<T>(rows, a, b, bStride, depth, start, startStride, c, cStride);
    }

    /// <summary>12 rows by two registers of columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile12<T>(
        int rows, float* a, float* b, nint bStride, int depth, float* start, nint startStride, float* c, nint cStride)
        where T : struct, ILanes<T>
    {
        T c0a = T.Broadcast(0), c0b = c0a;
        T c1a = c0a, c1b = c0a, c2a = c0a, c2b = c0a;
        T c3a = c0a, c3b = c0a, c4a = c0a, c4b = c0a;
        T c5a = c0a, c5b = c0a, c6a = c0a, c6b = c0a;
        T c7a = c0a, c7b = c0a, c8a = c0a, c8b = c0a;
        T c9a = c0a, c9b = c0a, c10a = c0a, c10b = c0a;
        T c11a = c0a, c11b = c0a;
        for (var k = 0; k < depth; k++, a++, b += bStride)
        {
            Prefetch(b);
            T left = T.Load(b), right = T.Load(b + T.Count);
            Add(*a, left, right, ref c0a, ref c0b);
            Add(a[Chunk], left, right, ref c1a, ref c1b);
            Add(a[2 * Chunk], left, right, ref c2a, ref c2b);
            Add(a[3 * Chunk], left, right, ref c3a, ref c3b);
            Add(a[4 * Chunk], left, right, ref c4a, ref c4b);
            Add(a[5 * Chunk], left, right, ref c5a, ref c5b);
            Add(a[6 * Chunk], left, right, ref c6a, ref c6b);
            Add(a[7 * Chunk], left, right, ref c7a, ref c7b);
            Add(a[8 * Chunk], left, right, ref c8a, ref c8b);
            Add(a[9 * Chunk], left, right, ref c9a, ref c9b);
            Add(a[10 * Chunk], left, right, ref c10a, ref c10b);
            Add(a[11 * Chunk], left, right, ref c11a, ref c11b);
        }

        Finish(c0a, c0b, start, 0, c);
        if (rows > 1) Finish(c1a, c1b, start, startStride, c + cStride);
        if (rows > 2) Finish(c2a, c2b, start, 2 * startStride, c + (2 * cStride));
        if (rows > 3) Finish(c3a, c3b, start, 3 * startStride, c + (3 * cStride));
        if (rows > 4) Finish(c4a, c4b, start, 4 * startStride, c + (4 * cStride));
        if (rows > 5) Finish(c5a, c5b, start, 5 * startStride, c + (5 * cStride));
        if (rows > 6) Finish(c6a, c6b, start, 6 * startStride, c + (6 * cStride));
        if (rows > 7) Finish(c7a, c7b, start, 7 * startStride, c + (7 * cStride));
        if (rows > 8) Finish(c8a, c8b, start, 8 * startStride, c + (8 * cStride));
        if (rows > 9) Finish(c9a, c9b, start, 9 * startStride, c + (9 * cStride));
        if (rows > 10) Finish(c10a, c10b, start, 10 * startStride, c + (10 * cStride));
        if (rows > 11) Finish(c11a, c11b, start, 11 * startStride, c + (11 * cStride));
    }

    /// <summary>6 rows by two registers of columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile6<T>(
        int rows, float* a, float* b, nint bStride, int depth, float* start, nint startStride, float* c, nint cStride)
        where T : struct, ILanes<T>
    {
        T c0a = T.Broadcast(0), c0b = c0a;
        T c1a = c0a, c1b = c0a, c2a = c0a, c2b = c0a;
        T c3a = c0a, c3b = c0a, c4a = c0a, c4b = c0a;
        T c5a = c0a, c5b = c0a;
        for (var k = 0; k < depth; k++, a++, b += bStride)
        {
            Prefetch(b);
            T left = T.Load(b), right = T.Load(b + T.Count);
            Add(*a, left, right, ref c0a, ref c0b);
            Add(a[Chunk], left, right, ref c1a, ref c1b);
            Add(a[2 * Chunk], left, right, ref c2a, ref c2b);
            Add(a[3 * Chunk], left, right, ref c3a, ref c3b);
            Add(a[4 * Chunk], left, right, ref c4a, ref c4b);
            Add(a[5 * Chunk], left, right, ref c5a, ref c5b);
        }

        Finish(c0a, c0b, start, 0, c);
        if (rows > 1) Finish(c1a, c1b, start, startStride, c + cStride);
        if (rows > 2) Finish(c2a, c2b, start, 2 * startStride, c + (2 * cStride));
        if (rows > 3) Finish(c3a, c3b, start, 3 * startStride, c + (3 * cStride));
        if (rows > 4) Finish(c4a, c4b, start, 4 * startStride, c + (4 * cStride));
        if (rows > 5) Finish(c5a, c5b, start, 5 * startStride, c + (5 * cStride));
    }

    /// <summary>3 rows by two registers of columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile3<T>(
        int rows, float* a, float* b, nint bStride, int depth, float* start, nint startStride, float* c, nint cStride)
        where T : struct, ILanes<T>
    {
        T c0a = T.Broadcast(0), c0b = c0a;
        T c1a = c0a, c1b = c0a, c2a = c0a, c2b = c0a;
        for (var k = 0; k < depth; k++, a++, b += bStride)
        {
            Prefetch(b);
            T left = T.Load(b), right = T.Load(b + T.Count);
            Add(*a, left, right, ref c0a, ref c0b);
            Add(a[Chunk], left, right, ref c1a, ref c1b);
            Add(a[2 * Chunk], left, right, ref c2a, ref c2b);
        }

        Finish(c0a, c0b, start, 0, c);
        if (rows > 1) Finish(c1a, c1b, start, startStride, c + cStride);
        if (rows > 2) Finish(c2a, c2b, start, 2 * startStride, c + (2 * cStride));
    }

    /// <summary>1 row by two registers of columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1<T>(
        int rows, float* a, float* b, nint bStride, int depth, float* start, nint startStride, float* c, nint cStride)
        where T : struct, ILanes<T>
    {
        T c0a = T.Broadcast(0), c0b = c0a;
        for (var k = 0; k < depth; k++, a++, b += bStride)
        {
            Prefetch(b);
            T left = T.Load(b), right = T.Load(b + T.Count);
            Add(*a, left, right, ref c0a, ref c0b);
        }

        Finish(c0a, c0b, start, 0, c);
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

    /// <summary>
    /// Asks for weights that are to come. The processor's own prefetching follows one stream within a page of memory at
    /// a time and leaves half the bandwidth unused; there is no portable name for the hint. Beyond the end it does
    /// nothing.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(float* b)
    {
        if (!Sse.IsSupported) return;
        Sse.Prefetch1(b + PrefetchDistance);
        Sse.Prefetch1(b + PrefetchDistance + (PackedMatrix.PanelWidth / 2));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<T>(T left, T right, float* start, nint startOffset, float* c)
        where T : struct, ILanes<T>
    {
        var zero = T.Broadcast(0);
        T.Store((start is null ? zero : T.Load(start + startOffset)) + left, c);
        T.Store((start is null ? zero : T.Load(start + startOffset + T.Count)) + right, c + T.Count);
    }
}
