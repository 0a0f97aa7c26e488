using Molmo.Demo.Client.Images;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Sharing;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Tests.Sharing;

public class DotPainterTests
{
    private const byte Ground = 0x80;
    private const int Size = 200;
    private const double Scale = 4;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Draw_OneDot_FillsItsGroupsShapeAsTheDrawingDoes(int group)
    {
        var image = Draw(group, null);
        var colour = DotPainter.Colours[group % DotPainter.Colours.Length];
        var radius = DotPainter.RadiusOf(1) * Scale;
        var expected = AreaOf(PointShape.Of(group)) * radius * radius;
        var filled = Enumerable.Range(0, Size * Size).Count(i => At(image, i % Size, i / Size) == colour);
        // Its edge is soft: half a pixel all around is of no colour of its own.
        Assert.InRange(filled, expected * 0.94, expected);
        Assert.Equal(colour, At(image, Size / 2, Size / 2));
        foreach (var (x, y) in PointShape.Of(group).Corners)
        {
            // Just within a corner is the colour, just beyond it the ring, further out the photo.
            uint Along(double by)
                => At(image, (int)((Size / 2) + (x * radius * by)), (int)((Size / 2) + (y * radius * by)));
            Assert.Equal(colour, Along(0.86));
            Assert.Equal(0xffffffu, Along(1 + (0.11 / double.Hypot(x, y))));
            Assert.Equal(0x808080u, Along(1 + (0.62 / double.Hypot(x, y))));
        }
    }

    [Fact]
    public void Draw_EightGroups_AreEightShapes()
        => Assert.Equal(8, Enumerable.Range(0, 8).Select(group => Outline(Draw(group, null))).Distinct().Count());

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(7)]
    public void Draw_DotFoundWrong_IsHollowInItsShape(int group)
    {
        var wrong = Draw(group, Audit.Empty.Judge(group, 1, DotVerdict.Wrong));
        Assert.Equal(Outline(Draw(group, null)), Outline(wrong));
        Assert.InRange(At(wrong, Size / 2, Size / 2), 0x500000u, 0x7fffffu);
        Assert.DoesNotContain(DotPainter.Colours[group],
            Enumerable.Range(0, Size * Size).Select(i => At(wrong, i % Size, i / Size)));
        Assert.Contains(0xffffffu, Enumerable.Range(0, Size * Size).Select(i => At(wrong, i % Size, i / Size)));
    }

    private static RgbImage Draw(int group, Audit? audit)
    {
        var image = new RgbImage(Size, Size, [.. Enumerable.Repeat(Ground, Size * Size * 3)]);
        DotPainter.Draw(
            image, (0, 0, Size, Size), [new PointSegment(group, [new ImagePoint(1, 50, 50)], "t", "a", true)], audit,
            Scale);
        return image;
    }

    // The first and the last pixel of each row that is drawn on; a soft edge within may be as grey as the ground.
    private static string Outline(RgbImage image)
    {
        var rows = from y in Enumerable.Range(0, Size)
                   let drawn = Enumerable.Range(0, Size).Where(x => At(image, x, y) != 0x808080).ToList()
                   select drawn.Count == 0 ? "" : $"{drawn[0]}-{drawn[^1]}";
        return string.Join(' ', rows);
    }

    // In squared radii, by the corners one after the other.
    private static double AreaOf(PointShape shape)
    {
        if (shape.Corners.IsEmpty) return Math.PI;
        var corners = shape.Corners;
        return Math.Abs(corners.Zip(corners[1..].Add(corners[0]))
            .Sum(pair => (pair.First.X * pair.Second.Y) - (pair.Second.X * pair.First.Y))) / 2;
    }

    private static uint At(RgbImage image, int x, int y)
    {
        var at = ((y * image.Width) + x) * 3;
        return (uint)((image.Pixels[at] << 16) | (image.Pixels[at + 1] << 8) | image.Pixels[at + 2]);
    }
}
