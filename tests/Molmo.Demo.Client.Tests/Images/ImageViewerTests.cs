using Molmo.Demo.Client.Images;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Tests.Images;

public class ImageViewerTests : PageTest
{
    [Fact]
    public void Render_OneGroup_HasItsNameAndCountAndNothingToTellItFrom()
    {
        var viewer = Show([Group(0, "dogs", 4)]);
        Assert.Contains("dogs 4", viewer.Words(), StringComparison.Ordinal);
        viewer.Test("legend");
        Assert.Empty(viewer.FindAll("[data-solo]"));
    }

    [Fact]
    public void Render_SeveralGroups_CanBeSeenAloneAndLookLikeTheirDots()
    {
        var viewer = Show([Group(0, "dogs", 1), new TextSegment(" and "), Group(1, "", 2), Group(2, "none", 0)]);
        var legend = viewer.Tests("legend");
        Assert.Equal(["eye g1 circle", "eye g2 square"], legend.Values("class"));
        Assert.All(legend, e => Assert.Equal("true", e.GetAttribute("aria-pressed")));
        Assert.Equal(["Only dogs", "Only points"], viewer.FindAll("[data-solo]").Values("aria-label"));
    }

    [Fact]
    public void Render_CheckedGroup_CountsWhatThePersonFound()
    {
        var audit = Audit.Empty.Judge(0, 1, DotVerdict.Wrong).AddMissed(0, 5, 5).AddMissed(0, 9, 9);
        var viewer = Show([Group(0, "dogs", 4)], audit: audit);
        Assert.Contains("dogs 5", viewer.Words(), StringComparison.Ordinal);
        Assert.Equal("dot g1 circle wrong", viewer.Tests("point")[0].GetAttribute("class"));
    }

    [Fact]
    public void Render_SeveralAnswers_TellsTheirGroupsApart()
    {
        var viewer = Show([Group(0, "dogs", 2)], look: 1,
            also: [new ShownToo("first", [Group(0, "fish", 3)], 0, 10_000, Audit.Empty)]);
        Assert.Equal(["eye g1 circle", "eye g2 square"], viewer.Tests("legend").Values("class"));
        Assert.Equal(["10000", "0"], viewer.FindAll("[data-legend] > li").Values("data-group"));
        Assert.Equal(2, viewer.FindAll("[data-dots]").Count);
        Assert.Equal(["10000", "0"], viewer.Tests("point").Values("data-group").Distinct());
        // One tab stop for the dots of all of them.
        Assert.Equal("0", Assert.Single(viewer.FindAll(".dot[tabindex='0']")).GetAttribute("data-group"));
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void Render_ForReading_AsksNothing(bool isStatic, int tools)
    {
        var viewer = Show([Group(0, "dogs", 4)], isStatic);
        Assert.Equal(tools, viewer.Tests("region-tool").Count);
        Assert.Equal(tools, viewer.FindAll("[data-region]").Count);
        Assert.Equal(tools, viewer.FindAll("[data-ask-dot]").Count);
    }

    [Fact]
    public void Render_PartsInAnyCulture_LieInPercentWithADot()
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
        try
        {
            var viewer =
                Show([], region: new ImageRegion(10.5, 20, 30, 40), pending: new ImageRegion(0, 0, 12.25, 100));
            Assert.Equal("left:10.5%;top:20%;width:30%;height:40%", viewer.Test("region").GetAttribute("style"));
            Assert.Equal("0 0 12.25 100", viewer.Test("region-pending").GetAttribute("data-pending"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Thumb_OfAPart_ShowsThatPartOfThePhotoItself()
    {
        var image = new ImageInfo(new ImageId("abc"), 800, 600, "a.jpg", new string('0', 64));
        var thumb = Render<RegionThumb>(parameters =>
            parameters.Add(part => part.Image, image).Add(part => part.Region, new ImageRegion(50, 50, 14, 18.6667)));
        // 112 x 112 pixels from 400, 300 on, at half size.
        Assert.Equal("width:56px;height:56px;background:url('/img/abc') -200px -150px / 400px 300px no-repeat",
            thumb.One("*").GetAttribute("style"));
    }

    private static PointSegment Group(int group, string name, int points)
        => new(
            group, [.. Enumerable.Range(1, points).Select(n => new ImagePoint(n, n, n))], name, name, IsComplete: true);

    private IRenderedComponent<ImageViewer> Show(
        IReadOnlyList<AnswerSegment> segments, bool isStatic = false, ImageRegion? region = null,
        ImageRegion? pending = null, int look = 0, Audit? audit = null, IReadOnlyList<ShownToo>? also = null)
        => Render<ImageViewer>(parameters => parameters
            .Add(viewer => viewer.Source, "/img/abc")
            .Add(viewer => viewer.Alt, "A photo").Add(viewer => viewer.Width, 800).Add(viewer => viewer.Height, 600)
            .Add(viewer => viewer.Segments, segments).Add(viewer => viewer.IsStatic, isStatic)
            .Add(viewer => viewer.Region, region).Add(viewer => viewer.Pending, pending)
            .Add(viewer => viewer.Look, look).Add(viewer => viewer.Audit, audit)
            .Add(viewer => viewer.Also, also ?? []));
}
