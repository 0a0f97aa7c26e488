using System.Runtime.Intrinsics;

namespace Molmo.Demo.Inference.Imaging.Png;

/// <summary>
/// The same with vectors: Up over whole rows; Average and Paeth, where each pixel waits for its left neighbour, with the 3 to 8
/// bytes of one pixel side by side.
/// </summary>
internal static partial class PngFilter
{
    private static bool TryUndoVector(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int stride)
    {
        if (!Vector128.IsHardwareAccelerated || !BitConverter.IsLittleEndian || row.Length < 16) return false;
        if (filter == Up)
        {
            AddAbove(row, above);
            return true;
        }
        if (stride is not (3 or 4 or 6 or 8)) return false;
        switch (filter)
        {
            case Average:
                UndoAverage(row, above, stride);
                return true;
            case Paeth:
                UndoPaeth(row, above, stride);
                return true;
            default:
                return false;
        }
    }

    private static void AddAbove(Span<byte> row, ReadOnlySpan<byte> above)
    {
        var i = 0;
        for (; i <= row.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
            (Vector128.Create(row[i..]) + Vector128.Create(above[i..])).CopyTo(row[i..]);
        for (; i < row.Length; i++) row[i] += above[i];
    }

    // Each step loads 8 bytes although a pixel may have fewer, so the last pixels are left to the plain loop.
    private static void UndoAverage(Span<byte> row, ReadOnlySpan<byte> above, int stride)
    {
        var left = Vector128<ushort>.Zero;
        var i = 0;
        for (; i <= row.Length - sizeof(ulong); i += stride)
        {
            var sum = Load(row, i) + (left + Load(above, i) >> 1);
            left = sum & Vector128.Create((ushort)255);
            Store(left, row, i, stride);
        }
        for (; i < row.Length; i++) row[i] += (byte)((i < stride ? 0 : row[i - stride]) + above[i] >> 1);
    }

    private static void UndoPaeth(Span<byte> row, ReadOnlySpan<byte> above, int stride)
    {
        var a = Vector128<short>.Zero;
        var c = Vector128<short>.Zero;
        var i = 0;
        for (; i <= row.Length - sizeof(ulong); i += stride)
        {
            var b = Load(above, i).AsInt16();
            var predicted = Predict(a, b, c);
            a = Load(row, i).AsInt16() + predicted & Vector128.Create((short)255);
            c = b;
            Store(a.AsUInt16(), row, i, stride);
        }
        for (; i < row.Length; i++)
            row[i] += i < stride ? above[i] : Predict(row[i - stride], above[i], above[i - stride]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Predict(Vector128<short> left, Vector128<short> above, Vector128<short> upperLeft)
    {
        var fromAbove = above - upperLeft;
        var fromLeft = left - upperLeft;
        var toLeft = Vector128.Abs(fromAbove);
        var toAbove = Vector128.Abs(fromLeft);
        var nearest = Vector128.Min(Vector128.Min(toLeft, toAbove), Vector128.Abs(fromLeft + fromAbove));
        return Vector128.ConditionalSelect(
            Vector128.Equals(nearest, toLeft),
            left,
            Vector128.ConditionalSelect(Vector128.Equals(nearest, toAbove), above, upperLeft));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> Load(ReadOnlySpan<byte> data, int at)
        => Vector128.WidenLower(Vector128.CreateScalar(MemoryMarshal.Read<ulong>(data[at..])).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<ushort> pixel, Span<byte> data, int at, int stride)
    {
        var bytes = Vector128.Narrow(pixel, pixel).AsUInt64().ToScalar();
        switch (stride)
        {
            case 3:
                MemoryMarshal.Write(data[at..], (ushort)bytes);
                data[at + 2] = (byte)(bytes >> 16);
                break;
            case 4:
                MemoryMarshal.Write(data[at..], (uint)bytes);
                break;
            case 6:
                MemoryMarshal.Write(data[at..], (uint)bytes);
                MemoryMarshal.Write(data[(at + 4)..], (ushort)(bytes >> 32));
                break;
            default:
                MemoryMarshal.Write(data[at..], bytes);
                break;
        }
    }
}
