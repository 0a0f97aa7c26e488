using Molmo.Demo.Inference.Imaging.Jpeg;
using Molmo.Demo.Inference.Imaging.Png;

namespace Molmo.Demo.Inference.Tests.Imaging;

/// <summary>
/// The fast form of each kernel gives what its plain form gives, at every length and at the ends of the range.
/// </summary>
public class KernelTests
{
    [Theory]
    [InlineData("DOTNET_EnableAVX2")]
    [InlineData("DOTNET_EnableHWIntrinsic")]
    public void Instructions_SwitchedOff_AreNotUsed(string variable)
        => Assert.False(Environment.GetEnvironmentVariable(variable) == "0" && InverseDct.IsVectorSupported);

    [Fact]
    public void InverseDct_RandomBlocks_EqualsThePlainForm()
    {
        var random = new Random(1);
        for (var round = 0; round < 500; round++)
        {
            var coefficients = new short[64];
            var quantizers = new int[64];
            for (var i = 0; i < 64; i++)
            {
                coefficients[i] = (short)(random.Next(1 + round % 8) == 0 ? random.Next(-1024, 1025) : 0);
                quantizers[i] = random.Next(1, 1 + (round % 3) switch { 0 => 1, 1 => 40, _ => 255 });
            }
            var (fast, plain) = (new byte[8 * 11], new byte[8 * 11]);
            InverseDct.Transform(coefficients, quantizers, fast, 11);
            InverseDct.TransformScalar(coefficients, quantizers, plain, 11);
            Assert.Equal(plain, fast);
        }
    }

    [Fact]
    public void InverseDct_FlatBlock_EqualsTheFullTransform()
    {
        for (var dc = -2048; dc < 2048; dc++)
        {
            var coefficients = new short[64];
            coefficients[0] = (short)dc;
            var (flat, full) = (new byte[64], new byte[64]);
            InverseDct.TransformFlat(dc, 3, flat, 8);
            InverseDct.TransformScalar(coefficients, [.. Enumerable.Repeat(3, 64)], full, 8);
            Assert.Equal(full, flat);
        }
    }

    [Fact]
    public void InverseDct_RandomBlocks_IsNearTheDefinition()
    {
        var random = new Random(2);
        for (var round = 0; round < 50; round++)
        {
            var coefficients =
                Enumerable.Range(0, 64).Select(i => (short)random.Next(-900 / (i + 1), 900 / (i + 1) + 1)).ToArray();
            var samples = new byte[64];
            InverseDct.Transform(coefficients, [.. Enumerable.Repeat(1, 64)], samples, 8);
            for (var i = 0; i < 64; i++)
                Assert.InRange(
                    samples[i] - Math.Clamp(Definition(coefficients, i % 8, i / 8) + 128, 0, 255), -1.01, 1.01);
        }
    }

    [Fact]
    public void ColorConversion_AnyLength_EqualsThePlainForm()
    {
        for (var length = 1; length < 70; length++)
        {
            var (y, cb, cr) = (Bytes(length, 1), Bytes(length, 2), Bytes(length, 3));
            var (fast, plain) = (new byte[length * 3], new byte[length * 3]);
            JpegColor.FromYCbCr(y, cb, cr, fast);
            JpegColor.FromYCbCrScalar(y, cb, cr, plain);
            Assert.Equal(plain, fast);
        }
    }

    [Fact]
    public void ColorConversion_AllChroma_EqualsThePlainForm()
    {
        var all = Enumerable.Range(0, 256 * 256).ToArray();
        var (cb, cr) = (Array.ConvertAll(all, i => (byte)i), Array.ConvertAll(all, i => (byte)(i >> 8)));
        foreach (var level in new byte[] { 0, 1, 127, 128, 254, 255 })
        {
            var y = Array.ConvertAll(all, _ => level);
            var (fast, plain) = (new byte[all.Length * 3], new byte[all.Length * 3]);
            JpegColor.FromYCbCr(y, cb, cr, fast);
            JpegColor.FromYCbCrScalar(y, cb, cr, plain);
            Assert.True(fast.AsSpan().SequenceEqual(plain));
        }
    }

    [Fact]
    public void Upsampling_AnyWidth_EqualsTheTriangleFilter()
    {
        for (var width = 3; width < 60; width++)
        {
            var (near, far) = (Bytes(width, 1), Bytes(width, 2));
            var row = new byte[2 * width + 64];

            ChromaUpsampler.Wide(near, row);
            Assert.Equal(TriangleWide([.. near.Select(n => (int)n)], 1, 2, 2), row[..(2 * width)]);

            ChromaUpsampler.High(near, far, true, row);
            Assert.Equal(near.Zip(far, (n, f) => (byte)(n * 3 + f + 2 >> 2)), row[..width]);

            ChromaUpsampler.WideAndHigh(near, far, row);
            Assert.Equal(TriangleWide([.. near.Zip(far, (n, f) => n * 3 + f)], 8, 7, 4), row[..(2 * width)]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(8)]
    public void PngFilters_AnyLength_EqualThePlainFormAndComeBack(int stride)
    {
        for (var length = stride; length < 80; length += stride)
        {
            var (row, above) = (Bytes(length, length), Bytes(length, 7));
            for (byte filter = PngFilter.None; filter <= PngFilter.Paeth; filter++)
            {
                var filtered = Filter(filter, row, above, stride);
                var (fast, plain) = (filtered.ToArray(), filtered.ToArray());
                PngFilter.Undo(filter, fast, above, stride);
                PngFilter.UndoScalar(filter, plain, above, stride);
                Assert.Equal(row, plain);
                Assert.Equal(row, fast);
            }
        }
    }

    // By the definition: left, above and upper left of the first pixel are zero.
    private static byte[] Filter(byte filter, byte[] row, byte[] above, int stride) => [.. row.Select((value, i) =>
    {
        var (left, up, upperLeft) = i < stride ? (0, above[i], 0) : (row[i - stride], above[i], above[i - stride]);
        return (byte)(value - filter switch
        {
            PngFilter.None => 0,
            PngFilter.Sub => left,
            PngFilter.Up => up,
            PngFilter.Average => left + up >> 1,
            _ => PngFilter.Predict(left, up, upperLeft),
        });
    })];

    private static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    // The outermost samples are taken as their own outer neighbours, which leaves the end ones as they are.
    private static byte[] TriangleWide(int[] near, int even, int odd, int shift)
    {
        var row = new byte[2 * near.Length];
        for (var x = 0; x < near.Length; x++)
        {
            var (left, right) = (near[Math.Max(x - 1, 0)], near[Math.Min(x + 1, near.Length - 1)]);
            row[2 * x] = (byte)(near[x] * 3 + left + even >> shift);
            row[2 * x + 1] = (byte)(near[x] * 3 + right + odd >> shift);
        }
        return row;
    }

    private static double Definition(short[] coefficients, int x, int y)
    {
        var sum = 0.0;
        for (var v = 0; v < 8; v++)
        {
            for (var u = 0; u < 8; u++)
            {
                var scale = (u == 0 ? Math.Sqrt(0.5) : 1) * (v == 0 ? Math.Sqrt(0.5) : 1) / 4;
                sum += scale * coefficients[v * 8 + u] * Math.Cos((2 * x + 1) * u * Math.PI / 16) * Math.Cos(
                    (2 * y + 1) * v * Math.PI / 16);
            }
        }
        return sum;
    }
}
