using Molmo.Demo.Client.Sharing;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Sharing;

namespace Molmo.Demo.Client.Tests.Sharing;

public class ShareDialogTests
{
    private readonly FakeShares _shares = new();
    private readonly ConversationId _conversation = ConversationId.New();
    private readonly VisitorId _visitor = VisitorId.New();
    private readonly ManualTime _time = new();

    public ShareDialogTests()
    {
        _time.Advance(TimeSpan.FromHours(12));
        _shares.Turns.Add(new SharedTurn("Dogs?", "Two.", EndReason.Finished, 1, 8, 6, null));
    }

    [Fact]
    public async Task Open_FirstTime_MakesALinkWithItsWholeAddress()
    {
        var link = Link(await (await OpenAsync()).ElementsAsync());
        Assert.Matches(@"^https://molmo\.example/s/\w{22}$", link["href"]);
        Assert.Equal(link["href"], link.Text);
    }

    [Fact]
    public async Task Open_Again_ShowsTheSameLinkUntilMoreWasSaid()
    {
        var first = Link(await (await OpenAsync()).ElementsAsync())["href"];
        Assert.Equal(first, Link(await (await OpenAsync()).ElementsAsync())["href"]);
        _shares.Turns.Add(new SharedTurn("Cats?", "None.", EndReason.Finished, 1, 8, 6, null));
        Assert.NotEqual(first, Link(await (await OpenAsync(ended: 2)).ElementsAsync())["href"]);
    }

    [Fact]
    public async Task Withdraw_Confirmed_TakesTheLinkAway()
    {
        var renderer = await OpenAsync();
        var id = (await _shares.ListAsync(_visitor, TestContext.Current.CancellationToken)).Single().Id;
        await renderer.ClickAsync("data-testid", "revoke");
        Assert.NotNull(await _shares.FindAsync(id, TestContext.Current.CancellationToken));
        await renderer.ClickAsync("data-testid", "revoke-confirm");
        Assert.Null(await _shares.FindAsync(id, TestContext.Current.CancellationToken));
        var html = await renderer.HtmlAsync();
        Assert.DoesNotContain("share-link", html, StringComparison.Ordinal);
        Assert.Contains("Withdrawn", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_Refused_SaysWhy()
    {
        _shares.Refusal = new ChatRefusedException(ChatFault.VisitorLimit, "30 links a day are the limit.");
        var error = (await (await OpenAsync()).ElementsAsync()).Single(e => e["data-testid"] == "error");
        Assert.Equal("30 links a day are the limit.", error.Text);
    }

    [Fact]
    public async Task Open_LinkWithSettings_SaysThemAndDrawsItsCode()
    {
        await OpenAsync();
        var id = (await _shares.ListAsync(_visitor, TestContext.Current.CancellationToken)).Single().Id;
        await _shares.ChangeAsync(_visitor, id, new ShareChange(ShareLifetime.Week, "open sesame", false), TestContext.Current.CancellationToken);

        var renderer = await OpenAsync();
        var elements = await renderer.ElementsAsync();

        Assert.Equal("Week", elements.Single(e => e["data-testid"] == "share-lifetime")["value"]);
        Assert.Contains("Ends on 28 November, 12:00 UTC.", await renderer.HtmlAsync(), StringComparison.Ordinal);
        Assert.Equal("Change", elements.Single(e => e["data-testid"] == "share-passphrase-set").Text);
        Assert.DoesNotContain("checked", elements.Single(e => e["data-testid"] == "share-preview-photo").Attributes.Keys);
        Assert.Contains("21 November · not opened yet · ends 28 November, 12:00 UTC · passphrase", HtmlElement.TextOf(await renderer.HtmlAsync()), StringComparison.Ordinal);
        Assert.Matches("^(M[0-9]+ [0-9]+h[0-9]+v1h-[0-9]+z)+$", elements.Where(e => e.Name == "path").Select(e => e["d"]).MaxBy(d => d!.Length));
    }

    [Fact]
    public async Task List_LinksOfOtherChats_AreThereToo()
    {
        await _shares.CreateAsync(_visitor, ConversationId.New(), ShareChoice.Plain, TestContext.Current.CancellationToken);

        var elements = await (await OpenAsync()).ElementsAsync();

        Assert.Equal(2, elements.Count(e => e["data-link"] is not null));
    }

    [Fact]
    public async Task Live_StartedAndEnded_ShowsItsLinkMeanwhile()
    {
        var renderer = await OpenAsync();
        await renderer.ClickAsync("data-testid", "live-start");
        var link = (await renderer.ElementsAsync()).Single(e => e["data-testid"] == "live-link");
        Assert.Matches(@"^https://molmo\.example/live/\w{22}$", link["href"]);
        await renderer.ClickAsync("data-testid", "live-end");
        Assert.Contains("Nobody can watch any more.", await renderer.HtmlAsync(), StringComparison.Ordinal);
    }

    private static HtmlElement Link(IReadOnlyList<HtmlElement> elements) => elements.Single(e => e["data-testid"] == "share-link");

    private Task<PageRenderer> OpenAsync(int ended = 1) => PageRenderer.Create(shares: _shares, time: _time).RenderAsync<ShareDialog>(
        (nameof(ShareDialog.Conversation), _conversation), (nameof(ShareDialog.Visitor), _visitor), (nameof(ShareDialog.Ended), ended));
}
