using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Inference.Preprocessing;

namespace Molmo.Demo.Inference.Tests.Preprocessing;

public sealed class BandResamplerTests
{
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(1, 1, 5, 3)]
    [InlineData(37, 41, 37, 41)]
    [InlineData(96, 72, 112, 84)]
    [InlineData(203, 151, 33, 29)]
    [InlineData(16, 500, 61, 7)]
    [InlineData(1000, 2, 13, 1)]
    [InlineData(3, 700, 1, 112)]
    public void ReadRow_AnySize_EqualsThePlainResamplerBitForBit(int width, int height, int newWidth, int newHeight)
    {
        var image = GeneratedImage.Create(width, height, seed: 9);
        float[] expected = Resampler.Resize(image, newWidth, newHeight);
        Assert.Equal(expected, ReadRows(0));
        // A band that begins lower gives the same rows.
        int middle = newHeight / 2;
        Assert.Equal(expected[(middle * newWidth * 3)..], ReadRows(middle));

        float[] ReadRows(int firstRow)
        {
            var resampler = new BandResampler(
                image, ResamplingFilter.Create(width, newWidth), ResamplingFilter.Create(height, newHeight));
            var rows = new float[(newHeight - firstRow) * newWidth * 3];
            for (int row = firstRow; row < newHeight; row++)
                resampler.ReadRow(row, rows.AsSpan((row - firstRow) * newWidth * 3, newWidth * 3));
            return rows;
        }
    }

    [Fact]
    public void ReadRow_LargePicture_HoldsOnlyTheRowsThatTheFilterSpans()
    {
        var image = new RgbImage(2000, 3000, new byte[2000 * 3000 * 3]);
        var row = new float[112 * 3];
        long before = GC.GetAllocatedBytesForCurrentThread();
        var resampler = new BandResampler(
            image, ResamplingFilter.Create(2000, 112), ResamplingFilter.Create(3000, 112));
        for (int y = 0; y < 112; y++) resampler.ReadRow(y, row);
        // Resized in width alone the picture would be 4 MB, as floats 72 MB.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 500_000);
    }

    [Theory]
    [InlineData(960, 336)]
    [InlineData(336, 336)]
    [InlineData(100, 784)]
    [InlineData(16384, 1)]
    [InlineData(1, 336)]
    public void Create_AnySizes_GivesWeightsThatSumToOneWithinTheInput(int input, int output)
    {
        var filter = ResamplingFilter.Create(input, output);
        for (int i = 0; i < output; i++)
        {
            float sum = 0;
            foreach (float weight in filter.Weights(i)) sum += weight;
            Assert.Equal(1f, sum, 1e-4f);
            Assert.InRange(filter.First(i), 0, input - filter.Weights(i).Length);
        }
    }
}
