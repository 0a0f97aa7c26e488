using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;

namespace Molmo.Demo.Client.Tests.Chat;

public class MessageListTests : PageTest
{
    [Fact]
    public async Task Render_WhileTheLastAnswerGrows_TouchesNothingElse()
    {
        await using var session = await StartAsync("First?", "Second?", "Third?");
        var list = Show(session);
        var answers = list.FindComponents<AnswerView>();
        var last = session.Turns[^1];
        Chat.Last.Start().Text("begins");
        await OnPage.UntilAsync(() => last.Answer.LastSeq == 2);
        var before = Counts();
        Chat.Last.Text(" and goes on").Point(0, 1, 1, 1);
        await OnPage.UntilAsync(() => last.Answer.LastSeq == 4);
        list.WaitForAssertion(() => Assert.Contains("goes on", list.Words(), StringComparison.Ordinal));
        // Of what is on the page only the last answer, its prose and the last block of that.
        Assert.Equal(before.List, Counts().List - (Counts().Last - before.Last));
        Assert.InRange(Counts().Last, before.Last + 1, before.Last + 2);
        Assert.Equal(before.Others, Counts().Others);

        // A component is counted with what is rendered within it.
        (int List, int Last, IEnumerable<int> Others) Counts()
            => (list.RenderCount, answers[^1].RenderCount, [.. answers.SkipLast(1).Select(answer => answer.RenderCount),
                .. list.FindComponents<QuestionActions>().Select(one => one.RenderCount)]);
    }

    [Fact]
    public async Task Render_SeveralTurns_ShowsQuestionsVerbatimAndAnswersInOrder()
    {
        await using var session = await StartAsync("How many <b>dogs</b>?\nAnd cats?", "Second?");
        var list = Show(session);
        Assert.Contains("How many <b>dogs</b>?\nAnd cats?", list.Words(), StringComparison.Ordinal);
        Assert.Equal(["done", "queued"], list.Tests("answer").Values("data-state"));
        Assert.Empty(list.FindAll("img"));
    }

    [Fact]
    public async Task Render_TwoPictures_ShowsWhichQuestionIsAboutWhich()
    {
        await using var session = await StartAsync("First?", "Second?");
        Chat.Last.End();
        await OnPage.UntilAsync(() => session.Live is null);
        var other = Images.Add("boats.png");
        await OnPageAsync(async () =>
        {
            await session.TakePhotoAsync(other.Id);
            await session.AskAsync("Boats?");
        });
        var thumbs = Show(session).FindAll("img");
        Assert.Equal(2, thumbs.Count);
        Assert.Equal(
            ($"/img/{other.Id}", "About: boats.png"), (thumbs[1].GetAttribute("src"), thumbs[1].GetAttribute("alt")));
    }

    private IRenderedComponent<MessageList> Show(ChatSession session)
        => Render<MessageList>(parameters => parameters.Add(list => list.Session, session));

    /// <summary>A conversation whose answers have ended, but for the last.</summary>
    private async Task<ChatSession> StartAsync(params string[] questions)
    {
        var session = OpenSession();
        await OnPageAsync(async () =>
        {
            await session.TakePhotoAsync(Images.Add().Id);
            foreach (var question in questions)
            {
                if (session.Live is not null) Chat.Last.Start().Text("Done.").End();
                await OnPage.UntilAsync(() => session.Live is null);
                Assert.True(await session.AskAsync(question));
            }
        });
        return session;
    }
}
