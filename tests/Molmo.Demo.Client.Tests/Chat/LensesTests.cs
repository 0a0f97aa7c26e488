using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Tests.Chat;

public class LensesTests : PageTest
{
    private static readonly ImageInfo Photo = new(new ImageId("abc"), 800, 600, "a.jpg", new string('0', 64));

    [Theory]
    [InlineData(12, null)]
    [InlineData(13, "+1")]
    [InlineData(37, "+25")]
    public void Render_ManyDots_ShowsTwelveAndOpensTheListForTheOthers(int dots, string? more)
    {
        var lenses = Show([Group(0, dots)]);
        Assert.Equal(12, lenses.Tests("lens").Count);
        Assert.Equal(more, lenses.Tests("lenses-more").SingleOrDefault()?.TextContent);
        Assert.All(lenses.Tests("lenses-more"), button => Assert.True(button.HasAttribute("data-points")));
    }

    [Fact]
    public void Render_Lens_IsNamedAndPlacedLikeItsDot()
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
        try
        {
            var lens = Show([new TextSegment("See "), Group(1, 1)], look: 2).Test("lens");
            Assert.Equal("--x:1.5;--y:1.25", lens.GetAttribute("style"));
            Assert.Equal(("t", "1", "1", "dogs, 1 of 1"), (lens.GetAttribute("data-turn"),
                lens.GetAttribute("data-group"), lens.GetAttribute("data-n"), lens.GetAttribute("aria-label")));
            Assert.Contains("g4 triangle", lens.GetAttribute("class"), StringComparison.Ordinal);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Render_WhileWritten_HasAnEmptyOneAhead()
    {
        Assert.Single(Show([Group(0, 2)], isLive: true).FindAll(".wait"));
        Assert.Empty(Show([Group(0, 12)], isLive: true).FindAll(".wait"));
        Assert.Empty(Show([Group(0, 2)]).FindAll(".wait"));
    }

    [Fact]
    public void Render_Checked_ShowsVerdictsAndWhatWasMissed()
    {
        var audit = Audit.Empty.Judge(0, 1, DotVerdict.Right).Judge(0, 2, DotVerdict.Wrong).AddMissed(0, 40, 60);
        var lenses = Show([Group(0, 3)], audit: audit);
        Assert.Equal(2, lenses.FindAll("[data-testid=lens] > .said").Count);
        Assert.Equal("2", Assert.Single(lenses.FindAll(".lens.wrong")).GetAttribute("data-n"));
        Assert.Equal("--x:40;--y:60", lenses.Test("lens-missed").GetAttribute("style"));
    }

    private static PointSegment Group(int group, int points) => new(
        group, [.. Enumerable.Range(1, points).Select(n => new ImagePoint(n, n * 1.5, n * 1.25))], "dogs", "dogs",
        true);

    private IRenderedComponent<Lenses> Show(
        ImmutableArray<AnswerSegment> segments, int look = 0, bool isLive = false, Audit? audit = null)
        => Render<Lenses>(parameters => parameters.Add(lenses => lenses.Segments, segments)
            .Add(lenses => lenses.Image, Photo).Add(lenses => lenses.Look, look).Add(lenses => lenses.Turn, "t")
            .Add(lenses => lenses.IsLive, isLive).Add(lenses => lenses.Audit, audit ?? Audit.Empty));
}
