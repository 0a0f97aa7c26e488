using AngleSharp.Dom;
using Molmo.Demo.Client.Images;
using Molmo.Demo.Client.Tests.Rendering;

namespace Molmo.Demo.Client.Tests.Images;

public class PointOverlayTests : PageTest
{
    [Theory]
    [InlineData("en-US")]
    [InlineData("de-DE")]
    [InlineData("ar-SA")]
    public void Render_AnyCulture_WritesPercentsWithADot(string culture)
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        try
        {
            var point = Assert.Single(Dots(Group(0, "dogs", (12.5, 63.25))));
            Assert.Equal("left:12.5%;top:63.25%", point.GetAttribute("style"));
            Assert.Equal(("0", "1", "12.5", "63.25"), (point.GetAttribute("data-group"), point.GetAttribute("data-n"),
                point.GetAttribute("data-x"), point.GetAttribute("data-y")));
            Assert.Equal("dogs, 1 of 1", point.GetAttribute("aria-label"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Render_Groups_DifferInColourAndShapeWithPinkCirclesFirst()
    {
        var points = Dots([.. Enumerable.Range(0, 9).Select(group => Group(group, "thing", (50, 50)))]);
        Assert.Equal("dot g1 circle", points[0].GetAttribute("class"));
        Assert.Equal(9, points.Values("class").Distinct().Count());
        Assert.All(points.Take(8).Zip(points.Skip(1)), pair => Assert.NotEqual(Shape(pair.First), Shape(pair.Second)));

        static string Shape(IElement point) => point.GetAttribute("class")!.Split(' ')[2];
    }

    [Fact]
    public void Render_Interactive_HasOneTabStopForTheWholeSet()
    {
        var points = Dots(Group(0, "dogs", (1, 1), (2, 2)), Group(1, "cats", (3, 3)));
        Assert.Equal(["0", "-1", "-1"], points.Values("tabindex"));
        Assert.All(points, point => Assert.Equal("button", point.LocalName));
        Assert.Equal(["dogs, 1 of 2", "dogs, 2 of 2", "cats, 1 of 1"], points.Values("aria-label"));
    }

    [Fact]
    public void Render_OpenTag_ShowsItsPointsUnderAPlainName()
    {
        var open = new PointSegment(0, [new ImagePoint(1, 5, 6)], "", "", IsComplete: false);
        var point = Assert.Single(Dots(open));
        Assert.Equal("point, 1", point.GetAttribute("aria-label"));
        Assert.Equal("1", point.GetAttribute("data-place"));
    }

    [Fact]
    public void Render_MoreThanAreDrawn_StopsAtTheLimitAndCountsThemAll()
    {
        var many = Group(
            0, "boats", [.. Enumerable.Range(0, ChatLimits.PointsDrawn + 50).Select(i => (i % 100.0, 50.0))]);
        var overlay = Show([many]);
        Assert.Equal(ChatLimits.PointsDrawn, overlay.Tests("point").Count);
        Assert.Equal("1050 points on the photo", overlay.FindAll("*")[0].GetAttribute("aria-label"));
    }

    [Fact]
    public void Render_Static_HasTitlesAndNothingToOperate()
    {
        var overlay = Show([Group(0, "dogs", (1, 1), (2, 2))], isStatic: true);
        Assert.Equal(["dogs, 1 of 2", "dogs, 2 of 2"], overlay.Tests("point").Values("title"));
        Assert.Empty(overlay.FindAll("button, [tabindex]"));
    }

    private static PointSegment Group(int group, string name, params (double X, double Y)[] points)
        => new(group, [.. points.Select((point, i) => new ImagePoint(i + 1, point.X, point.Y))], name, name,
            IsComplete: true);

    private IReadOnlyList<IElement> Dots(params PointSegment[] groups) => Show([.. groups]).Tests("point");

    private IRenderedComponent<PointOverlay> Show(ImmutableArray<AnswerSegment> segments, bool isStatic = false)
        => Render<PointOverlay>(parameters =>
            parameters.Add(overlay => overlay.Segments, segments).Add(overlay => overlay.IsStatic, isStatic));
}
