using Microsoft.Extensions.Time.Testing;
using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Rendering;

namespace Molmo.Demo.Client.Tests.Chat;

public class ChatPageTests : PageTest
{
    [Fact]
    public void Render_NewChat_OffersPhotoAndLimits()
    {
        var page = Render<ChatPage>();
        Assert.NotEmpty(page.FindAll("[data-testid=photo-input][type=file]"));
        Assert.NotEmpty(page.Tests("composer"));
        Assert.NotEmpty(page.FindAll("[data-testid=send][disabled]"));
        // Before any script: a label of the chooser is a button.
        Assert.Equal("photo-input", page.One("label.primary").GetAttribute("for"));
        Assert.Contains("up to 20 MB", page.Words(), StringComparison.Ordinal);
        Assert.Contains("never used for training", page.Words(), StringComparison.Ordinal);
        Assert.Contains("It knows 2 things, most of them drawn", page.Words(), StringComparison.Ordinal);
    }

    [Fact]
    public void Render_StoredChat_ShowsEveryTurnAndTheNewestPictureWithItsDots()
    {
        var id = Store();
        var page = Render<ChatPage>(parameters => parameters.Add(chat => chat.Cid, id.Value));
        page.WaitForAssertion(() => Assert.Equal(["done", "done"], page.Tests("answer").Values("data-state")));
        page.Test("photo");
        Assert.Equal(["1", "2"], page.Tests("point").Values("data-n"));
        Assert.NotEmpty(page.Tests("share"));
        Assert.NotEmpty(page.FindAll("[role=log][aria-live=off]"));
        page.One("[aria-live=polite]");
    }

    [Fact]
    public void Render_ForeignChat_SaysThatItIsNotHere()
    {
        var page = Render<ChatPage>(parameters => parameters.Add(chat => chat.Cid, ConversationId.New().Value));
        Assert.Contains("not here", page.Test("error").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_WhileTheModelIsFetched_ShowsABarThatGoesWhenItIsThere()
    {
        Chat.Status = new QueueStatus(0, 0, null, Ready: false, new EarlierWords("The model is being fetched."),
            new ModelProgress(ModelStage.Fetching, "owner/<name>", 0.437, 14_000_000_000, 32_000_000_000, 45e6, 400));
        var time = new FakeTimeProvider();
        Time = time;
        var page = Render<ChatPage>();

        var bar = page.One("[role=progressbar]");
        Assert.Equal(("43", "0", "100"),
            (bar.GetAttribute("aria-valuenow"), bar.GetAttribute("aria-valuemin"), bar.GetAttribute("aria-valuemax")));
        Assert.Equal("43 %, 14.0 of 32.0 GB, 45 MB/s, about 7 minutes left", bar.GetAttribute("aria-valuetext"));
        Assert.Equal("Fetching owner/<name>", bar.GetAttribute("aria-label"));
        Assert.Empty(page.FindAll("name"));

        Chat.Status = new QueueStatus(0, 0, null, Ready: true, null);
        Assert.NotEmpty(page.FindAll("[role=progressbar]"));
        time.Advance(TimeSpan.FromSeconds(1));
        page.WaitForAssertion(() => Assert.Empty(page.FindAll("[role=progressbar]")));
    }

    [Fact]
    public void Render_ModelThatCannotBeHad_SaysWhyAndWhatToDoAsAnAlert()
    {
        Chat.Status = new QueueStatus(0, 0, null, Ready: false,
            new ModelRefused("owner/<name> could not be fetched: hub.test refuses connections. Try again later."));
        var page = Render<ChatPage>();

        var alert = page.Test("model-trouble");
        Assert.Equal("alert", alert.GetAttribute("role"));
        Assert.Equal("The model could not be loaded. owner/<name> could not be fetched: hub.test refuses connections. "
            + "Try again later.", alert.TextContent.Trim());
        Assert.Empty(page.FindAll("[role=progressbar]"));
        Assert.DoesNotContain("could not be loaded", page.One("#composer-foot").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_WhileAFetchIsHindered_SaysWhatItWaitsFor()
    {
        Chat.Status = new QueueStatus(0, 0, null, Ready: false, new EarlierWords("The model is being fetched."),
            new ModelProgress(
                ModelStage.Fetching, "owner/name", 0.5, 16_000_000_000, 32_000_000_000, SecondsLeft: 400,
                Hindrance: "hub.test is out of order, it answered 503"));
        var page = Render<ChatPage>();

        Assert.Contains("16.0 of 32.0 GB, trying again: hub.test is out of order, it answered 503.",
            page.Test("model-progress").TextContent, StringComparison.Ordinal);
        Assert.Empty(page.Tests("model-trouble"));
    }

    private ConversationId Store()
    {
        var photo = Images.Add();
        var (first, second) = (GenerationId.New(), GenerationId.New());
        Chat.Add(first).Start().Text("A ").Point(0, 1, 1, 1).EndGroup(0, "dog", "dog").End();
        Chat.Add(second).Start().Text("Two ").Point(0, 1, 1, 1).Point(0, 2, 2, 2).EndGroup(0, "cats", "cats").End();
        var id = ConversationId.New();
        Chat.Store(new StoredConversation(id, "Dogs",
            [new(first, "Dogs?", photo, "", true), new(second, "Cats?", photo, "", true) { Parent = first }]));
        return id;
    }
}
