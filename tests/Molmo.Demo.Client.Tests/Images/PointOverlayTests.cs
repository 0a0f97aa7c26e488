using System.Collections.Immutable;
using System.Globalization;
using Molmo.Demo.Client.Images;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Markup;

namespace Molmo.Demo.Client.Tests.Images;

public class PointOverlayTests
{
    [Theory]
    [InlineData("en-US")]
    [InlineData("de-DE")]
    [InlineData("ar-SA")]
    public async Task Render_AnyCulture_WritesPercentsWithADot(string culture)
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        try
        {
            var point = (await DotsAsync(Group(0, "dogs", (12.5, 63.25)))).Single();
            Assert.Equal("left:12.5%;top:63.25%", point["style"]);
            Assert.Equal(("0", "1", "12.5", "63.25"), (point["data-group"], point["data-n"], point["data-x"], point["data-y"]));
            Assert.Equal("dogs, 1 of 1", point["aria-label"]);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public async Task Render_Groups_DifferInColourAndShapeWithPinkCirclesFirst()
    {
        var points = await DotsAsync([.. Enumerable.Range(0, 9).Select(group => Group(group, "thing", (50, 50)))]);
        Assert.Equal("dot g1 circle", points[0]["class"]);
        Assert.Equal(9, points.Select(point => point["class"]).Distinct().Count());
        Assert.All(points.Take(8).Zip(points.Skip(1)), pair => Assert.NotEqual(Shape(pair.First), Shape(pair.Second)));

        static string Shape(HtmlElement point) => point["class"]!.Split(' ')[2];
    }

    [Fact]
    public async Task Render_Interactive_HasOneTabStopForTheWholeSet()
    {
        var points = await DotsAsync(Group(0, "dogs", (1, 1), (2, 2)), Group(1, "cats", (3, 3)));
        Assert.Equal(["0", "-1", "-1"], points.Select(point => point["tabindex"]));
        Assert.All(points, point => Assert.Equal("button", point.Name));
        Assert.Equal(["dogs, 1 of 2", "dogs, 2 of 2", "cats, 1 of 1"], points.Select(point => point["aria-label"]));
    }

    [Fact]
    public async Task Render_OpenTag_ShowsItsPointsUnderAPlainName()
    {
        var open = new PointSegment(0, [new ImagePoint(1, 5, 6)], "", "", IsComplete: false);
        var point = (await DotsAsync(open)).Single();
        Assert.Equal("point, 1", point["aria-label"]);
        Assert.Equal("1", point["data-place"]);
    }

    [Fact]
    public async Task Render_MoreThanAreDrawn_StopsAtTheLimitAndCountsThemAll()
    {
        var many = Group(0, "boats", [.. Enumerable.Range(0, ChatLimits.PointsDrawn + 50).Select(i => (i % 100.0, 50.0))]);
        var elements = await RenderAsync([many]);
        Assert.Equal(ChatLimits.PointsDrawn, elements.Count(e => e["data-testid"] == "point"));
        Assert.Equal("1050 points on the photo", elements[0]["aria-label"]);
    }

    [Fact]
    public async Task Render_Static_HasTitlesAndNothingToOperate()
    {
        var elements = await RenderAsync([Group(0, "dogs", (1, 1), (2, 2))], isStatic: true);
        var points = elements.Where(e => e["data-testid"] == "point").ToList();
        Assert.Equal(["dogs, 1 of 2", "dogs, 2 of 2"], points.Select(point => point["title"]));
        Assert.DoesNotContain(elements, e => e.Name == "button" || e.Attributes.ContainsKey("tabindex"));
    }

    private static PointSegment Group(int group, string name, params (double X, double Y)[] points)
        => new(group, [.. points.Select((point, i) => new ImagePoint(i + 1, point.X, point.Y))], name, name, IsComplete: true);

    private static async Task<List<HtmlElement>> DotsAsync(params PointSegment[] groups)
        => [.. (await RenderAsync([.. groups])).Where(e => e["data-testid"] == "point")];

    private static async Task<IReadOnlyList<HtmlElement>> RenderAsync(ImmutableArray<AnswerSegment> segments, bool isStatic = false)
    {
        var renderer = await PageRenderer.Create().RenderAsync<PointOverlay>((nameof(PointOverlay.Segments), segments), (nameof(PointOverlay.IsStatic), isStatic));
        return await renderer.ElementsAsync();
    }
}
