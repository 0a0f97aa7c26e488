using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Inference.Tests.Imaging;

public class UprightCanvasTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 3)]
    [InlineData(3, 8)]
    [InlineData(4, 17)]
    public void Rows_AnyOrientation_LandWhereExifSays(int width, int height)
    {
        foreach (var orientation in Enum.GetValues<Orientation>())
        {
            var stored = TestImages.Noise(width, height);
            var byRows = new UprightCanvas(width, height, orientation);
            var scattered = new UprightCanvas(width, height, orientation);
            for (var y = 0; y < height; y++)
            {
                var row = stored.Pixels.AsSpan(y * width * 3, width * 3);
                row.CopyTo(byRows.Row(y));
                byRows.CommitRow(y);
                for (var x = 0; x < width; x++) scattered.Scatter(row.Slice(x * 3, 3), x, 1, y);
            }
            var expected = Turn(stored, orientation);
            Assert.Equal((expected.Width, expected.Height), (byRows.ToImage().Width, byRows.ToImage().Height));
            Assert.Equal(expected.Pixels, byRows.ToImage().Pixels);
            Assert.Equal(expected.Pixels, scattered.ToImage().Pixels);
        }
    }

    // EXIF 2.32 table for tag 0x0112: what the stored top row and left column are in the upright picture.
    private static RgbImage Turn(RgbImage stored, Orientation orientation)
    {
        var (w, h) = (stored.Width, stored.Height);
        var turned = orientation >= Orientation.Transpose;
        var (width, height) = turned ? (h, w) : (w, h);
        var pixels = new byte[w * h * 3];
        for (var y = 0; y < h; y++)
        {
            for (var x = 0; x < w; x++)
            {
                var (u, v) = (int)orientation switch
                {
                    1 => (x, y),
                    2 => (w - 1 - x, y),
                    3 => (w - 1 - x, h - 1 - y),
                    4 => (x, h - 1 - y),
                    5 => (y, x),
                    6 => (h - 1 - y, x),
                    7 => (h - 1 - y, w - 1 - x),
                    _ => (y, w - 1 - x),
                };
                stored.Pixels.AsSpan((y * w + x) * 3, 3).CopyTo(pixels.AsSpan((v * width + u) * 3));
            }
        }
        return new RgbImage(width, height, pixels);
    }
}
