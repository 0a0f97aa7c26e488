using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Inference.Tests.Imaging;

public class RgbImageTests
{
    private const int Width = 7;
    private const int Height = 5;

    [Theory]
    [InlineData(0, 0, Width, Height)]
    [InlineData(2, 1, 3, 4)]
    [InlineData(6, 4, 1, 1)]
    public void Crop_WithinThePicture_HasItsPixels(int left, int top, int width, int height)
    {
        var crop = Numbered().Crop(left, top, width, height);
        Assert.Equal((width, height), (crop.Width, crop.Height));
        var expected = from y in Enumerable.Range(top, height)
                       from x in Enumerable.Range(left, width)
                       from channel in Enumerable.Range(0, 3)
                       select (byte)((((y * Width) + x) * 3) + channel);
        Assert.Equal(expected, crop.Pixels);
    }

    [Theory]
    [InlineData(-1, 0, 1, 1)]
    [InlineData(0, 0, Width + 1, 1)]
    [InlineData(0, 3, 1, 3)]
    [InlineData(0, 0, 0, 1)]
    public void Crop_NotWithinThePicture_IsRefused(int left, int top, int width, int height)
        => Assert.Throws<ArgumentOutOfRangeException>(() => Numbered().Crop(left, top, width, height));

    private static RgbImage Numbered()
        => new(Width, Height, [.. Enumerable.Range(0, Width * Height * 3).Select(i => (byte)i)]);
}
