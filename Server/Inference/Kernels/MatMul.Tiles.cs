using System.Runtime.Intrinsics.X86;

namespace Molmo.Demo.Inference.Kernels;

/// <remarks>
/// Tiles hold their sums in named locals, which the JIT keeps in registers: 24 of the 32 that 512-bit code has, 12 of the
/// 16 of the narrower widths. A step of the inner loop is two loads of b, and a broadcast and two multiply-adds a row.
/// </remarks>
internal static unsafe partial class MatMul
{
    /// <summary>Floats: two pages.</summary>
    private const int PrefetchDistance = 2048;

    /// <summary>A tile in registers of one width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void TileOf<T>(int rows, float* a, float* b, nint bStride, int depth, float* start, nint startStride, float* c, nint cStride)
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
                    TileUpTo6<T>(Math.Min(rows - row, 6), a + (row * Chunk), b + column, bStride, depth, begin is null ? null : begin + (row * startStride), startStride, c + (row * cStride) + column, cStride);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TileUpTo6<T>(int rows, float* a, float* b, nint bStride, int depth, float* start, nint startStride, float* c, nint cStride)
        where T : struct, ILanes<T>
    {
        if (rows == 1) Tile1<T>(rows, a, b, bStride, depth, start, startStride, c, cStride);
        else if (rows <= 3) Tile3<T>(rows, a, b, bStride, depth, start, startStride, c, cStride);
        else Tile6<T>(rows, a, b, bStride, depth, start, startStride, c, cStride);
    }

