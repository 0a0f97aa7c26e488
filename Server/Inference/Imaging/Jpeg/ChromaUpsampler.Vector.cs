using System.Runtime.Intrinsics;

namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>The inner columns, eight at a time in 16-bit lanes. Even and odd results share a lane, low byte and high byte, and so lie in order.</summary>
internal sealed partial class ChromaUpsampler
{
    private const int Step = 8;

    private static bool IsVectorSupported => Vector128.IsHardwareAccelerated && BitConverter.IsLittleEndian;

    // Each returns the first column that is left for the plain loop, at least 1.
    private static int WideVector(ReadOnlySpan<byte> near, Span<byte> row)
    {
        var x = 1;
        if (!IsVectorSupported) return x;
        for (; x < near.Length - Step; x += Step)
        {
            var middle = Load(near, x) * 3;
            var even = middle + Load(near, x - 1) + Vector128.Create((ushort)1) >> 2;
            var odd = middle + Load(near, x + 1) + Vector128.Create((ushort)2) >> 2;
            (even | odd << 8).AsByte().CopyTo(row[(2 * x)..]);
        }
        return x;
    }

    private static int HighVector(ReadOnlySpan<byte> near, ReadOnlySpan<byte> far, int bias, Span<byte> row)
    {
        var x = 0;
        if (!IsVectorSupported) return x;
        for (; x <= near.Length - Step; x += Step)
        {
            var sum = Column(near, far, x) + Vector128.Create((ushort)bias) >> 2;
            MemoryMarshal.Write(row[x..], Vector128.Narrow(sum, sum).AsUInt64().ToScalar());
        }
        return x;
    }

    private static int WideAndHighVector(ReadOnlySpan<byte> near, ReadOnlySpan<byte> far, Span<byte> row)
    {
        var x = 1;
        if (!IsVectorSupported) return x;
        for (; x < near.Length - Step; x += Step)
        {
            var middle = Column(near, far, x) * 3;
            var even = middle + Column(near, far, x - 1) + Vector128.Create((ushort)8) >> 4;
            var odd = middle + Column(near, far, x + 1) + Vector128.Create((ushort)7) >> 4;
            (even | odd << 8).AsByte().CopyTo(row[(2 * x)..]);
        }
        return x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> Column(ReadOnlySpan<byte> near, ReadOnlySpan<byte> far, int x) => Load(near, x) * 3 + Load(far, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> Load(ReadOnlySpan<byte> samples, int x)
        => Vector128.WidenLower(Vector128.CreateScalar(MemoryMarshal.Read<ulong>(samples[x..])).AsByte());
}
