using Microsoft.AspNetCore.Components.Web;
using Molmo.Demo.Client.Sharing;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Tests.Sharing;

public class SharePageTests : PageTest
{
    private const string Dogs =
        """Counting the <points x1="10" y1="20" x2="30.5" y2="40" alt="white dogs">dogs</points> shows a total of 2.""";

    [Fact]
    public async Task Render_Snapshot_IsCompleteWithoutScript()
    {
        var (page, head) =
            await ShowAsync(new SharedTurn("How many dogs?", Dogs, EndReason.Finished, 1, 800, 600, FakeAnswer.Stamp));
        Assert.Contains("How many dogs?", page.One("h1").TextContent, StringComparison.Ordinal);
        Assert.EndsWith("/photo/1", page.Test("photo").GetAttribute("src"), StringComparison.Ordinal);
        Assert.Equal(["white dogs, 1 of 2", "white dogs, 2 of 2"], page.Tests("point").Values("title"));
        Assert.Equal("span", page.One("[data-chip='0']").LocalName);
        Assert.Equal("2 dogs", page.Test("figure").TextContent.Trim());
        Assert.Equal(2, page.Tests("lens").Count);
        Assert.Empty(page.FindAll("[data-lens]:is(button)"));
        Assert.Contains("shows a total of 2.", page.Words(), StringComparison.Ordinal);
        Assert.Equal("2 dots match the text. Not checked yet.", page.Test("agreement").TextContent.Trim());
        Assert.DoesNotContain("<points", page.Words(), StringComparison.Ordinal);
        Assert.Contains("molmo-tiny 3f2a91c0ffee", page.Words(), StringComparison.Ordinal);
        Assert.Contains("21 November 2026", page.Words(), StringComparison.Ordinal);
        Assert.All(head.FindAll("script").Concat(page.FindAll("script")),
            script => Assert.Equal("module", script.GetAttribute("type")));
    }

    [Fact]
    public async Task Render_Snapshot_DescribesItselfToPreviewsAndHidesFromSearch()
    {
        var (_, head) =
            await ShowAsync(new SharedTurn("How many \"dogs\" & <cats>?", Dogs, EndReason.Finished, 1, 800, 600, null));
        var meta = head.FindAll("meta").ToDictionary(
            e => e.GetAttribute("name") ?? e.GetAttribute("property") ?? "", e => e.GetAttribute("content"));
        Assert.Equal("noindex", meta["robots"]);
        Assert.Equal("How many \"dogs\" & <cats>? 2 dogs", meta["og:title"]);
        Assert.Equal("Counting the dogs shows a total of 2.", meta["og:description"]);
        Assert.Matches(@"^http://localhost/s/\w{22}/og\.jpg$", meta["og:image"]);
        Assert.Equal(("1200", "630", "summary_large_image"),
            (meta["og:image:width"], meta["og:image:height"], meta["twitter:card"]));
        Assert.Equal(meta["og:image"], meta["twitter:image"]);
    }

    [Fact]
    public async Task Render_Snapshot_OffersItsFormatsAndNamesItsDescription()
    {
        var (page, head) = await ShowAsync(new SharedTurn("Dogs?", Dogs, EndReason.Finished, 1, 800, 600, null));
        var downloads = page.FindAll("[data-download]");
        Assert.Equal(
            ["html", "png", "svg", "md", "csv", "json", "coco.json", "ls.json", "ls.xml"],
            downloads.Values("data-download"));
        Assert.All(downloads,
            e => Assert.Matches(@"^/s/\w{22}\." + e.GetAttribute("data-download") + "$", e.GetAttribute("href")));
        var description = head.One("link");
        Assert.Equal(("alternate", "application/json+oembed"),
            (description.GetAttribute("rel"), description.GetAttribute("type")));
        Assert.Matches(@"^http://localhost/oembed\?format=json&url=http%3A%2F%2Flocalhost%2Fs%2F\w{22}$",
            description.GetAttribute("href"));
    }

