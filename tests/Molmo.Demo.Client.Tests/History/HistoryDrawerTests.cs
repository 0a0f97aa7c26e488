using Molmo.Demo.Client.History;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Sharing;

namespace Molmo.Demo.Client.Tests.History;

public class HistoryDrawerTests
{
    private readonly FakeChat _chat = new();
    private readonly FakeShares _shares = new();
    private readonly FakeImages _images = new();
    private readonly VisitorId _visitor = VisitorId.New();

    [Fact]
    public async Task Open_Chats_ListsThemWithPictureAndWhatRuns()
    {
        Store("Dogs?", isEnded: true);
        Store("<b>Cats</b>?", isEnded: false);
        var drawer = await OpenAsync();
        var elements = await drawer.ElementsAsync();
        Assert.Equal(2, elements.Count(e => e["data-testid"] == "history-entry"));
        Assert.Equal(2, elements.Count(e => e.Name == "img"));
        var html = await drawer.HtmlAsync();
        Assert.Contains("<b>Cats</b>?", HtmlElement.TextOf(html), StringComparison.Ordinal);
        Assert.Contains("writing now", html, StringComparison.Ordinal);
        Assert.Contains("Rename Dogs?", elements.Select(e => e["aria-label"]));
    }

    [Fact]
    public async Task Open_NoChats_SaysSo()
        => Assert.Contains("Nothing yet", await (await OpenAsync()).HtmlAsync(), StringComparison.Ordinal);

    [Fact]
    public async Task Delete_Asked_WaitsForTheConfirmationAndOffersTheLinks()
    {
        var id = Store("Dogs?", isEnded: true);
        await _shares.CreateAsync(_visitor, id, ShareChoice.Plain, TestContext.Current.CancellationToken);
        var drawer = await OpenAsync();
        await drawer.ClickAsync("data-testid", "delete");
        Assert.Empty(_chat.Changes);
        Assert.Contains(HistoryWords.WithLinks(1), await drawer.HtmlAsync(), StringComparison.Ordinal);
        await drawer.ClickAsync("data-testid", "delete-confirm");
        Assert.Equal([$"delete {id}"], _chat.Changes);
        Assert.Empty(await _shares.ListAsync(_visitor, TestContext.Current.CancellationToken));
        Assert.DoesNotContain(await drawer.ElementsAsync(), e => e["data-testid"] == "history-entry");
    }

    [Theory]
    [InlineData(20, "just now")]
    [InlineData(61, "1 minute ago")]
    [InlineData(7200, "2 hours ago")]
    [InlineData(86400 * 3, "3 days ago")]
    [InlineData(86400 * 40, "12 Oct 2026")]
    public void Ago_AnyTime_IsShort(int seconds, string words)
    {
        var now = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
        Assert.Equal(words, HistoryWords.Ago(now.AddSeconds(-seconds), now));
    }

    private ConversationId Store(string title, bool isEnded)
    {
        var id = ConversationId.New();
        _chat.Store(new StoredConversation(id, title, [new StoredTurn(GenerationId.New(), title, _images.Add(), "", isEnded)]));
        return id;
    }

    private async Task<PageRenderer> OpenAsync()
    {
        var drawer = await PageRenderer.Create(_chat, _images, _shares, visitor: _visitor).RenderAsync<HistoryDrawer>((nameof(HistoryDrawer.Visitor), _visitor));
        await drawer.ClickAsync("data-testid", "history");
        return drawer;
    }
}
