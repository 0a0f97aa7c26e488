using Molmo.Demo.Client.Sharing;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Images;
using Molmo.Demo.Shared.Sharing;

namespace Molmo.Demo.Client.Tests.Sharing;

public class SharePageTests
{
    private const string Dogs = """Counting the <points x1="10" y1="20" x2="30.5" y2="40" alt="white dogs">dogs</points> shows a total of 2.""";

    private readonly FakeShares _shares = new();

    [Fact]
    public async Task Render_Snapshot_IsCompleteWithoutScript()
    {
        var html = await ShowAsync(new SharedTurn("How many dogs?", Dogs, EndReason.Finished, 1, 800, 600, FakeAnswer.Stamp));
        var elements = HtmlElement.Read(html);
        Assert.Contains("How many dogs?", elements.Single(e => e.Name == "h1").Text, StringComparison.Ordinal);
        Assert.EndsWith("/photo/1", elements.Single(e => e["data-testid"] == "photo")["src"], StringComparison.Ordinal);
        Assert.Equal(["white dogs, 1 of 2", "white dogs, 2 of 2"], elements.Where(e => e["data-testid"] == "point").Select(e => e["title"]));
        Assert.Equal("span", elements.Single(e => e["data-chip"] == "0").Name);
        Assert.Contains("Counting the dogs 2 shows a total of 2.", HtmlElement.TextOf(html), StringComparison.Ordinal);
        Assert.DoesNotContain("<points", HtmlElement.TextOf(html), StringComparison.Ordinal);
        Assert.Contains("molmo-tiny 3f2a91c0ffee", html, StringComparison.Ordinal);
        Assert.Contains("21 November 2026", html, StringComparison.Ordinal);
        Assert.All(elements.Where(e => e.Name == "script"), e => Assert.Equal("module", e["type"]));
    }

    [Fact]
    public async Task Render_Snapshot_DescribesItselfToPreviewsAndHidesFromSearch()
    {
        var elements = HtmlElement.Read(await ShowAsync(new SharedTurn("How many \"dogs\" & <cats>?", Dogs, EndReason.Finished, 1, 800, 600, null)));
        var meta = elements.Where(e => e.Name == "meta").ToDictionary(e => e["name"] ?? e["property"] ?? "", e => e["content"]);
        Assert.Equal("noindex", meta["robots"]);
        Assert.Equal("How many \"dogs\" & <cats>?", meta["og:title"]);
        Assert.Equal("Counting the dogs shows a total of 2.", meta["og:description"]);
        Assert.Matches(@"^https://molmo\.example/s/\w{22}/og\.jpg$", meta["og:image"]);
        Assert.Equal(("1200", "630", "summary_large_image"), (meta["og:image:width"], meta["og:image:height"], meta["twitter:card"]));
        Assert.Equal(meta["og:image"], meta["twitter:image"]);
    }

    [Fact]
    public async Task Render_Snapshot_OffersItsFormatsAndNamesItsDescription()
    {
        var elements = HtmlElement.Read(await ShowAsync(new SharedTurn("Dogs?", Dogs, EndReason.Finished, 1, 800, 600, null)));
        Assert.Equal(["html", "png", "svg", "md", "csv", "json", "coco.json", "ls.json"], elements.Select(e => e["data-download"]).OfType<string>());
        Assert.All(elements.Where(e => e["data-download"] is not null), e => Assert.Matches(@"^/s/\w{22}\." + e["data-download"] + "$", e["href"]));
        var description = elements.Single(e => e.Name == "link");
        Assert.Equal(("alternate", "application/json+oembed"), (description["rel"], description["type"]));
        Assert.Matches(@"^https://molmo\.example/oembed\?format=json&url=https%3A%2F%2Fmolmo\.example%2Fs%2F\w{22}$", description["href"]);
    }

    [Fact]
    public async Task Render_AnswerWithoutPicture_OffersNoPictures()
    {
        var elements = HtmlElement.Read(await ShowAsync(new SharedTurn("Why?", "Because.", EndReason.Finished, null, 0, 0, null)));
        Assert.Equal(["html", "md", "csv", "json"], elements.Select(e => e["data-download"]).OfType<string>());
    }

    [Fact]
    public async Task Render_SeveralTurnsAndPictures_ShowsEachAnswerOnItsOwnPicture()
    {
        var elements = HtmlElement.Read(await ShowAsync(
            new SharedTurn("Dogs?", Dogs, EndReason.Finished, 1, 800, 600, null),
            new SharedTurn("What colour?", "White.", EndReason.Finished, 1, 800, 600, null),
            new SharedTurn("Boats?", """<point x="1" y="2" alt="boat">A boat</point>""", EndReason.Stopped, 2, 300, 900, null),
            new SharedTurn("And?", "", null, 2, 300, 900, null)));
        Assert.Equal(["1", "2"], elements.Where(e => e["data-testid"] == "photo").Select(e => e["src"]!.Split('/')[^1]));
        Assert.Equal(["done", "done", "done", "failed"], elements.Where(e => e["data-testid"] == "answer").Select(e => e["data-state"]));
        Assert.Equal(3, elements.Count(e => e.Name == "h2"));
    }

    [Fact]
    public async Task Render_AnswerAboutAPart_PutsDotsOnTheWholePhotoAndDrawsThePart()
    {
        var elements = HtmlElement.Read(await ShowAsync(new SharedTurn("Dogs here?", Dogs, EndReason.Finished, 1, 800, 600, null, new ImageRegion(50, 0, 50, 50))));
        Assert.Equal([("55", "10"), ("65.25", "20")], elements.Where(e => e["data-testid"] == "point").Select(e => (e["data-x"]!, e["data-y"]!)));
        Assert.Equal("left:50%;top:0%;width:50%;height:50%", elements.Single(e => e["data-testid"] == "region")["style"]);
    }

    [Theory]
    [InlineData("0123456789012345678901")]
    [InlineData("nope")]
    public async Task Render_UnknownLink_SaysThatNothingIsHere(string sid)
    {
        var html = await RenderAsync(sid);
        Assert.Contains("nothing under this link", html, StringComparison.Ordinal);
        Assert.DoesNotContain("og:image", html, StringComparison.Ordinal);
    }

    private async Task<string> ShowAsync(params SharedTurn[] turns)
    {
        _shares.Turns.AddRange(turns);
        var id = await _shares.CreateAsync(VisitorId.New(), ConversationId.New(), ShareChoice.Plain, TestContext.Current.CancellationToken);
        return await RenderAsync(id.Value);
    }

    private async Task<string> RenderAsync(string sid)
    {
        var renderer = await PageRenderer.Create(shares: _shares).RenderAsync<WithHead>(
            (nameof(WithHead.Page), typeof(SharePage)), (nameof(WithHead.Parameters), new Dictionary<string, object> { ["Sid"] = sid }));
        return await renderer.HtmlAsync();
    }
}
