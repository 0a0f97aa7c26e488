using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Molmo.Demo.Client.Sharing;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;
using MudBlazor;

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
    public void Open_FirstTime_MakesNothingUntilItsButtonIsPressed()
    {
        var dialog = Open();
        Assert.Empty(dialog.Tests("share-link"));
        Assert.Empty(Shares.Choices);
        Assert.Equal("Month", dialog.Test("share-lifetime").GetAttribute("value"));

        dialog.Test("share-create").Click();

        var link = dialog.Test("share-link");
        Assert.Matches(@"^http://localhost/s/\w{22}$", link.GetAttribute("href"));
        Assert.Equal(link.GetAttribute("href"), link.TextContent);
        Assert.Empty(dialog.Tests("share-create"));
        Assert.Equal([new ShareChoice(ShareLifetime.Month)], Shares.Choices);
    }

    [Fact]
    public void Choices_BeforeTheLink_AreHowItIsMade()
    {
        var dialog = Open();
        dialog.Test("share-lifetime").Change("Unlimited");
        dialog.Test("share-preview-photo").Change(false);
        dialog.Test("share-passphrase").Input("open sesame");
        dialog.One("form.line").Submit();

        dialog.Test("share-create").Click();

        Assert.Equal([new ShareChoice(ShareLifetime.Unlimited, "open sesame", false)], Shares.Choices);
        Assert.Equal("Unlimited", dialog.Test("share-lifetime").GetAttribute("value"));
    }

    [Fact]
    public void Open_Again_ShowsTheSameLinkUntilMoreWasSaid()
    {
        var first = Make().Test("share-link").GetAttribute("href");
        Assert.Equal(first, Open().Test("share-link").GetAttribute("href"));
        Shares.Turns.Add(new SharedTurn("Cats?", "None.", EndReason.Finished, 1, 8, 6, null));
        Assert.Empty(Open(ended: 2).Tests("share-link"));
        Assert.NotEqual(first, Make(ended: 2).Test("share-link").GetAttribute("href"));
    }

    [Fact]
    public void Embed_Opened_IsAFrameOfTheLinkWithItsQuestionAsTitle()
    {
        Shares.Turns[0] = Shares.Turns[0] with { Question = "\"Dogs\" & <cats>?" };
        var dialog = Make();
        dialog.Test("share-embed").Click();
        var address = dialog.Test("share-link").GetAttribute("href")!
            .Replace("/s/", "/embed/", StringComparison.Ordinal);
        Assert.StartsWith($"<iframe src=\"{address}\" width=\"640\" height=\"", dialog.Test("embed-code").TextContent,
            StringComparison.Ordinal);
        Assert.Contains("title=\"&quot;Dogs&quot; &amp; &lt;cats&gt;?\"", dialog.Test("embed-code").TextContent,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Withdraw_Confirmed_TakesTheLinkAway()
    {
        var dialog = Make();
        var id = (await Shares.ListAsync(Visitor, Cancel)).Single().Id;
        dialog.Test("revoke").Click();
        Assert.NotNull(await Shares.FindAsync(id, Cancel));
        dialog.Test("revoke-confirm").Click();
        Assert.Null(await Shares.FindAsync(id, Cancel));
        Assert.Empty(dialog.Tests("share-link"));
        Assert.Contains("Deleted.", dialog.Words(), StringComparison.Ordinal);
    }

    [Fact]
    public void Create_Refused_SaysWhy()
    {
        Shares.Refusal = new ChatRefusedException(
            ChatFault.VisitorLimit, new EarlierWords("30 links a day are the limit."));
        Assert.Equal("30 links a day are the limit.", Make().Test("error").TextContent);
    }

    [Fact]
    public async Task Open_LinkWithSettings_SaysThemAndDrawsItsCode()
    {
        Make();
        var id = (await Shares.ListAsync(Visitor, Cancel)).Single().Id;
        await Shares.ChangeAsync(Visitor, id, new ShareChange(ShareLifetime.Week, "open sesame", false), Cancel);

        var dialog = Open();

        Assert.Equal("Week", dialog.Test("share-lifetime").GetAttribute("value"));
        Assert.Contains("Expires on 28 November, 12:00 UTC.", dialog.Words(), StringComparison.Ordinal);
        Assert.Equal("Change", dialog.Test("share-passphrase-set").TextContent);
        Assert.False(dialog.Test("share-preview-photo").HasAttribute("checked"));
        Assert.Contains("21 November · not opened yet · passphrase · expires 28 November, 12:00 UTC", dialog.Words(),
            StringComparison.Ordinal);
        dialog.Test("share-qr").Click();
        Assert.Matches("^(M[0-9]+ [0-9]+h[0-9]+v1h-[0-9]+z)+$", dialog.One("[data-testid=qr] path").GetAttribute("d"));
    }

    [Fact]
    public void Settings_Changed_AreTheLinksAndSaid()
    {
        var dialog = Make();
        dialog.Test("share-lifetime").Change("Week");
        Assert.Contains("Expires on 28 November, 12:00 UTC.", dialog.Words(), StringComparison.Ordinal);
        dialog.Test("share-preview-photo").Change(false);
        // Too short to be set.
        dialog.Test("share-passphrase").Input("a");
        Assert.True(dialog.Test("share-passphrase-set").HasAttribute("disabled"));
        dialog.Test("share-passphrase").Input("open sesame");
        dialog.One("form.line").Submit();
        Assert.Equal(
            [new ShareChange(ShareLifetime.Week), new ShareChange(ShowsPhotoInPreview: false),
                new ShareChange(Passphrase: "open sesame")],
            Shares.Changes);
        Assert.Equal("", dialog.Test("share-passphrase").GetAttribute("value"));
        Assert.Equal("Changed.", dialog.One(".settings [role=status]").TextContent);
        dialog.FindAll("button").Single(button => button.TextContent == "Remove").Click();
        Assert.Equal("Not set", dialog.Test("share-passphrase").GetAttribute("placeholder"));
    }

    [Fact]
    public async Task List_LinksOfOtherChats_AreThereTooAndCanBeWithdrawn()
    {
        Shares.Turns[0] = Shares.Turns[0] with { Question = "Cats?" };
        var other = await Shares.CreateAsync(Visitor, ConversationId.New(), ShareChoice.Plain, Cancel);
        var dialog = Make();
        Assert.Equal(2, dialog.FindAll("[data-link]").Count);

        dialog.One($"[data-link='{other}'] button").Click();
        Assert.NotNull(await Shares.FindAsync(other, Cancel));
        dialog.One($"[data-link='{other}'] [data-confirm]").Click();

        Assert.Null(await Shares.FindAsync(other, Cancel));
        Assert.Single(dialog.FindAll("[data-link]"));
        Assert.Single(dialog.Tests("share-link"));
    }

    [Fact]
    public void Live_StartedAndEnded_ShowsItsLinkMeanwhile()
    {
        var dialog = Open();
        dialog.Test("share-live").Click();
        dialog.Test("live-start").Click();
        Assert.Matches(@"^http://localhost/live/\w{22}$", dialog.Test("live-link").GetAttribute("href"));
        dialog.Test("live-end").Click();
        Assert.Contains("Nobody can watch any more.", dialog.Words(), StringComparison.Ordinal);
    }

    [Fact]
    public void Button_Clicked_OpensTheDialogOfItsChat()
    {
        // What the layout has for all pages.
        var layout = Render<MudDialogProvider>();
        var button = Render<ShareButton>(parameters => parameters
            .Add(share => share.Conversation, _conversation)
            .Add(share => share.Visitor, Visitor).Add(share => share.Ended, 1));
        Assert.Empty(layout.FindComponents<ShareDialog>());

        button.Test("share").Click();

        var dialog = layout.WaitForComponent<ShareDialog>().Instance;
        Assert.Equal((_conversation, Visitor, 1), (dialog.Conversation, dialog.Visitor, dialog.Ended));
        Assert.Equal("Share this chat", layout.One(".mud-dialog-title h2").TextContent.Trim());
        layout.One(".mud-dialog-title button").Click();
        layout.WaitForAssertion(() => Assert.Empty(layout.FindComponents<ShareDialog>()));
    }

    private IRenderedComponent<ShareDialog> Make(int ended = 1)
    {
        var dialog = Open(ended);
        dialog.Test("share-create").Click();
        return dialog;
    }

    private IRenderedComponent<ShareDialog> Open(int ended = 1) => Render<ShareDialog>(parameters => parameters
        .Add(dialog => dialog.Conversation, _conversation)
        .Add(dialog => dialog.Visitor, Visitor).Add(dialog => dialog.Ended, ended));
}
