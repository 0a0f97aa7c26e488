using System.Numerics;
using System.Runtime.Intrinsics;
using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Inference.Preprocessing;

/// <summary>Resizes a band of rows of a picture, vectorised, bit for bit as <see cref="Resampler"/>.</summary>
/// <remarks>
/// Holds only the rows that the vertical filter spans, so that its memory does not grow with the picture's height. For
/// one thread; make one for each band.
/// </remarks>
internal sealed class BandResampler(RgbImage image, ResamplingFilter horizontal, ResamplingFilter vertical)
{
    // A source row of 0 to 1, and rows resized in width: source row y is in _ring at y modulo the ring's rows. Both
    // have room for the fourth lane of the last pixel.
    private readonly float[] _source = new float[image.Width * 3 + Vector<float>.Count];
    private readonly float[] _ring = new float[vertical.MaxTaps * (horizontal.Count * 3 + 1)];
    private readonly int _ringRows = vertical.MaxTaps;
    private readonly int _ringStride = horizontal.Count * 3 + 1;

    // Where in the ring the rows of the current output row begin.
    private readonly int[] _taps = new int[vertical.MaxTaps];
    private int _nextSourceRow;

    /// <summary>Makes one row; rows must be asked for in rising order.</summary>
    /// <param name="row">Of the resized picture.</param>
    /// <param name="destination">[width, 3], 0 to 1.</param>
    public void ReadRow(int row, Span<float> destination)
    {
        var weights = vertical.Weights(row);
        int first = vertical.First(row);
        for (int y = Math.Max(_nextSourceRow, first); y < first + weights.Length; y++)
        {
            Expand(image.Pixels.AsSpan(y * image.Width * 3, image.Width * 3));
            ResizeWidth(RingRow(y));
        }
        _nextSourceRow = Math.Max(_nextSourceRow, first + weights.Length);

        for (int k = 0; k < weights.Length; k++) _taps[k] = (first + k) % _ringRows * _ringStride;
        ResizeHeight(weights, destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ResizeHeight(ReadOnlySpan<float> weights, Span<float> destination)
    {
        var taps = _taps.AsSpan(0, weights.Length);
        int x = 0;
        // Two vectors at a time, so that their additions overlap; each sum still runs from the first row to the last.
        for (; x + 2 * Vector<float>.Count <= destination.Length; x += 2 * Vector<float>.Count)
        {
            Vector<float> low = Vector<float>.Zero, high = Vector<float>.Zero;
            for (int k = 0; k < taps.Length; k++)
            {
                var source = _ring.AsSpan(taps[k] + x, 2 * Vector<float>.Count);
                low += new Vector<float>(source) * weights[k];
                high += new Vector<float>(source[Vector<float>.Count..]) * weights[k];
            }
            Clamp(low).CopyTo(destination[x..]);
            Clamp(high).CopyTo(destination[(x + Vector<float>.Count)..]);
        }
        for (; x < destination.Length; x++)
        {
            float sum = 0;
            for (int k = 0; k < taps.Length; k++) sum += weights[k] * _ring[taps[k] + x];
            destination[x] = Math.Clamp(sum, 0f, 1f);
        }
    }

    private static Vector<float> Clamp(Vector<float> values)
        => Vector.Min(Vector.Max(values, Vector<float>.Zero), Vector<float>.One);

    private Span<float> RingRow(int sourceRow) => _ring.AsSpan(sourceRow % _ringRows * _ringStride, _ringStride);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Expand(ReadOnlySpan<byte> bytes)
    {
        int x = 0;
        var divisor = new Vector<float>(255f);
        var destination = _source.AsSpan();
        for (; x + Vector<byte>.Count <= bytes.Length; x += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(bytes[x..]), out var low, out var high);
            WriteQuotients(low, divisor, destination[x..]);
            WriteQuotients(high, divisor, destination[(x + Vector<ushort>.Count)..]);
        }
        for (; x < bytes.Length; x++) destination[x] = bytes[x] / 255f;
    }

    private static void WriteQuotients(Vector<ushort> values, Vector<float> divisor, Span<float> destination)
    {
        Vector.Widen(values, out var low, out var high);
        (Vector.ConvertToSingle(Vector.AsVectorInt32(low)) / divisor).CopyTo(destination);
        (Vector.ConvertToSingle(Vector.AsVectorInt32(high)) / divisor).CopyTo(destination[Vector<float>.Count..]);
    }

    /// <summary>
    /// A pixel at a time, its three channels in one vector; the fourth lane is the next pixel's and is overwritten.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ResizeWidth(Span<float> destination)
    {
        ref float source = ref MemoryMarshal.GetArrayDataReference(_source);
        var firsts = horizontal.Firsts;
        var starts = horizontal.Starts;
        var weights = horizontal.AllWeights;
        for (int x = 0; x < firsts.Length; x++)
        {
            var sum = Vector128<float>.Zero;
            int offset = firsts[x] * 3;
            // In bounds: the last tap is the row's last pixel at most, and _source has room for a fourth lane after it.
            for (int k = starts[x]; k < starts[x + 1]; k++, offset += 3)
                sum += Vector128.LoadUnsafe(ref source, (nuint)offset) * weights[k];
            sum.CopyTo(destination[(x * 3)..]);
        }
    }
}

/// <summary>
/// Resizes a picture, width first, then height: the plain form that <see cref="BandResampler"/> is measured by.
/// </summary>
internal static class Resampler
{
    /// <summary>The resized picture, [height, width, 3], 0 to 1.</summary>
    public static float[] Resize(RgbImage image, int width, int height)
    {
        var horizontal = ResamplingFilter.Create(image.Width, width);
        var vertical = ResamplingFilter.Create(image.Height, height);
        var wide = new float[image.Height * width * 3];
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                var weights = horizontal.Weights(x);
                for (int channel = 0; channel < 3; channel++)
                {
                    float sum = 0;
                    for (int k = 0; k < weights.Length; k++)
                        sum += weights[k]
                            * (image.Pixels[(y * image.Width + horizontal.First(x) + k) * 3 + channel] / 255f);
                    wide[(y * width + x) * 3 + channel] = sum;
                }
            }
        }
        var result = new float[height * width * 3];
        for (int y = 0; y < height; y++)
        {
            var weights = vertical.Weights(y);
            for (int x = 0; x < width * 3; x++)
            {
                float sum = 0;
                for (int k = 0; k < weights.Length; k++)
                    sum += weights[k] * wide[(vertical.First(y) + k) * width * 3 + x];
                result[y * width * 3 + x] = Math.Clamp(sum, 0f, 1f);
            }
        }
        return result;
    }
}
