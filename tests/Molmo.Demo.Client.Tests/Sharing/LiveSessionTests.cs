using Molmo.Demo.Client.Sharing;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Sharing;

namespace Molmo.Demo.Client.Tests.Sharing;

public class LiveSessionTests
{
    private readonly FakeChat _chat = new();
    private readonly ManualTime _time = new();
    private readonly FakeLive _live;

    public LiveSessionTests() => _live = new FakeLive(_chat);

    [Fact]
    public Task Watch_NewQuestion_IsFollowedAndTheEndIsNoticed() => OnPage.RunAsync(async () =>
    {
        var first = GenerationId.New();
        _chat.Add(first).Start().Text("Two.").End();
        _live.Watched = new LiveConversation([new LiveTurn(first, "Dogs?", null, IsEnded: true)]);
        await using var session = new LiveSession(_live, _time, LiveId.New());
        await session.OpenAsync();
        Assert.Equal("Two.", Assert.Single(session.Turns).Answer.CleanText);

        var watching = session.WatchAsync();
        var second = GenerationId.New();
        var answer = _chat.Add(second).Start();
        _live.Watched = new LiveConversation([.. _live.Watched.Turns, new LiveTurn(second, "Cats?", null, IsEnded: false)]);
        await PassAsync(() => session.Turns.Count == 2);
        answer.Point(0, 1, 10, 20);
        await PassAsync(() => session.Turns[1].Answer.PointCount == 1);
        Assert.True(session.Turns[1].IsLive);

        _live.Watched = null;
        await PassAsync(() => session.IsOver);
        await watching;
        Assert.Empty(session.Turns);
    });

    [Fact]
    public async Task Page_Conversation_ShowsTheNewestWithItsDotsAndNothingToDo()
    {
        var images = new FakeImages();
        var (first, second) = (GenerationId.New(), GenerationId.New());
        _chat.Add(first).Start().Text("Two.").End();
        _chat.Add(second).Start().Point(0, 1, 10, 20).EndGroup(0, "a cat", "cat").End();
        _live.Watched = new LiveConversation([new(first, "Dogs?", images.Add(), true), new(second, "Cats?", images.Add(), true)]);
        var id = LiveId.New();

        var renderer = await PageRenderer.Create(chat: _chat, live: _live).RenderAsync<LivePage>((nameof(LivePage.Lid), id.Value));
        var elements = await renderer.ElementsAsync();

        Assert.Equal(["Cats?", "Dogs?"], elements.Where(e => e.Name == "h2").Select(e => e.Text));
        Assert.Equal($"/live/{id}/photo/{_live.Watched.Turns[1].Image!.Id}", elements.Single(e => e["data-testid"] == "photo")["src"]);
        Assert.Equal("cat, 1 of 1", elements.Single(e => e["data-testid"] == "point")["aria-label"]);
        Assert.DoesNotContain(elements, e => e.Name == "textarea");
        Assert.Equal("/language", Assert.Single(elements, e => e.Name == "form")["action"]);
    }

    [Fact]
    public async Task Page_LinkThatIsOver_SaysSo()
    {
        var renderer = await PageRenderer.Create(live: _live).RenderAsync<LivePage>((nameof(LivePage.Lid), LiveId.New().Value));
        Assert.Contains("This live view is over.", await renderer.HtmlAsync(), StringComparison.Ordinal);
    }

    private Task PassAsync(Func<bool> condition) => OnPage.UntilAsync(() =>
    {
        if (!condition()) _time.Advance(TimeSpan.FromMilliseconds(100));
        return condition();
    });
}
