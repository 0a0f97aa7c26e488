using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Inference.Tests.Imaging;

public class ImageScalerTests
{
    [Theory]
    [InlineData(37, 23, 10, 7)]
    [InlineData(10, 7, 37, 23)]
    [InlineData(100, 80, 1, 1)]
    [InlineData(1, 1, 9, 5)]
    [InlineData(64, 64, 64, 20)]
    [InlineData(64, 64, 20, 64)]
    public void Resize_AnyRatio_MatchesTheFilterInFloatingPoint(int width, int height, int newWidth, int newHeight)
    {
        var image = TestImages.Noise(width, height);
        var resized = ImageScaler.Resize(image, newWidth, newHeight);
        Assert.Equal((newWidth, newHeight), (resized.Width, resized.Height));
        for (var y = 0; y < newHeight; y++)
        {
            for (var x = 0; x < newWidth; x++)
            {
                for (var c = 0; c < 3; c++)
                    // The rows between the two passes are rounded to bytes.
                    Assert.InRange(
                        resized.Pixels[(y * newWidth + x) * 3 + c] - Filter(image, newWidth, newHeight, x, y, c),
                        -1.01, 1.01);
            }
        }
    }

    [Fact]
    public void Resize_FlatColour_StaysFlat()
    {
        var image = new RgbImage(50, 40, [.. Enumerable.Repeat((byte)255, 50 * 40 * 3)]);
        Assert.All(ImageScaler.Resize(image, 17, 9).Pixels, p => Assert.Equal(255, p));
    }

    [Fact]
    public void Resize_SameSize_GivesTheImageBack()
    {
        var image = TestImages.Noise(5, 4);
        Assert.Same(image, ImageScaler.Resize(image, 5, 4));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void Resize_ToNothing_Throws(int width, int height)
        => Assert.Throws<ArgumentOutOfRangeException>(() => ImageScaler.Resize(TestImages.Noise(2, 2), width, height));

    private static double Filter(RgbImage image, int newWidth, int newHeight, int x, int y, int c)
    {
        var sum = 0.0;
        var total = 0.0;
        for (var v = 0; v < image.Height; v++)
        {
            for (var u = 0; u < image.Width; u++)
            {
                var weight = Weight(image.Width, newWidth, x, u) * Weight(image.Height, newHeight, y, v);
                sum += weight * image.Pixels[(v * image.Width + u) * 3 + c];
                total += weight;
            }
        }
        return sum / total;
    }

    private static double Weight(int oldSize, int newSize, int target, int source)
    {
        var scale = (double)oldSize / newSize;
        return Math.Max(0, 1 - Math.Abs(source + 0.5 - (target + 0.5) * scale) / Math.Max(scale, 1));
    }
}
