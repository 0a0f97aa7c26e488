using System.Numerics;

namespace Molmo.Demo.Inference.Imaging;

/// <summary>
/// Scales 8-bit pictures for previews with a triangle filter that widens with the reduction, so that fine patterns do not
/// alias. The model's own input is scaled elsewhere, in floating point.
/// </summary>
public static class ImageResizer
{
    // Weights sum to about 2^Bits; 255 * 2^22 still fits into 32 bits.
    private const int Bits = 22;
    private const int Half = 1 << Bits - 1;
    private const int Channels = 3;

    /// <param name="image">The picture; given back as it is when it has the wanted size.</param>
    /// <param name="width">At least 1.</param>
    /// <param name="height">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is less than 1.</exception>
    public static RgbImage Resize(RgbImage image, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (width == image.Width && height == image.Height) return image;
        return ResizeHeight(ResizeWidth(image, Tap.Make(image.Width, width)), Tap.Make(image.Height, height));
    }

    private static RgbImage ResizeWidth(RgbImage image, Tap[] taps)
    {
        if (taps.Length == image.Width) return image;
        var pixels = GC.AllocateUninitializedArray<byte>(checked(taps.Length * image.Height * Channels));
        var to = 0;
        for (var y = 0; y < image.Height; y++)
        {
            var row = image.Pixels.AsSpan(y * image.Width * Channels, image.Width * Channels);
            foreach (var tap in taps)
            {
                var (red, green, blue) = (Half, Half, Half);
                var from = row[(tap.First * Channels)..];
                foreach (var weight in tap.Weights)
                {
                    red += from[0] * weight;
                    green += from[1] * weight;
                    blue += from[2] * weight;
                    from = from[Channels..];
                }
                pixels[to] = Limit(red);
                pixels[to + 1] = Limit(green);
                pixels[to + 2] = Limit(blue);
                to += Channels;
            }
        }
        return new RgbImage(taps.Length, image.Height, pixels);
    }

    private static RgbImage ResizeHeight(RgbImage image, Tap[] taps)
    {
        if (taps.Length == image.Height) return image;
        var rowBytes = image.Width * Channels;
        var pixels = GC.AllocateUninitializedArray<byte>(checked(rowBytes * taps.Length));
        var sums = new int[rowBytes];
        for (var y = 0; y < taps.Length; y++)
        {
            Array.Fill(sums, Half);
            for (var k = 0; k < taps[y].Weights.Length; k++)
                Add(image.Pixels.AsSpan((taps[y].First + k) * rowBytes, rowBytes), taps[y].Weights[k], sums);
            var target = pixels.AsSpan(y * rowBytes, rowBytes);
            for (var i = 0; i < target.Length; i++) target[i] = Limit(sums[i]);
        }
        return new RgbImage(image.Width, taps.Length, pixels);
    }

    private static void Add(ReadOnlySpan<byte> row, int weight, Span<int> sums)
    {
        var i = 0;
        for (; i <= row.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(row[i..]), out var low, out var high);
            Vector.Widen(low, out var a, out var b);
            Vector.Widen(high, out var c, out var d);
            AddTo(sums, i, a, weight);
            AddTo(sums, i + Vector<int>.Count, b, weight);
            AddTo(sums, i + 2 * Vector<int>.Count, c, weight);
            AddTo(sums, i + 3 * Vector<int>.Count, d, weight);
        }
        for (; i < row.Length; i++) sums[i] += row[i] * weight;
    }

    private static void AddTo(Span<int> sums, int at, Vector<uint> samples, int weight)
        => (new Vector<int>(sums[at..]) + Vector.AsVectorInt32(samples) * weight).CopyTo(sums[at..]);

    private static byte Limit(int sum) => (byte)Math.Clamp(sum >> Bits, 0, 255);

    /// <summary>The old samples that make one new sample.</summary>
    /// <param name="First">Index of the first one.</param>
    /// <param name="Weights">At least one; in units of 2^-Bits.</param>
    private readonly record struct Tap(int First, int[] Weights)
    {
        public static Tap[] Make(int oldSize, int newSize)
        {
            var scale = (double)oldSize / newSize;
            var reach = Math.Max(scale, 1);
            var taps = new Tap[newSize];
            for (var i = 0; i < newSize; i++)
            {
                var center = (i + 0.5) * scale;
                var first = Math.Max(0, (int)(center - reach + 0.5));
                var end = Math.Min(oldSize, (int)(center + reach + 0.5));
                var weights = new double[end - first];
                var sum = 0.0;
                for (var k = 0; k < weights.Length; k++)
                {
                    weights[k] = Math.Max(0, 1 - Math.Abs(first + k - center + 0.5) / reach);
                    sum += weights[k];
                }
                taps[i] = new Tap(first, Array.ConvertAll(weights, w => (int)Math.Round(w / sum * (1 << Bits))));
            }
            return taps;
        }
    }
}
