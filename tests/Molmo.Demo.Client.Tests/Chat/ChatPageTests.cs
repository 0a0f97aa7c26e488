using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Client.Tests.Chat;

public class ChatPageTests
{
    private readonly FakeChat _chat = new();
    private readonly FakeImages _images = new();

    [Fact]
    public async Task Render_NewChat_OffersPhotoGalleryAndLimits()
    {
        var html = await ShowAsync();
        var elements = HtmlElement.Read(html);
        Assert.Contains(elements, e => e["data-testid"] == "photo-input" && e["type"] == "file");
        Assert.Contains(elements, e => e["data-testid"] == "composer");
        Assert.Contains(elements, e => e["data-testid"] == "send" && e.Attributes.ContainsKey("disabled"));
        Assert.Equal(_images.Samples.Select(sample => $"/samples/{sample.File}"), elements.Where(e => e.Name == "img").Select(e => e["src"]));
        Assert.Contains("It knows little.", html, StringComparison.Ordinal);
        Assert.Contains("train nothing", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Render_StoredChat_ShowsEveryTurnAndTheNewestPictureWithItsDots()
    {
        var id = Store();
        var elements = HtmlElement.Read(await ShowAsync(("Cid", id.Value)));
        Assert.Equal(["done", "done"], elements.Where(e => e["data-testid"] == "answer").Select(e => e["data-state"]));
        Assert.Single(elements, e => e["data-testid"] == "photo");
        Assert.Equal(["1", "2"], elements.Where(e => e["data-testid"] == "point").Select(e => e["data-n"]));
        Assert.Contains(elements, e => e["data-testid"] == "share");
        Assert.Contains(elements, e => e["role"] == "log" && e["aria-live"] == "off");
        Assert.Single(elements, e => e["aria-live"] == "polite");
    }

    [Fact]
    public async Task Render_ForeignChat_SaysThatItIsNotHere()
    {
        var elements = HtmlElement.Read(await ShowAsync(("Cid", ConversationId.New().Value)));
        Assert.Contains("not here", elements.Single(e => e["data-testid"] == "error").Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Render_WhileTheModelIsFetched_ShowsABarThatGoesWhenItIsThere()
    {
        _chat.Status = new QueueStatus(0, 0, null, Ready: false, "The model is being fetched.",
            new ModelProgress(ModelStage.Fetching, "owner/<name>", 0.437, 14_000_000_000, 32_000_000_000, 45e6, 400));
        var page = await PageRenderer.Create(_chat, _images).RenderAsync<ChatPage>();

        var bar = Assert.Single(await page.ElementsAsync(), e => e["role"] == "progressbar");
        Assert.Equal(("43", "0", "100"), (bar["aria-valuenow"], bar["aria-valuemin"], bar["aria-valuemax"]));
        Assert.Equal("43 %, 14.0 of 32.0 GB, 45 MB/s, about 7 minutes left", bar["aria-valuetext"]);
        Assert.Equal("Fetching owner/<name>", bar["aria-label"]);
        Assert.DoesNotContain("<name>", await page.HtmlAsync(), StringComparison.Ordinal);

        _chat.Status = new QueueStatus(0, 0, null, Ready: true, null);
        Assert.DoesNotContain("progressbar", await ShowAsync(), StringComparison.Ordinal);
    }

    private ConversationId Store()
    {
        var photo = _images.Add();
        var (first, second) = (GenerationId.New(), GenerationId.New());
        _chat.Add(first).Start().Text("A ").Point(0, 1, 1, 1).EndGroup(0, "dog", "dog").End();
        _chat.Add(second).Start().Text("Two ").Point(0, 1, 1, 1).Point(0, 2, 2, 2).EndGroup(0, "cats", "cats").End();
        var id = ConversationId.New();
        _chat.Store(new StoredConversation(id, "Dogs", [new(first, "Dogs?", photo, "", true), new(second, "Cats?", photo, "", true) { Parent = first }]));
        return id;
    }

    private async Task<string> ShowAsync(params (string Name, object? Value)[] parameters)
        => await (await PageRenderer.Create(_chat, _images).RenderAsync<ChatPage>(parameters)).HtmlAsync();
}