    [Fact]
    public async Task Render_AnswerWithoutPicture_OffersNoPictures()
    {
        var (page, _) = await ShowAsync(new SharedTurn("Why?", "Because.", EndReason.Finished, null, 0, 0, null));
        Assert.Equal(["html", "md", "csv", "json"], page.FindAll("[data-download]").Values("data-download"));
    }

    [Fact]
    public async Task Render_SeveralTurnsAndPictures_ShowsEachAnswerOnItsOwnPicture()
    {
        var (page, _) = await ShowAsync(
            new SharedTurn("Dogs?", Dogs, EndReason.Finished, 1, 800, 600, null),
            new SharedTurn("What colour?", "White.", EndReason.Finished, 1, 800, 600, null),
            new SharedTurn(
                "Boats?", """<point x="1" y="2" alt="boat">A boat</point>""", EndReason.Stopped, 2, 300, 900, null),
            new SharedTurn("And?", "", null, 2, 300, 900, null));
        Assert.Equal(["1", "2"], page.Tests("photo").Values("src").Select(source => source!.Split('/')[^1]));
        Assert.Equal(["done", "done", "done", "failed"], page.Tests("answer").Values("data-state"));
        Assert.Equal(3, page.FindAll("h2").Count);
    }

    [Fact]
    public async Task Render_AnswerAboutAPart_PutsDotsOnTheWholePhotoAndDrawsThePart()
    {
        var (page, _) = await ShowAsync(
            new SharedTurn("Dogs here?", Dogs, EndReason.Finished, 1, 800, 600, null, new ImageRegion(50, 0, 50, 50)));
        Assert.Equal([("55", "10"), ("65.25", "20")],
            page.Tests("point").Select(e => (e.GetAttribute("data-x")!, e.GetAttribute("data-y")!)));
        Assert.Equal("left:50%;top:0%;width:50%;height:50%", page.Test("region").GetAttribute("style"));
    }

    [Fact]
    public async Task Render_PartWithoutDots_KeepsItsPhotoAndPart()
    {
        var (page, _) = await ShowAsync(
            new SharedTurn("Dogs?", Dogs, EndReason.Finished, 1, 800, 600, null),
            new SharedTurn(
                "What is here?", "A lawn.", EndReason.Finished, 1, 800, 600, null, new ImageRegion(50, 0, 50, 50)));
        Assert.Equal(2, page.Tests("photo").Count);
        Assert.Equal("left:50%;top:0%;width:50%;height:50%", page.Test("region").GetAttribute("style"));
        Assert.Equal("Asked about the marked part of the photo only.", page.Test("region-note").TextContent.Trim());
    }

    [Fact]
    public async Task Render_CheckedAnswer_ShowsThePersonsCountAndWhatTheModelSaid()
    {
        var audit = Audit.Empty.Judge(0, 1, DotVerdict.Right).Judge(0, 2, DotVerdict.Wrong)
            .AddMissed(0, 5, 5).AddMissed(0, 8, 8);
        var (page, head) = await ShowAsync(
            new SharedTurn("How many dogs?", Dogs, EndReason.Finished, 1, 800, 600, null, Audit: audit));
        Assert.Equal("3 dogs", page.Test("figure").TextContent.Trim());
        Assert.Equal("Checked by a person", page.Test("verdict").TextContent.Trim());
        Assert.Equal("1 right, 1 wrong, 2 missed. The model said 2.", page.Test("audit").TextContent.Trim());
        Assert.Empty(page.Tests("agreement"));
        Assert.Equal("How many dogs? 3 dogs", head.One("[property='og:title']").GetAttribute("content"));
    }

    [Fact]
    public async Task Render_AsManyMissedAsWrong_SaysWhatTheModelSaidAllTheSame()
    {
        var audit = Audit.Empty.Judge(0, 1, DotVerdict.Right).Judge(0, 2, DotVerdict.Wrong).AddMissed(0, 5, 5);
        var (page, head) = await ShowAsync(
            new SharedTurn("How many dogs?", Dogs, EndReason.Finished, 1, 800, 600, null, Audit: audit));
        Assert.Equal("1 right, 1 wrong, 1 missed. The model said 2.", page.Test("audit").TextContent.Trim());
        Assert.Equal("2 dogs, checked by a person. The model said 2.",
            head.One("[property='og:description']").GetAttribute("content"));
    }

