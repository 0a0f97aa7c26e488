using System.Runtime.Intrinsics;

namespace Molmo.Demo.Inference.Imaging.Png;

/// <summary>Undoes the five row filters; plain reference. All arithmetic is modulo 256.</summary>
internal static class PngFilter
{
    public const byte None = 0;
    public const byte Sub = 1;
    public const byte Up = 2;
    public const byte Average = 3;
    public const byte Paeth = 4;

    /// <summary>Turns a filtered row into samples, in place.</summary>
    /// <param name="filter">The byte before the row.</param>
    /// <param name="row">Filtered bytes in, samples out.</param>
    /// <param name="above">The samples of the row above, zeros for the first one.</param>
    /// <param name="stride">Bytes a pixel, at least 1.</param>
    /// <exception cref="InvalidImageException">The filter is none of the five.</exception>
    public static void Undo(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int stride)
    {
        if (filter == None) return;
        if (filter > Paeth) throw new InvalidImageException(ImageFault.Damaged, $"Row filter {filter} is unknown.");
        if (!TryUndoVector(filter, row, above, stride)) UndoScalar(filter, row, above, stride);
    }

    /// <summary>The plain loops, for rows that the vectors do not take and to test them.</summary>
    internal static void UndoScalar(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int stride)
    {
        above = above[..row.Length];
        switch (filter)
        {
            case Sub:
                for (var i = stride; i < row.Length; i++) row[i] += row[i - stride];
                break;
            case Up:
                for (var i = 0; i < row.Length; i++) row[i] += above[i];
                break;
            case Average:
                for (var i = 0; i < Math.Min(stride, row.Length); i++) row[i] += (byte)(above[i] >> 1);
                for (var i = stride; i < row.Length; i++) row[i] += (byte)(row[i - stride] + above[i] >> 1);
                break;
            case Paeth:
                for (var i = 0; i < Math.Min(stride, row.Length); i++) row[i] += above[i];
                for (var i = stride; i < row.Length; i++)
                    row[i] += Predict(row[i - stride], above[i], above[i - stride]);
                break;
        }
    }

    /// <summary>
    /// Of left, above and upper left, the one nearest to left + above - upper left; ties in that order.
    /// </summary>
    internal static byte Predict(int left, int above, int upperLeft)
    {
        var toLeft = Math.Abs(above - upperLeft);
        var toAbove = Math.Abs(left - upperLeft);
        var toUpperLeft = Math.Abs(left + above - 2 * upperLeft);
        var nearest = toAbove <= toUpperLeft ? above : upperLeft;
        return (byte)(toLeft <= toAbove && toLeft <= toUpperLeft ? left : nearest);
    }

    private static bool TryUndoVector(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int stride)
    {
        if (!Vector128.IsHardwareAccelerated || !BitConverter.IsLittleEndian || row.Length < 16) return false;
        if (filter != Up && (filter == Sub || stride is not (3 or 4 or 6 or 8))) return false;
        if (filter == Up) AddAbove(row, above);
        else if (filter == Average) UndoAverage(row, above, stride);
        else UndoPaeth(row, above, stride);
        return true;
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
