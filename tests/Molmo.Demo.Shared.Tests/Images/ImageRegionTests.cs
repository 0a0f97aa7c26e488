using FsCheck;

namespace Molmo.Demo.Shared.Tests.Images;

public class ImageRegionTests
{
    [Theory]
    [InlineData(0, 0, 100, 100, true)]
    [InlineData(99.9, 0, 0.1, 1, true)]
    [InlineData(66.6667, 0, 33.3334, 50, true)]
    [InlineData(-0.1, 0, 10, 10, false)]
    [InlineData(0, 50, 10, 50.1, false)]
    [InlineData(0, 0, 0, 10, false)]
    [InlineData(0, 0, 10, -1, false)]
    [InlineData(double.NaN, 0, 10, 10, false)]
    [InlineData(0, 0, double.PositiveInfinity, 10, false)]
    public void IsValid_OnlyWithinThePicture(double x, double y, double width, double height, bool expected)
        => Assert.Equal(expected, new ImageRegion(x, y, width, height).IsValid);

    // The sizes are the largest numbers made.
    [Fuzz(2000, StartSize = 10, EndSize = 65535)]
    public void PixelsOf_AnyRegionOfAnyPicture_IsWithinItAndStaysWhenPutOnPixels(
        NonNegativeInt wide, NonNegativeInt high, NonNegativeInt right, NonNegativeInt down, NonNegativeInt part,
        NonNegativeInt share)
    {
        var (width, height, x, y) =
            (1 + (wide.Get % 5000), 1 + (high.Get % 5000), right.Get / 655.36, down.Get / 655.36);
        var region = new ImageRegion(
            x, y, Math.Max(1e-9, (100 - x) * part.Get / 65536), Math.Max(1e-9, (100 - y) * share.Get / 65536));
        var (left, top, w, h) = region.PixelsOf(width, height);
        Assert.True(left >= 0 && top >= 0 && w >= 1 && h >= 1 && left + w <= width && top + h <= height,
            $"{region} of {width} x {height}");
        var snapped = region.OnPixelsOf(width, height);
        Assert.True(snapped.IsValid, $"{snapped}");
        Assert.Equal((left, top, w, h), snapped.PixelsOf(width, height));
        Assert.Equal(snapped, snapped.OnPixelsOf(width, height));
    }

    [Fact]
    public void Parse_AnswerAboutARegion_GivesPlacesOfTheWholePicture()
    {
        const string text = """Two <points x1="0" y1="0" x2="50" y2="100" alt="dogs">dogs</points> at (10, 10).""";
        var region = new ImageRegion(20, 40, 10, 20);
        var mapped = PointMarkupParser.Parse(text, region);
        Assert.Equal(
            [new ImagePoint(1, 20, 40), new ImagePoint(2, 25, 60)], mapped.OfType<PointSegment>().Single().Points);
        Assert.Equal(AnswerText.Clean(PointMarkupParser.Parse(text)), AnswerText.Clean(mapped));
    }
}
