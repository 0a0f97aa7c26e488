using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Molmo.Demo.Client.Sharing;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;
using Radzen;
using Radzen.Blazor;

namespace Molmo.Demo.Client.Tests.Sharing;

public class ShareDialogTests : PageTest
{
    private readonly ConversationId _conversation = ConversationId.New();

    public ShareDialogTests()
    {
        Time = new FakeTimeProvider(FakeShares.Now);
        Shares.Turns.Add(new SharedTurn("Dogs?", "Two.", EndReason.Finished, 1, 8, 6, null));
    }

    [Fact]
    public void Open_FirstTime_MakesALinkWithItsWholeAddress()
    {
        var link = Open().Test("share-link");
        Assert.Matches(@"^http://localhost/s/\w{22}$", link.GetAttribute("href"));
        Assert.Equal(link.GetAttribute("href"), link.TextContent);
    }

    [Fact]
    public void Open_Again_ShowsTheSameLinkUntilMoreWasSaid()
    {
        var first = Open().Test("share-link").GetAttribute("href");
        Assert.Equal(first, Open().Test("share-link").GetAttribute("href"));
        Shares.Turns.Add(new SharedTurn("Cats?", "None.", EndReason.Finished, 1, 8, 6, null));
        Assert.NotEqual(first, Open(ended: 2).Test("share-link").GetAttribute("href"));
    }

    [Fact]
    public async Task Withdraw_Confirmed_TakesTheLinkAway()
    {
        var dialog = Open();
        var id = (await Shares.ListAsync(Visitor, Cancel)).Single().Id;
        dialog.Test("revoke").Click();
        Assert.NotNull(await Shares.FindAsync(id, Cancel));
        dialog.Test("revoke-confirm").Click();
        Assert.Null(await Shares.FindAsync(id, Cancel));
        Assert.Empty(dialog.Tests("share-link"));
        Assert.Contains("Withdrawn", dialog.Words(), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_Refused_SaysWhy()
    {
        Shares.Refusal = new ChatRefusedException(
            ChatFault.VisitorLimit, new EarlierWords("30 links a day are the limit."));
        Assert.Equal("30 links a day are the limit.", Open().Test("error").TextContent);
    }

    [Fact]
    public async Task Open_LinkWithSettings_SaysThemAndDrawsItsCode()
    {
        Open();
        var id = (await Shares.ListAsync(Visitor, Cancel)).Single().Id;
        await Shares.ChangeAsync(Visitor, id, new ShareChange(ShareLifetime.Week, "open sesame", false), Cancel);

        var dialog = Open();

        Assert.Equal("Week", dialog.Test("share-lifetime").GetAttribute("value"));
        Assert.Contains("Ends on 28 November, 12:00 UTC.", dialog.Words(), StringComparison.Ordinal);
        Assert.Equal("Change", dialog.Test("share-passphrase-set").TextContent);
        Assert.False(dialog.Test("share-preview-photo").HasAttribute("checked"));
        Assert.Contains("21 November · not opened yet · ends 28 November, 12:00 UTC · passphrase", dialog.Words(),
            StringComparison.Ordinal);
        Assert.Matches("^(M[0-9]+ [0-9]+h[0-9]+v1h-[0-9]+z)+$", dialog.One("[data-testid=qr] path").GetAttribute("d"));
    }

    [Fact]
    public void Settings_Changed_AreTheLinksAndSaid()
    {
        var dialog = Open();
        dialog.Test("share-lifetime").Change("Week");
        Assert.Contains("Ends on 28 November, 12:00 UTC.", dialog.Words(), StringComparison.Ordinal);
        dialog.Test("share-preview-photo").Change(false);
        // Too short to be set.
        dialog.Test("share-passphrase").Input("a");
        Assert.True(dialog.Test("share-passphrase-set").HasAttribute("disabled"));
        dialog.Test("share-passphrase").Input("open sesame");
        dialog.One("form.field").Submit();
        Assert.Equal(
            [new ShareChange(ShareLifetime.Week), new ShareChange(ShowsPhotoInPreview: false),
                new ShareChange(Passphrase: "open sesame")],
            Shares.Changes);
        Assert.Equal("", dialog.Test("share-passphrase").GetAttribute("value"));
        Assert.Equal("Changed.", dialog.One(".settings [role=status]").TextContent);
        dialog.FindAll("button").Single(button => button.TextContent == "Remove").Click();
        Assert.Equal("Set", dialog.Test("share-passphrase-set").TextContent);
    }

    [Fact]
    public async Task List_LinksOfOtherChats_AreThereTooAndCanBeWithdrawn()
    {
        Shares.Turns[0] = Shares.Turns[0] with { Question = "Cats?" };
        var other = await Shares.CreateAsync(Visitor, ConversationId.New(), ShareChoice.Plain, Cancel);
        var dialog = Open();
        Assert.Equal(2, dialog.FindAll("[data-link]").Count);

        dialog.One($"[data-link='{other}'] button").Click();
        Assert.NotNull(await Shares.FindAsync(other, Cancel));
        dialog.One($"[data-link='{other}'] button.primary").Click();

        Assert.Null(await Shares.FindAsync(other, Cancel));
        Assert.Single(dialog.FindAll("[data-link]"));
        Assert.Single(dialog.Tests("share-link"));
    }

    [Fact]
    public void Live_StartedAndEnded_ShowsItsLinkMeanwhile()
    {
        var dialog = Open();
        dialog.Test("live-start").Click();
        Assert.Matches(@"^http://localhost/live/\w{22}$", dialog.Test("live-link").GetAttribute("href"));
        dialog.Test("live-end").Click();
        Assert.Contains("Nobody can watch any more.", dialog.Words(), StringComparison.Ordinal);
    }

    [Fact]
    public void Button_Clicked_OpensTheDialogOfItsChat()
    {
        // What the layout has for all pages.
        var layout = Render<RadzenDialog>();
        var button = Render<ShareButton>(parameters => parameters
            .Add(share => share.Conversation, _conversation)
            .Add(share => share.Visitor, Visitor).Add(share => share.Ended, 1));
        Assert.Empty(layout.FindComponents<ShareDialog>());

        button.Test("share").Click();

        var dialog = layout.WaitForComponent<ShareDialog>().Instance;
        Assert.Equal((_conversation, Visitor, 1), (dialog.Conversation, dialog.Visitor, dialog.Ended));
        Assert.Equal("Share this chat", layout.One(".rz-dialog-title").TextContent.Trim());
        layout.InvokeAsync(() => Services.GetRequiredService<DialogService>().Close());
        layout.WaitForAssertion(() => Assert.Empty(layout.FindComponents<ShareDialog>()));
    }

    private IRenderedComponent<ShareDialog> Open(int ended = 1) => Render<ShareDialog>(parameters => parameters
        .Add(dialog => dialog.Conversation, _conversation)
        .Add(dialog => dialog.Visitor, Visitor).Add(dialog => dialog.Ended, ended));
}
