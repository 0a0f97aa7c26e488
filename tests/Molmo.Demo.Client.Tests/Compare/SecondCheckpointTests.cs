using Molmo.Demo.Client.Compare;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Client.Tests.Compare;

/// <summary>The comparison where the server has a second checkpoint, and where it has none.</summary>
public sealed class SecondCheckpointTests : PageTest
{
    private const string First = "molmo-tiny";
    private const string Second = "other-tiny";

    private readonly FakeVotes _votes = new();

    [Fact]
    public void Render_OneCheckpoint_HasNoChoiceAndSaysHowToHaveASecond()
    {
        var page = Render<ComparePage>();
        Assert.Empty(page.FindAll("[data-testid^=checkpoint-]"));
        Assert.Equal(
            "Two checkpoints can be compared as well, when the server is started with a second one: --compare FOLDER.",
            Notice(page));
    }

    [Fact]
    public void Render_TwoCheckpoints_LetsEachSideChooseAndBegins()
    {
        Have(new CheckpointStatus(Second, Ready: true));
        var page = Render<ComparePage>();
        Assert.Null(Notice(page));
        foreach (var side in new[] { "checkpoint-A", "checkpoint-B" }) page.One($"select[data-testid={side}]");
        Assert.Equal(
            [("", First), (Second, Second), ("", First), (Second, Second)],
            page.FindAll("option").Where(e => e.TextContent is First or Second)
                .Select(e => (e.GetAttribute("value") ?? "", e.TextContent)));
        Assert.DoesNotContain(page.FindAll("option[disabled]"), e => e.TextContent == Second);
        Assert.Contains("Model checkpoint", page.Words(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Render_SecondOnItsWayOrFailed_SaysSo()
    {
        Have(new CheckpointStatus(
            Second, Ready: false, Progress: new ModelProgress(ModelStage.Loading, Second, 0.437)));
        var page = Render<ComparePage>();
        Assert.Equal("other-tiny is on its way: 43 %. It can be chosen as soon as it is there.", Notice(page));
        Assert.Equal(2, page.FindAll("option[disabled]").Count(e => e.TextContent == Second));

        await DisposeComponentsAsync();
        Have(new CheckpointStatus(Second, Ready: false, HasFailed: true));
        page = Render<ComparePage>();
        Assert.Equal(
            "The second checkpoint, other-tiny, could not be loaded; the server's log says why. "
                + "Both sides ask molmo-tiny.",
            Notice(page));
        Assert.Empty(page.Tests("checkpoint-A"));
    }

    [Fact]
    public void Render_OnePracticeCheckpointOfTwo_SaysSoAtTheSideThatAsksIt()
    {
        Have(new CheckpointStatus(Second, Ready: true, Practice: 28));
        var page = Render<ComparePage>();
        Assert.Contains("It knows 28 things, most of them drawn.", Assert.Single(page.Tests("practice")).TextContent,
            StringComparison.Ordinal);
        page.Test("checkpoint-B").Change("");
        Assert.Empty(page.Tests("practice"));
    }

    [Theory]
    [InlineData("de", "Modell-Checkpoint", "other-tiny ist unterwegs: 43 %. Sobald er da ist, kannst du ihn wählen.")]
    [InlineData("ar", "نسخة النموذج", "other-tiny في الطريق: 43%. يمكنك اختيارها حالما تصبح جاهزة.")]
    public void Render_OtherLanguage_SpeaksIt(string language, string choice, string notice)
    {
        var before = CultureInfo.CurrentUICulture;
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language);
        try
        {
            Have(new CheckpointStatus(
                Second, Ready: false, Progress: new ModelProgress(ModelStage.Loading, Second, 0.437)));
            var page = Render<ComparePage>();
            Assert.Equal(notice, Notice(page));
            Assert.Equal(2, page.FindAll("label").Count(e => e.FirstChild!.TextContent == choice));
        }
        finally
        {
            CultureInfo.CurrentUICulture = before;
        }
    }

    [Fact]
    public Task Run_TwoCheckpoints_NamesThemAndRatesThem() => OnPage.RunAsync(async () =>
    {
        Have(new CheckpointStatus(Second, Ready: true));
        Chat.Answering = (question, answer) => answer
            .Write(seq => new Started(seq, FakeAnswer.Stamp with { Model = question.Prompt?.Checkpoint ?? First },
                new SentImage(800, 600, 3, 200)))
            .Text("I see ")
            .Point(0, 1, question.Prompt?.Checkpoint is null ? 10 : 90, 10).EndGroup(0, "dogs", "dogs").End();
        await using var session = Create();
        await session.LookAsync();
        await session.TakePhotoAsync(Images.Add().Id);
        session.Sides.A.Text = session.Sides.B.Text = "Dogs?";
        await session.RunAsync();

        Assert.Equal([null, Second], Chat.Questions.Select(question => question.Prompt?.Checkpoint));
        Assert.Null(Chat.Questions[0].Prompt);
        Assert.Equal(("A (molmo-tiny)", "B (other-tiny)"), (session.NameOf(true), session.NameOf(false)));
        Assert.Equal((0, 1, 1), (session.Diff!.Matched.Length, session.Diff.OnlyA.Length, session.Diff.OnlyB.Length));

        // What is set afterwards is about the next run, not about this vote.
        session.Sides.B.Temperature = 1.5;
        session.Sides.B.Checkpoint = null;
        await session.VoteAsync(Verdict.B);
        Assert.Equal(
            new Vote("molmo-tiny 3f2a91c0ffee · float32 · greedy", "other-tiny 3f2a91c0ffee · float32 · greedy",
                Verdict.B, IsBlind: false),
            Assert.Single(_votes.Kept.Values));
        Assert.Equal("B (other-tiny)", session.NameOf(false));

        // Both of one: nothing to tell apart.
        session.Sides.B.Temperature = 0;
        await session.RunAsync();
        Assert.Equal(("A", "B", false), (session.NameOf(true), session.NameOf(false), session.IsRated));
        // The choice was the person's: it is not made for them again.
        await session.LookAsync();
        Assert.Null(session.Sides.B.Checkpoint);
    });

    [Fact]
    public Task Run_Blind_HidesTheCheckpointUntilTheVote() => OnPage.RunAsync(async () =>
    {
        Have(new CheckpointStatus(Second, Ready: true));
        Chat.Answering = (question, answer) => answer
            .Write(seq => new Started(seq, FakeAnswer.Stamp with { Model = question.Prompt?.Checkpoint ?? First },
                new SentImage(800, 600, 3, 200)))
            .Text("Two.").End();
        await using var session = Create();
        await session.LookAsync();
        session.IsBlind = true;
        await session.TakePhotoAsync(Images.Add().Id);
        session.Sides.A.Text = session.Sides.B.Text = "Dogs?";
        await session.RunAsync();
        Assert.Equal(("First", "Second"), (session.NameOf(true), session.NameOf(false)));
        await session.VoteAsync(Verdict.Tie);
        string[] expected = Chat.Questions[0].Prompt is null
            ? ["A (molmo-tiny)", "B (other-tiny)"]
            : ["B (other-tiny)", "A (molmo-tiny)"];
        Assert.Equal((expected[0], expected[1]), (session.NameOf(true), session.NameOf(false)));
    });

    [Fact]
    public Task Look_SecondComesLater_IsOfferedThenAndKeptWhileItIsAway() => OnPage.RunAsync(async () =>
    {
        await using var session = Create();
        await session.LookAsync();
        Assert.False(session.HasChoice || session.IsAwaiting);
        Have(new CheckpointStatus(Second, Ready: false));
        await session.LookAsync();
        Assert.True(session.HasChoice && session.IsAwaiting);
        Assert.Null(session.Sides.B.Checkpoint);
        Have(new CheckpointStatus(Second, Ready: true));
        await session.LookAsync();
        Assert.False(session.IsAwaiting);
        Assert.Equal((null, Second), (session.Sides.A.Checkpoint, session.Sides.B.Checkpoint));
        // The machine that answers does not reply for a moment.
        Chat.Status = new QueueStatus(0, 0, null, Ready: false, new EarlierWords("It is away."));
        await session.LookAsync();
        Assert.True(session.HasChoice);
    });

    private void Have(CheckpointStatus second)
        => Chat.Status = new QueueStatus(0, 0, null, Ready: true, null)
        {
            Checkpoints = [new CheckpointStatus(First, Ready: true), second]
        };

    private static string? Notice(IRenderedComponent<ComparePage> page)
        => page.Tests("checkpoints").SingleOrDefault()?.TextContent.Trim();

    private ComparisonSession Create()
        => new(Chat, Images, _votes, TimeProvider.System, VisitorId.New(), new Random(1));
}
