namespace Molmo.Demo.Inference.Imaging.Png;

/// <summary>Undoes the five row filters; plain reference. All arithmetic is modulo 256.</summary>
internal static partial class PngFilter
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
                for (var i = stride; i < row.Length; i++) row[i] += Predict(row[i - stride], above[i], above[i - stride]);
                break;
        }
    }

    /// <summary>Of left, above and upper left, the one nearest to left + above - upper left; ties in that order.</summary>
    internal static byte Predict(int left, int above, int upperLeft)
    {
        var toLeft = Math.Abs(above - upperLeft);
        var toAbove = Math.Abs(left - upperLeft);
        var toUpperLeft = Math.Abs(left + above - 2 * upperLeft);
        var nearest = toAbove <= toUpperLeft ? above : upperLeft;
        return (byte)(toLeft <= toAbove && toLeft <= toUpperLeft ? left : nearest);
    }
}
