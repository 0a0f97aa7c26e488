using Microsoft.Extensions.Time.Testing;
using Molmo.Demo.Client.Sharing;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Tests.Sharing;

public class LiveSessionTests : PageTest
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public Task Watch_NewQuestion_IsFollowedAndTheEndIsNoticed() => OnPage.RunAsync(async () =>
    {
        var first = GenerationId.New();
        Chat.Add(first).Start().Text("Two.").End();
        Live.Watched = new LiveConversation([new LiveTurn(first, "Dogs?", null, IsEnded: true)]);
        await using var session = new LiveSession(Live, _time, LiveId.New());
        await session.OpenAsync();
        Assert.Equal("Two.", Assert.Single(session.Turns).Answer.CleanText);

        var watching = session.WatchAsync();
        var second = GenerationId.New();
        var answer = Chat.Add(second).Start();
        Live.Watched = new LiveConversation(
            [.. Live.Watched.Turns, new LiveTurn(second, "Cats?", null, IsEnded: false)]);
        await PassAsync(() => session.Turns.Count == 2);
        answer.Point(0, 1, 10, 20);
        await PassAsync(() => session.Turns[1].Answer.PointCount == 1);
        Assert.True(session.Turns[1].IsLive);

        Live.Watched = null;
        await PassAsync(() => session.IsOver);
        await watching;
        Assert.Empty(session.Turns);
    });

    [Fact]
    public void Page_Conversation_ShowsTheNewestWithItsDotsAndNothingToDo()
    {
        var (first, second) = (GenerationId.New(), GenerationId.New());
        Chat.Add(first).Start().Text("Two.").End();
        Chat.Add(second).Start().Point(0, 1, 10, 20).EndGroup(0, "a cat", "cat").End();
        Live.Watched = new LiveConversation(
            [new(first, "Dogs?", Images.Add(), true), new(second, "Cats?", Images.Add(), true)]);
        var id = LiveId.New();

        var page = Render<LivePage>(parameters => parameters.Add(live => live.Lid, id.Value));

        // Both have ended; the page has them as soon as they are read.
        page.WaitForAssertion(
            () => Assert.Equal(["Cats?", "Dogs?"], page.FindAll("h2").Select(heading => heading.TextContent)));
        Assert.Equal($"/live/{id}/photo/{Live.Watched.Turns[1].Image!.Id}", page.Test("photo").GetAttribute("src"));
        Assert.Equal("cat, 1 of 1", page.Test("point").GetAttribute("aria-label"));
        Assert.Empty(page.FindAll("textarea"));
        Assert.NotEmpty(page.Tests("more"));
    }

    [Fact]
    public void Page_CheckedAnswers_ShowFiguresInTheColoursOfTheChatAndThePersonsCheck()
    {
        var (first, second) = (GenerationId.New(), GenerationId.New());
        Chat.Add(first).Start().Point(0, 1, 10, 20).EndGroup(0, "a dog", "dog").End();
        Chat.Add(second).Start().Point(0, 1, 10, 20).Point(0, 2, 30, 20).EndGroup(0, "cats", "cats").End();
        Live.Watched = new LiveConversation(
        [
            new(first, "Dogs?", Images.Add(), true),
            new(second, "Cats?", Images.Add(), true,
                Audit: Audit.Empty.Judge(0, 1, DotVerdict.Right).Judge(0, 2, DotVerdict.Wrong).AddMissed(0, 5, 5)),
        ]);

        var page = Render<LivePage>(parameters => parameters.Add(live => live.Lid, LiveId.New().Value));

        page.WaitForAssertion(() => Assert.Equal(["2 cats", "1 dog"],
            page.Tests("figure").Select(figure => figure.TextContent.Trim())));
        Assert.Equal("Checked by a person", page.Test("verdict").TextContent);
        Assert.Equal("1 right, 1 wrong, 1 missed. The model said 2.", page.Test("audit").TextContent.Trim());
        Assert.Equal(["dot g2 square", "dot g2 square wrong"], page.Tests("point").Values("class"));
        Assert.Equal(["g1", "g2"], page.FindAll(".chip").Values("class").Select(look => look!.Split(' ')[1]).Order());
        Assert.Equal(4, page.FindAll("[data-testid=lens], [data-testid=lens-missed]").Count);
        Assert.NotNull(page.Test("audit-layer"));
    }

    [Fact]
    public Task Watch_CheckAndDeletedQuestion_AreFollowed() => OnPage.RunAsync(async () =>
    {
        var (first, second) = (GenerationId.New(), GenerationId.New());
        Chat.Add(first).Start().Point(0, 1, 10, 20).EndGroup(0, "a dog", "dog").End();
        Chat.Add(second).Start().Text("Two.").End();
        Live.Watched = new LiveConversation([new(first, "Dogs?", null, true), new(second, "Cats?", null, true)]);
        await using var session = new LiveSession(Live, _time, LiveId.New());
        await session.OpenAsync();
        var watching = session.WatchAsync();

        var check = Audit.Empty.Judge(0, 1, DotVerdict.Wrong);
        Live.Watched = new LiveConversation([new(first, "Dogs?", null, true, Audit: check)]);
        await PassAsync(() => session.Turns.Count == 1);
        Assert.Equal(check, session.Turns[0].Audit);
        Live.Watched = new LiveConversation([new(first, "Dogs?", null, true)]);
        await PassAsync(() => session.Turns[0].Audit.IsEmpty);

        Live.Watched = null;
        await PassAsync(() => session.IsOver);
        await watching;
    });

    [Fact]
    public void Page_LinkThatIsOver_SaysSo()
        => Assert.Contains(
            "This live view is over.",
            Render<LivePage>(parameters => parameters.Add(live => live.Lid, LiveId.New().Value)).Words(),
            StringComparison.Ordinal);

    private Task PassAsync(Func<bool> condition) => OnPage.UntilAsync(() =>
    {
        if (!condition()) _time.Advance(TimeSpan.FromMilliseconds(100));
        return condition();
    });
}
