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

    public ShareDialogTests() => _shares.Turns.Add(new SharedTurn("Dogs?", "Two.", EndReason.Finished, 1, 8, 6, null));

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
        var id = (await _shares.ListAsync(_visitor, _conversation, TestContext.Current.CancellationToken)).Single();
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

    private static HtmlElement Link(IReadOnlyList<HtmlElement> elements) => elements.Single(e => e["data-testid"] == "share-link");

    private Task<PageRenderer> OpenAsync(int ended = 1) => PageRenderer.Create(shares: _shares).RenderAsync<ShareDialog>(
        (nameof(ShareDialog.Conversation), _conversation), (nameof(ShareDialog.Visitor), _visitor), (nameof(ShareDialog.Ended), ended));
}
