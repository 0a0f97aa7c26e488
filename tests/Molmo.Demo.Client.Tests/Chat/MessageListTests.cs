using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Client.Tests.Chat;

public class MessageListTests
{
    private readonly FakeChat _chat = new();
    private readonly FakeImages _images = new();

    [Fact]
    public async Task Render_WhileTheLastAnswerGrows_TouchesNothingElse()
    {
        var renderer = PageRenderer.Create();
        await renderer.OnPageAsync(async () =>
        {
            await using var session = await StartAsync("First?", "Second?", "Third?");
            await renderer.RenderAsync<MessageList>((nameof(MessageList.Session), session));
            var last = session.Turns[^1];
            _chat.Last.Start().Text("begins");
            await OnPage.UntilAsync(() => last.Answer.LastSeq == 2);
            renderer.Renders.Clear();
            _chat.Last.Text(" and goes on").Point(0, 1, 1, 1);
            await OnPage.UntilAsync(() => last.Answer.LastSeq == 4);
            // The answer, its prose and the last block of that.
            Assert.All(renderer.Renders, rendered => Assert.InRange(rendered.Length, 1, 3));
            Assert.InRange(renderer.Renders.SelectMany(rendered => rendered).Distinct().Count(), 1, 3);
        });
    }

    [Fact]
    public async Task Render_SeveralTurns_ShowsQuestionsVerbatimAndAnswersInOrder()
    {
        var renderer = PageRenderer.Create();
        await renderer.OnPageAsync(async () =>
        {
            await using var session = await StartAsync("How many <b>dogs</b>?\nAnd cats?", "Second?");
            await renderer.RenderAsync<MessageList>((nameof(MessageList.Session), session));
            var html = await renderer.HtmlAsync();
            Assert.Contains("How many <b>dogs</b>?\nAnd cats?", HtmlElement.TextOf(html), StringComparison.Ordinal);
            Assert.Equal(["done", "queued"], HtmlElement.Read(html).Where(e => e["data-testid"] == "answer").Select(e => e["data-state"]));
            Assert.DoesNotContain(HtmlElement.Read(html), e => e.Name == "img");
        });
    }

    [Fact]
    public async Task Render_TwoPictures_ShowsWhichQuestionIsAboutWhich()
    {
        var renderer = PageRenderer.Create();
        await renderer.OnPageAsync(async () =>
        {
            await using var session = await StartAsync("First?", "Second?");
            _chat.Last.End();
            await OnPage.UntilAsync(() => session.Live is null);
            var other = _images.Add("boats.png");
            await session.TakePhotoAsync(other.Id);
            await session.AskAsync("Boats?");
            await renderer.RenderAsync<MessageList>((nameof(MessageList.Session), session));
            var thumbs = (await renderer.ElementsAsync()).Where(e => e.Name == "img").ToList();
            Assert.Equal(2, thumbs.Count);
            Assert.Equal(($"/img/{other.Id}", "About: boats.png"), (thumbs[1]["src"], thumbs[1]["alt"]));
        });
    }

    /// <summary>A conversation whose answers have ended, but for the last.</summary>
    private async Task<ChatSession> StartAsync(params string[] questions)
    {
        var session = new ChatSession(_chat, _chat, _images, TimeProvider.System, VisitorId.New());
        await session.TakePhotoAsync(_images.Add().Id);
        foreach (var question in questions)
        {
            if (session.Live is not null) _chat.Last.Start().Text("Done.").End();
            await OnPage.UntilAsync(() => session.Live is null);
            Assert.True(await session.AskAsync(question));
        }
        return session;
    }
}
