using AngleSharp.Dom;
using Bunit.TestDoubles;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Client.History;
using Molmo.Demo.Client.Tests.Rendering;
using MudBlazor;

namespace Molmo.Demo.Client.Tests.History;

public class HistoryDrawerTests : PageTest
{
    [Fact]
    public void Open_Chats_ListsThemWithPictureAndWhatRuns()
    {
        Store("Dogs?", isEnded: true);
        Store("<b>Cats</b>?", isEnded: false);
        var drawer = Open();
        Assert.Equal(2, drawer.Tests("history-entry").Count);
        Assert.Equal(2, drawer.FindAll("img").Count);
        Assert.Contains("<b>Cats</b>?", drawer.Words(), StringComparison.Ordinal);
        Assert.Contains("writing now", drawer.Words(), StringComparison.Ordinal);
        Assert.Contains("Rename Dogs?", drawer.FindAll("button").Values("aria-label"));
    }

    [Fact]
    public void Open_NoChats_SaysSo() => Assert.Contains("Nothing yet", Open().Words(), StringComparison.Ordinal);

    [Fact]
    public void Open_BesideAPrivateChat_DoesNotPromiseToListIt()
    {
        var drawer = Open(isPrivate: true);
        Assert.Contains("A private chat is not listed.", drawer.Words(), StringComparison.Ordinal);
        Assert.DoesNotContain("appears here", drawer.Words(), StringComparison.Ordinal);
        Assert.DoesNotContain("Kept on this server", drawer.Words(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_Asked_WaitsForTheConfirmationAndOffersTheLinks()
    {
        var id = Store("Dogs?", isEnded: true);
        await Shares.CreateAsync(Visitor, id, ShareChoice.Plain, Cancel);
        var drawer = Open();
        drawer.Test("delete").Click();
        Assert.Empty(Chat.Changes);
        Assert.Contains(HistoryWords.WithLinks(1), drawer.Words(), StringComparison.Ordinal);
        drawer.Test("delete-confirm").Click();
        Assert.Equal([$"delete {id}"], Chat.Changes);
        Assert.Empty(await Shares.ListAsync(Visitor, Cancel));
        Assert.Empty(drawer.Tests("history-entry"));
    }

    [Fact]
    public void Delete_Confirmed_IsSaidOnceAtTheBottomWithoutAnIcon()
    {
        var said = Render<MudSnackbarProvider>();
        Store("Dogs?", isEnded: true);
        var drawer = Open();
        drawer.Test("delete").Click();
        Assert.Empty(said.FindAll(".mud-snackbar"));
        drawer.Test("delete-confirm").Click();
        var one = said.One("[aria-live]");
        Assert.Equal(("Deleted.", "polite"), (one.TextContent, one.GetAttribute("aria-live")));
        Assert.Empty(one.QuerySelectorAll("svg, button"));
        said.One(".mud-snackbar-location-bottom-center");
    }

    [Fact]
    public void Delete_Refused_IsNotSaidToBeDone()
    {
        var said = Render<MudSnackbarProvider>();
        Store("Dogs?", isEnded: true);
        var drawer = Open();
        drawer.Test("delete").Click();
        Chat.NextRefusal = new ChatRefusedException(ChatFault.Unknown, new EarlierWords("Not now."));
        drawer.Test("delete-confirm").Click();
        Assert.Empty(said.FindAll(".mud-snackbar"));
        Assert.Contains("Not now.", drawer.Words(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_WithoutItsLinks_LeavesThem()
    {
        var id = Store("Dogs?", isEnded: true);
        await Shares.CreateAsync(Visitor, id, ShareChoice.Plain, Cancel);
        var drawer = Open();
        drawer.Test("delete").Click();
        Assert.Equal(HistoryWords.WithLinks(1), drawer.One(".ask label.mud-checkbox").TextContent.Trim());
        drawer.One(".ask label.mud-checkbox input").Change(false);
        drawer.Test("delete-confirm").Click();
        Assert.Equal([$"delete {id}"], Chat.Changes);
        Assert.Single(await Shares.ListAsync(Visitor, Cancel));
    }

    [Fact]
    public void Delete_Kept_DeletesNothing()
    {
        Store("Dogs?", isEnded: true);
        var drawer = Open();
        drawer.Test("delete").Click();
        Button(drawer, "Keep").Click();
        Assert.Empty(Chat.Changes);
        Assert.Single(drawer.Tests("history-entry"));
    }

    [Fact]
    public void Delete_TheChatOnThePage_LeavesThePage()
    {
        var id = Store("Dogs?", isEnded: true);
        var drawer = Open(id);
        drawer.Test("delete").Click();
        drawer.Test("delete-confirm").Click();
        var left = Assert.Single(Services.GetRequiredService<NavigationManager>() is BunitNavigationManager navigation
            ? navigation.History : []);
        Assert.Equal(("/", true), (left.Uri, left.Options.ForceLoad));
    }

    [Fact]
    public void DeleteAll_Confirmed_DeletesEveryChat()
    {
        Store("Dogs?", isEnded: true);
        Store("Cats?", isEnded: true);
        var drawer = Open();
        drawer.Test("delete-all").Click();
        Assert.Empty(Chat.Changes);
        drawer.Test("delete-all-confirm").Click();
        Assert.Equal(["delete all"], Chat.Changes);
    }

    [Fact]
    public void Rename_Entered_KeepsTheNewNameAndTellsThePage()
    {
        var id = Store("Dogs?", isEnded: true);
        string? told = null;
        var drawer = Open(id, title => told = title);
        drawer.Test("rename").Click();
        var box = drawer.Test("rename-title");
        Assert.Equal("Dogs?", box.GetAttribute("value"));
        JSInterop.VerifyFocusAsyncInvoke();
        box.Change("Two dogs");
        drawer.One("form.rename").Submit();
        Assert.Equal(["rename Two dogs"], Chat.Changes);
        Assert.Equal("Two dogs", told);
        Assert.Equal("Two dogs", drawer.One(".title").TextContent);
    }

    [Fact]
    public void Rename_GivenUp_ChangesNothing()
    {
        Store("Dogs?", isEnded: true);
        var drawer = Open();
        drawer.Test("rename").Click();
        drawer.Test("rename-title").Change("Two dogs");
        Button(drawer, "Cancel").Click();
        Assert.Empty(Chat.Changes);
        Assert.Equal("Dogs?", drawer.One(".title").TextContent);
    }

    [Fact]
    public void Search_Typed_ListsWhatIsFound()
    {
        Store("Dogs?", isEnded: true);
        Store("Cats?", isEnded: true);
        var drawer = Open();
        drawer.Test("history-search").Input("cat");
        Assert.Equal("Cats?", drawer.One(".title").TextContent);
        drawer.Test("history-search").Input("birds");
        Assert.Contains(HistoryWords.Nothing("birds", isPrivate: false), drawer.Words(), StringComparison.Ordinal);
    }

    [Fact]
    public void Search_Box_IsANamedSearchFieldInTheDirectionOfItsWords()
    {
        var box = Open().Test("history-search");
        Assert.Equal(
            ("search", "Search titles, questions and answers", "auto"),
            (box.GetAttribute("type"), box.GetAttribute("aria-label"), box.GetAttribute("dir")));
        Assert.NotNull(box.Closest(".mud-input-control"));
    }

    [Theory]
    [InlineData(20, "just now")]
    [InlineData(61, "1 minute ago")]
    [InlineData(7200, "2 hours ago")]
    [InlineData(86400 * 3, "3 days ago")]
    [InlineData(86400 * 40, null)]
    public void Ago_AnyTime_IsShort(int seconds, string? words)
    {
        var now = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
        Assert.Equal(words, HistoryWords.Ago(now.AddSeconds(-seconds), now));
    }

    private ConversationId Store(string title, bool isEnded)
    {
        var id = ConversationId.New();
        Chat.Store(new StoredConversation(
            id, title, [new StoredTurn(GenerationId.New(), title, Images.Add(), "", isEnded)]));
        return id;
    }

    private IRenderedComponent<HistoryDrawer> Open(
        ConversationId current = default, Action<string>? onRenamed = null, bool isPrivate = false)
    {
        var drawer = Render<HistoryDrawer>(parameters => parameters
            .Add(history => history.Visitor, Visitor)
            .Add(history => history.Current, current).Add(history => history.OnRenamed, onRenamed ?? (_ => { }))
            .Add(history => history.IsOpen, true).Add(history => history.IsPrivate, isPrivate));
        return drawer;
    }

    private static IElement Button(IRenderedComponent<HistoryDrawer> drawer, string words)
        => drawer.FindAll("button").Single(button => button.TextContent == words);
}
