using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Sharing;

namespace Molmo.Demo.Server.Tests.Sharing;

/// <summary>Numbers drawn beside dots.</summary>
public sealed class NumberPainterTests
{
    private const byte Ground = 0x40;
    private const byte White = 0xff;

    [Fact]
    public void Draw_EachDigit_IsAShapeOfItsOwnOnADarkPill()
    {
        var shapes = Enumerable.Range(0, 10).Select(digit =>
        {
            var image = Plain(80, 80);
            NumberPainter.Draw(image, digit, 10, 40, 52);
            return string.Concat(Pixels(image).Select(value => value == White ? '#' : '.'));
        }).ToList();

        Assert.Equal(10, shapes.Distinct().Count());
        Assert.All(shapes, shape => Assert.InRange(shape.Count(c => c == '#'), 60, 700));
    }

    [Theory]
    [InlineData(7, 17)]
    [InlineData(42, 17)]
    [InlineData(60, 34)]
    [InlineData(2000, 20)]
    public void Draw_ANumber_StaysInsideOfItsPill(int number, int height)
    {
        var image = Plain(240, 120);
        const int Left = 20, Middle = 60;

        NumberPainter.Draw(image, number, Left, Middle, height);

        var right = Left + NumberPainter.WidthOf(number, height);
        for (var y = 0; y < image.Height; y++)
            for (var x = 0; x < image.Width; x++)
                if (x < Left - 1 || x > right + 1 || Math.Abs(y + 0.5 - Middle) > (height / 2.0) + 1)
                    Assert.Equal(Ground, image.Pixels[((y * image.Width) + x) * 3]);
        // The first and the last digit are within, and so is the dark around them.
        Assert.Contains(Pixels(image), value => value > 200);
        Assert.Contains(Pixels(image), value => value < 0x24);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(60, true)]
    [InlineData(61, false)]
    public void DotPainter_UpToSixtyPoints_NumbersSeveral(int count, bool hasNumbers)
    {
        var image = Plain(1200, 900);
        ImmutableArray<ImagePoint> points =
            [.. Enumerable.Range(1, count).Select(n => new ImagePoint(n, 5 + (n % 10 * 9), 8 + (n / 10 * 13)))];

        DotPainter.Draw(image, (0, 0, 1200, 900), [new PointSegment(0, points, "t", "a", true)], null, 1);

        // Only the pills are darker than the ground and of their own tint: the hairline is black over it.
        Assert.Equal(hasNumbers, Enumerable.Range(0, 1200 * 900)
            .Any(i => (image.Pixels[i * 3], image.Pixels[(i * 3) + 1], image.Pixels[(i * 3) + 2])
                is ( < 0x24, < 0x22, > 0x20 and < 0x28)));
    }

    private static IEnumerable<byte> Pixels(RgbImage image)
        => Enumerable.Range(0, image.Width * image.Height).Select(i => image.Pixels[i * 3]);

    private static RgbImage Plain(int width, int height)
        => new(width, height, [.. Enumerable.Repeat(Ground, width * height * 3)]);
}
