using System.Globalization;
using Molmo.Demo.Client.Images;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Images;
using Molmo.Demo.Shared.Markup;

namespace Molmo.Demo.Client.Tests.Images;

public class PhotoViewerTests
{
    [Fact]
    public async Task Render_OneGroup_HasItsNameAndCountAndNothingToTellItFrom()
    {
        var html = await HtmlAsync([Group(0, "dogs", 4)]);
        Assert.Contains("dogs 4", HtmlElement.TextOf(html), StringComparison.Ordinal);
        Assert.Single(HtmlElement.Read(html), e => e["data-testid"] == "legend");
        Assert.DoesNotContain(HtmlElement.Read(html), e => e.Attributes.ContainsKey("data-solo"));
    }

    [Fact]
    public async Task Render_SeveralGroups_CanBeSeenAloneAndLookLikeTheirDots()
    {
        var elements = await ShowAsync([Group(0, "dogs", 1), new TextSegment(" and "), Group(1, "", 2), Group(2, "none", 0)]);
        var legend = elements.Where(e => e["data-testid"] == "legend").ToList();
        Assert.Equal(["eye g1 circle", "eye g2 square"], legend.Select(e => e["class"]));
        Assert.All(legend, e => Assert.Equal("true", e["aria-pressed"]));
        Assert.Equal(["Only dogs", "Only points"], elements.Where(e => e.Attributes.ContainsKey("data-solo")).Select(e => e["aria-label"]));
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task Render_ForReading_AsksNothing(bool isStatic, int tools)
    {
        var elements = await ShowAsync([Group(0, "dogs", 4)], isStatic);
        Assert.Equal(tools, elements.Count(e => e["data-testid"] == "region-tool"));
        Assert.Equal(tools, elements.Count(e => e.Attributes.ContainsKey("data-region")));
        Assert.Equal(tools, elements.Count(e => e.Attributes.ContainsKey("data-ask-dot")));
    }

    [Fact]
    public async Task Render_PartsInAnyCulture_LieInPercentWithADot()
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
        try
        {
            var elements = await ShowAsync([], region: new ImageRegion(10.5, 20, 30, 40), pending: new ImageRegion(0, 0, 12.25, 100));
            Assert.Equal("left:10.5%;top:20%;width:30%;height:40%", elements.Single(e => e["data-testid"] == "region")["style"]);
            Assert.Equal("0 0 12.25 100", elements.Single(e => e["data-testid"] == "region-pending")["data-pending"]);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public async Task Thumb_OfAPart_ShowsThatPartOfThePhotoItself()
    {
        var image = new ImageInfo(new ImageId("abc"), 800, 600, "a.jpg", new string('0', 64));
        var renderer = await PageRenderer.Create().RenderAsync<RegionThumb>((nameof(RegionThumb.Image), image), (nameof(RegionThumb.Region), new ImageRegion(50, 50, 14, 18.6667)));
        // 112 x 112 pixels from 400, 300 on, at half size.
        Assert.Equal("width:56px;height:56px;background:url('/img/abc') -200px -150px / 400px 300px no-repeat", (await renderer.ElementsAsync()).Single()["style"]);
    }

    private static PointSegment Group(int group, string name, int points)
        => new(group, [.. Enumerable.Range(1, points).Select(n => new ImagePoint(n, n, n))], name, name, IsComplete: true);

    private static async Task<IReadOnlyList<HtmlElement>> ShowAsync(
        IReadOnlyList<AnswerSegment> segments, bool isStatic = false, ImageRegion? region = null, ImageRegion? pending = null)
        => HtmlElement.Read(await HtmlAsync(segments, isStatic, region, pending));

    private static async Task<string> HtmlAsync(
        IReadOnlyList<AnswerSegment> segments, bool isStatic = false, ImageRegion? region = null, ImageRegion? pending = null)
    {
        var renderer = await PageRenderer.Create().RenderAsync<PhotoViewer>(
            (nameof(PhotoViewer.Source), "/img/abc"), (nameof(PhotoViewer.Alt), "A photo"), (nameof(PhotoViewer.Width), 800), (nameof(PhotoViewer.Height), 600),
            (nameof(PhotoViewer.Segments), segments), (nameof(PhotoViewer.IsStatic), isStatic), (nameof(PhotoViewer.Region), region), (nameof(PhotoViewer.Pending), pending));
        return await renderer.HtmlAsync();
    }
}
