using System.Runtime.Intrinsics;

namespace Molmo.Demo.Inference.Imaging.Png;

/// <summary>The way back, for the encoder. All neighbours are known here, so every filter is taken sixteen bytes at a time.</summary>
internal static partial class PngFilter
{
    /// <summary>Filters a row.</summary>
    /// <param name="filter">One of the five.</param>
    /// <param name="row">Samples.</param>
    /// <param name="above">Samples of the row above, zeros for the first one.</param>
    /// <param name="stride">Bytes a pixel.</param>
    /// <param name="target">Takes as many bytes as the row has.</param>
    public static void Apply(byte filter, ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int stride, Span<byte> target)
    {
        if (filter == None)
        {
            row.CopyTo(target);
            return;
        }

        // Left of the first pixel all is zero; from the second on, neighbours are slices of the rows.
        var edge = Math.Min(stride, row.Length);
        for (var x = 0; x < edge; x++) target[x] = (byte)(row[x] - PredictEdge(filter, above[x]));
        var length = row.Length - edge;
        var value = row[edge..];
        var left = row[..length];
        var up = above[edge..];
        var upperLeft = above[..length];
        var i = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            for (; i <= length - Vector128<byte>.Count; i += Vector128<byte>.Count)
            {
                var predicted = Predict(filter, Vector128.Create(left[i..]), Vector128.Create(up[i..]), Vector128.Create(upperLeft[i..]));
                (Vector128.Create(value[i..]) - predicted).CopyTo(target[(edge + i)..]);
            }
        }
        for (; i < length; i++) target[edge + i] = (byte)(value[i] - Predict(filter, left[i], up[i], upperLeft[i]));
    }

    /// <summary>How much a filtered row still holds: the sum of its bytes, taken as signed.</summary>
    public static long Cost(ReadOnlySpan<byte> filtered)
    {
        var sum = 0L;
        var i = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            while (i <= filtered.Length - Vector128<byte>.Count)
            {
                // 16 lanes of at most 2 * 128 a step stay within 16 bits for 255 steps.
                var part = Vector128<ushort>.Zero;
                for (var step = 0; step < 255 && i <= filtered.Length - Vector128<byte>.Count; step++, i += Vector128<byte>.Count)
                {
                    var bytes = Vector128.Create(filtered[i..]);
                    var size = Vector128.Min(bytes, Vector128<byte>.Zero - bytes);
                    part += Vector128.WidenLower(size) + Vector128.WidenUpper(size);
                }
                sum += Vector128.Sum(Vector128.WidenLower(part)) + Vector128.Sum(Vector128.WidenUpper(part));
            }
        }
        for (; i < filtered.Length; i++) sum += Math.Abs((int)(sbyte)filtered[i]);
        return sum;
    }

    private static int PredictEdge(byte filter, byte above) => filter switch
    {
        Up or Paeth => above,
        Average => above >> 1,
        _ => 0,
    };

    private static int Predict(byte filter, byte left, byte above, byte upperLeft) => filter switch
    {
        Sub => left,
        Up => above,
        Average => left + above >> 1,
        _ => Predict((int)left, above, upperLeft),
    };

    private static Vector128<byte> Predict(byte filter, Vector128<byte> left, Vector128<byte> above, Vector128<byte> upperLeft) => filter switch
    {
        Sub => left,
        Up => above,
        // The mean without its carry: what both have, and half of what one has.
        Average => (left & above) + ((left ^ above) >> 1),
        _ => Vector128.Narrow(
            PredictPaeth(Vector128.WidenLower(left), Vector128.WidenLower(above), Vector128.WidenLower(upperLeft)),
            PredictPaeth(Vector128.WidenUpper(left), Vector128.WidenUpper(above), Vector128.WidenUpper(upperLeft))),
    };

    private static Vector128<ushort> PredictPaeth(Vector128<ushort> left, Vector128<ushort> above, Vector128<ushort> upperLeft)
        => Predict(left.AsInt16(), above.AsInt16(), upperLeft.AsInt16()).AsUInt16();
}
