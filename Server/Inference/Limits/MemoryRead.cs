using System.Runtime.Intrinsics;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Limits;

/// <summary>Memory far beyond the caches, added up once a pass with the widest loads.</summary>
internal sealed unsafe class MemoryRead : IProbe
{
    /// <summary>64-bit numbers a step: four registers of 512 bits.</summary>
    private const int Step = 32;

    private readonly Tensor _memory;
    private readonly long _count;
    private readonly int _bits;
    private ulong _sum;

    /// <param name="bytes">Memory to read; rounded down to whole steps.</param>
    /// <param name="bits">Width of the loads: 512, 256 or 128.</param>
    public MemoryRead(long bytes, int bits)
    {
        _bits = bits;
        _count = bytes / sizeof(ulong) / Step * Step;
        _memory = new Tensor(checked((int)(_count / Step)), Step * sizeof(ulong) / sizeof(float));
        // By the thread that reads it: the system gives memory near the one that first writes.
        var numbers = (ulong*)_memory.Data;
        for (var i = 0L; i < _count; i++) numbers[i] = (ulong)i * 3;
    }

    public double Work => (double)_count * sizeof(ulong);

    public void Run(long passes)
    {
        for (var pass = 0L; pass < passes; pass++)
            _sum = _bits switch
            {
                512 => Sum512((ulong*)_memory.Data, _count),
                256 => Sum256((ulong*)_memory.Data, _count),
                _ => Sum128((ulong*)_memory.Data, _count),
            };
    }

    /// <summary>The sum of the numbers as they were written: three times 0 to count - 1, wrapped.</summary>
    public bool IsRight() => _sum == unchecked((ulong)((UInt128)3 * (ulong)_count * (ulong)(_count - 1) / 2));

    public void Dispose() => _memory.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ulong Sum512(ulong* numbers, long count)
    {
        Vector512<ulong> a = default, b = default, c = default, d = default;
        for (var end = numbers + count; numbers < end; numbers += Step)
        {
            a += Vector512.Load(numbers);
            b += Vector512.Load(numbers + 8);
            c += Vector512.Load(numbers + 16);
            d += Vector512.Load(numbers + 24);
        }

        return Vector512.Sum(a + b + c + d);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ulong Sum256(ulong* numbers, long count)
    {
        Vector256<ulong> a = default, b = default, c = default, d = default;
        for (var end = numbers + count; numbers < end; numbers += 16)
        {
            a += Vector256.Load(numbers);
            b += Vector256.Load(numbers + 4);
            c += Vector256.Load(numbers + 8);
            d += Vector256.Load(numbers + 12);
        }

        return Vector256.Sum(a + b + c + d);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ulong Sum128(ulong* numbers, long count)
    {
        Vector128<ulong> a = default, b = default, c = default, d = default;
        for (var end = numbers + count; numbers < end; numbers += 8)
        {
            a += Vector128.Load(numbers);
            b += Vector128.Load(numbers + 2);
            c += Vector128.Load(numbers + 4);
            d += Vector128.Load(numbers + 6);
        }

        return Vector128.Sum(a + b + c + d);
    }
}