    [Theory]
    [InlineData("A street.", "2 dogs; A street")]
    [InlineData("""<point x="1" y="2" alt="fish">fish</point>""", "2 dogs; 1 fish")]
    public async Task Render_SeveralAnswers_AreDescribedByTheirFigures(string second, string expected)
    {
        var (_, head) = await ShowAsync(
            new SharedTurn("Dogs?", Dogs, EndReason.Finished, 1, 800, 600, null),
            new SharedTurn("And?", second, EndReason.Finished, 1, 800, 600, null));
        Assert.Equal(expected, head.One("[property='og:description']").GetAttribute("content"));
    }

    [Fact]
    public async Task Render_AnswerOfAPracticeCheckpoint_SaysOnceWhatItKnowsAndBelowEachWhatItDoesNot()
    {
        var stamp = FakeAnswer.Stamp with { Practice = 28 };
        var (page, _) = await ShowAsync(
            new SharedTurn("How many chairs?", Dogs, EndReason.Finished, 1, 800, 600, stamp)
            {
                Unknown = [new ThingUnknown("Chairs", 28)],
            },
            new SharedTurn("How many dogs?", Dogs, EndReason.Finished, 1, 800, 600, stamp));
        Assert.Contains("It knows 28 things, most of them drawn.", Assert.Single(page.Tests("practice")).TextContent,
            StringComparison.Ordinal);
        Assert.Contains("Chairs", Assert.Single(page.Tests("unknown")).TextContent, StringComparison.Ordinal);
        Assert.Empty(page.FindAll("[data-testid=practice] button"));
    }

    [Fact]
    public async Task Render_SnapshotFromBeforeThatWasKept_SaysNothingOfIt()
    {
        var (page, _) =
            await ShowAsync(new SharedTurn("How many dogs?", Dogs, EndReason.Finished, 1, 800, 600, FakeAnswer.Stamp));
        Assert.Empty(page.Tests("practice"));
        Assert.Empty(page.Tests("unknown"));
    }

    [Fact]
    public async Task Render_SeveralAnswers_GoOnWithTheColoursAsTheChat()
    {
        var (page, _) = await ShowAsync(
            new SharedTurn("How many dogs?", Dogs, EndReason.Finished, 1, 800, 600, null),
            new SharedTurn("And now?", Dogs, EndReason.Finished, 1, 800, 600, null));
        string[] looks = ["g1 circle", "g2 square"];
        Assert.All(page.Tests("shared-turn").Zip(looks), shown =>
        {
            Assert.All(shown.First.QuerySelectorAll("[data-testid=point]"),
                dot => Assert.Equal($"dot {shown.Second}", dot.ClassName));
            Assert.Contains(shown.Second, shown.First.QuerySelector("[data-chip]")!.ClassName!,
                StringComparison.Ordinal);
            Assert.Contains(shown.Second, shown.First.QuerySelector("[data-testid=lens]")!.ClassName!,
                StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("0123456789012345678901")]
    [InlineData("nope")]
    public void Render_UnknownLink_SaysThatNothingIsHere(string sid)
    {
        var (page, head) = Show(sid);
        Assert.Contains("Page not found", page.Words(), StringComparison.Ordinal);
        Assert.Empty(head.FindAll("[property='og:image']"));
    }

    private async Task<(IRenderedComponent<SharePage> Page, IRenderedComponent<HeadOutlet> Head)> ShowAsync(
        params SharedTurn[] turns)
    {
        Shares.Turns.AddRange(turns);
        return Show((await Shares.CreateAsync(Visitor, ConversationId.New(), ShareChoice.Plain, Cancel)).Value);
    }

    private (IRenderedComponent<SharePage> Page, IRenderedComponent<HeadOutlet> Head) Show(string sid)
    {
        var head = Render<HeadOutlet>();
        return (Render<SharePage>(parameters => parameters.Add(page => page.Sid, sid)), head);
    }
}