    /// <summary>12 rows by two registers of columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile12<T>(int rows, float* a, float* b, nint bStride, int depth, float* start, nint startStride, float* c, nint cStride)
        where T : struct, ILanes<T>
    {
        T c0a = T.Broadcast(0), c0b = c0a;
        T c1a = c0a, c1b = c0a;
        T c2a = c0a, c2b = c0a;
        T c3a = c0a, c3b = c0a;
        T c4a = c0a, c4b = c0a;
        T c5a = c0a, c5b = c0a;
        T c6a = c0a, c6b = c0a;
        T c7a = c0a, c7b = c0a;
        T c8a = c0a, c8b = c0a;
        T c9a = c0a, c9b = c0a;
        T c10a = c0a, c10b = c0a;
        T c11a = c0a, c11b = c0a;
        for (var k = 0; k < depth; k++)
        {
            Prefetch(b);
            var b0 = T.Load(b);
            var b1 = T.Load(b + T.Count);
            var x = T.Broadcast(*a);
            c0a = T.MultiplyAdd(x, b0, c0a);
            c0b = T.MultiplyAdd(x, b1, c0b);
            x = T.Broadcast(a[Chunk]);
            c1a = T.MultiplyAdd(x, b0, c1a);
            c1b = T.MultiplyAdd(x, b1, c1b);
            x = T.Broadcast(a[2 * Chunk]);
            c2a = T.MultiplyAdd(x, b0, c2a);
            c2b = T.MultiplyAdd(x, b1, c2b);
            x = T.Broadcast(a[3 * Chunk]);
            c3a = T.MultiplyAdd(x, b0, c3a);
            c3b = T.MultiplyAdd(x, b1, c3b);
            x = T.Broadcast(a[4 * Chunk]);
            c4a = T.MultiplyAdd(x, b0, c4a);
            c4b = T.MultiplyAdd(x, b1, c4b);
            x = T.Broadcast(a[5 * Chunk]);
            c5a = T.MultiplyAdd(x, b0, c5a);
            c5b = T.MultiplyAdd(x, b1, c5b);
            x = T.Broadcast(a[6 * Chunk]);
            c6a = T.MultiplyAdd(x, b0, c6a);
            c6b = T.MultiplyAdd(x, b1, c6b);
            x = T.Broadcast(a[7 * Chunk]);
            c7a = T.MultiplyAdd(x, b0, c7a);
            c7b = T.MultiplyAdd(x, b1, c7b);
            x = T.Broadcast(a[8 * Chunk]);
            c8a = T.MultiplyAdd(x, b0, c8a);
            c8b = T.MultiplyAdd(x, b1, c8b);
            x = T.Broadcast(a[9 * Chunk]);
            c9a = T.MultiplyAdd(x, b0, c9a);
            c9b = T.MultiplyAdd(x, b1, c9b);
            x = T.Broadcast(a[10 * Chunk]);
            c10a = T.MultiplyAdd(x, b0, c10a);
            c10b = T.MultiplyAdd(x, b1, c10b);
            x = T.Broadcast(a[11 * Chunk]);
            c11a = T.MultiplyAdd(x, b0, c11a);
            c11b = T.MultiplyAdd(x, b1, c11b);
            a++;
            b += bStride;
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
    private static void Tile6<T>(int rows, float* a, float* b, nint bStride, int depth, float* start, nint startStride, float* c, nint cStride)
        where T : struct, ILanes<T>
    {
        T c0a = T.Broadcast(0), c0b = c0a;
        T c1a = c0a, c1b = c0a;
        T c2a = c0a, c2b = c0a;
        T c3a = c0a, c3b = c0a;
        T c4a = c0a, c4b = c0a;
        T c5a = c0a, c5b = c0a;
        for (var k = 0; k < depth; k++)
        {
            Prefetch(b);
            var b0 = T.Load(b);
            var b1 = T.Load(b + T.Count);
            var x = T.Broadcast(*a);
            c0a = T.MultiplyAdd(x, b0, c0a);
            c0b = T.MultiplyAdd(x, b1, c0b);
            x = T.Broadcast(a[Chunk]);
            c1a = T.MultiplyAdd(x, b0, c1a);
            c1b = T.MultiplyAdd(x, b1, c1b);
            x = T.Broadcast(a[2 * Chunk]);
            c2a = T.MultiplyAdd(x, b0, c2a);
            c2b = T.MultiplyAdd(x, b1, c2b);
            x = T.Broadcast(a[3 * Chunk]);
            c3a = T.MultiplyAdd(x, b0, c3a);
            c3b = T.MultiplyAdd(x, b1, c3b);
            x = T.Broadcast(a[4 * Chunk]);
            c4a = T.MultiplyAdd(x, b0, c4a);
            c4b = T.MultiplyAdd(x, b1, c4b);
            x = T.Broadcast(a[5 * Chunk]);
            c5a = T.MultiplyAdd(x, b0, c5a);
            c5b = T.MultiplyAdd(x, b1, c5b);
            a++;
            b += bStride;
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
    private static void Tile3<T>(int rows, float* a, float* b, nint bStride, int depth, float* start, nint startStride, float* c, nint cStride)
        where T : struct, ILanes<T>
    {
        T c0a = T.Broadcast(0), c0b = c0a;
        T c1a = c0a, c1b = c0a;
        T c2a = c0a, c2b = c0a;
        for (var k = 0; k < depth; k++)
        {
            Prefetch(b);
            var b0 = T.Load(b);
            var b1 = T.Load(b + T.Count);
            var x = T.Broadcast(*a);
            c0a = T.MultiplyAdd(x, b0, c0a);
            c0b = T.MultiplyAdd(x, b1, c0b);
            x = T.Broadcast(a[Chunk]);
            c1a = T.MultiplyAdd(x, b0, c1a);
            c1b = T.MultiplyAdd(x, b1, c1b);
            x = T.Broadcast(a[2 * Chunk]);
            c2a = T.MultiplyAdd(x, b0, c2a);
            c2b = T.MultiplyAdd(x, b1, c2b);
            a++;
            b += bStride;
        }

        Finish(c0a, c0b, start, 0, c);
        if (rows > 1) Finish(c1a, c1b, start, startStride, c + cStride);
        if (rows > 2) Finish(c2a, c2b, start, 2 * startStride, c + (2 * cStride));
    }

    /// <summary>1 rows by two registers of columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1<T>(int rows, float* a, float* b, nint bStride, int depth, float* start, nint startStride, float* c, nint cStride)
        where T : struct, ILanes<T>
    {
        T c0a = T.Broadcast(0), c0b = c0a;
        for (var k = 0; k < depth; k++)
        {
            Prefetch(b);
            var b0 = T.Load(b);
            var b1 = T.Load(b + T.Count);
            var x = T.Broadcast(*a);
            c0a = T.MultiplyAdd(x, b0, c0a);
            c0b = T.MultiplyAdd(x, b1, c0b);
            a++;
            b += bStride;
        }

        Finish(c0a, c0b, start, 0, c);
    }

    /// <summary>
    /// Asks for weights that are to come. The processor's own prefetching follows one stream within a page of memory at a
    /// time and leaves half the bandwidth unused; there is no portable name for the hint. Beyond the end it does nothing.
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
