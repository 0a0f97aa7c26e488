using System.Globalization;
using Molmo.Demo.Client.Compare;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Client.Tests.Compare;

/// <summary>The comparison where the server has a second checkpoint, and where it has none.</summary>
public sealed class SecondCheckpointTests
{
    private const string First = "molmo-tiny";
    private const string Second = "other-tiny";

    private readonly FakeChat _chat = new();
    private readonly FakeImages _images = new();
    private readonly FakeVotes _votes = new();

    [Fact]
    public async Task Render_OneCheckpoint_HasNoChoiceAndSaysHowToHaveASecond()
    {
        var elements = await ShowAsync();
        Assert.DoesNotContain(elements, e => e["data-testid"]?.StartsWith("checkpoint-", StringComparison.Ordinal) == true);
        Assert.Equal("Two checkpoints can be compared as well, when the server is started with a second one: --compare FOLDER.", Notice(elements));
    }

    [Fact]
    public async Task Render_TwoCheckpoints_LetsEachSideChooseAndBegins()
    {
        Have(new CheckpointStatus(Second, Ready: true));
        var page = await PageRenderer.Create(_chat, _images).RenderAsync<ComparePage>();
        var elements = await page.ElementsAsync();
        Assert.Null(Notice(elements));
        foreach (var side in new[] { "checkpoint-A", "checkpoint-B" })
            Assert.Single(elements, e => e.Name == "select" && e["data-testid"] == side);
        Assert.Equal([("", First), (Second, Second), ("", First), (Second, Second)], elements.Where(e => e.Name == "option" && e.Text is First or Second).Select(e => (e["value"] ?? "", e.Text)));
        Assert.DoesNotContain(elements, e => e.Name == "option" && e.Text == Second && e.Attributes.ContainsKey("disabled"));
        Assert.Contains("Model checkpoint", await page.HtmlAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Render_SecondOnItsWayOrFailed_SaysSo()
    {
        Have(new CheckpointStatus(Second, Ready: false, Progress: new ModelProgress(ModelStage.Loading, Second, 0.437)));
        var elements = await ShowAsync();
        Assert.Equal("other-tiny is on its way: 43 %. It can be chosen as soon as it is there.", Notice(elements));
        Assert.Equal(2, elements.Count(e => e.Name == "option" && e.Text == Second && e.Attributes.ContainsKey("disabled")));

        Have(new CheckpointStatus(Second, Ready: false, HasFailed: true));
        elements = await ShowAsync();
        Assert.Equal("The second checkpoint, other-tiny, could not be loaded; the server's log says why. Both sides ask molmo-tiny.", Notice(elements));
        Assert.DoesNotContain(elements, e => e["data-testid"] == "checkpoint-A");
    }

    [Theory]
    [InlineData("de", "Modell-Checkpoint", "other-tiny ist unterwegs: 43 %. Sobald er da ist, kannst du ihn wählen.")]
    [InlineData("ar", "نسخة النموذج", "other-tiny في الطريق: 43%. يمكنك اختيارها حالما تصبح جاهزة.")]
    public async Task Render_OtherLanguage_SpeaksIt(string language, string choice, string notice)
    {
        var before = CultureInfo.CurrentUICulture;
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language);
        try
        {
            Have(new CheckpointStatus(Second, Ready: false, Progress: new ModelProgress(ModelStage.Loading, Second, 0.437)));
            var elements = await ShowAsync();
            Assert.Equal(notice, Notice(elements));
            Assert.Equal(2, elements.Count(e => e.Name == "label" && e.Text == choice));
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
        _chat.Answering = (question, answer) => answer
            .Write(seq => new Started(seq, FakeAnswer.Stamp with { Model = question.Prompt?.Checkpoint ?? First }, new SentImage(800, 600, 3, 200)))
            .Text("I see ").Point(0, 1, question.Prompt?.Checkpoint is null ? 10 : 90, 10).EndGroup(0, "dogs", "dogs").End();
        await using var session = Create();
        await session.LookAsync();
        await session.TakePhotoAsync(_images.Add().Id);
        session.Sides.A.Text = session.Sides.B.Text = "Dogs?";
        await session.RunAsync();

        Assert.Equal([null, Second], _chat.Questions.Select(question => question.Prompt?.Checkpoint));
        Assert.Null(_chat.Questions[0].Prompt);
        Assert.Equal(("A (molmo-tiny)", "B (other-tiny)"), (session.NameOf(true), session.NameOf(false)));
        Assert.Equal((0, 1, 1), (session.Diff!.Matched.Length, session.Diff.OnlyA.Length, session.Diff.OnlyB.Length));

        // What is set afterwards is about the next run, not about this vote.
        session.Sides.B.Temperature = 1.5;
        session.Sides.B.Checkpoint = null;
        await session.VoteAsync(Verdict.B);
        Assert.Equal(new Vote("molmo-tiny 3f2a91c0ffee · float32 · greedy", "other-tiny 3f2a91c0ffee · float32 · greedy", Verdict.B, IsBlind: false), Assert.Single(_votes.Kept.Values));
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
        _chat.Answering = (_, answer) => answer.Start().Text("Two.").End();
        await using var session = Create();
        await session.LookAsync();
        session.IsBlind = true;
        await session.TakePhotoAsync(_images.Add().Id);
        session.Sides.A.Text = session.Sides.B.Text = "Dogs?";
        await session.RunAsync();
        Assert.Equal(("First", "Second"), (session.NameOf(true), session.NameOf(false)));
        await session.VoteAsync(Verdict.Tie);
        string[] expected = _chat.Questions[0].Prompt is null ? ["A (molmo-tiny)", "B (other-tiny)"] : ["B (other-tiny)", "A (molmo-tiny)"];
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
        _chat.Status = new QueueStatus(0, 0, null, Ready: false, "It is away.");
        await session.LookAsync();
        Assert.True(session.HasChoice);
    });

    private void Have(CheckpointStatus second)
        => _chat.Status = new QueueStatus(0, 0, null, Ready: true, null) { Checkpoints = [new CheckpointStatus(First, Ready: true), second] };

    private async Task<IReadOnlyList<HtmlElement>> ShowAsync() => await (await PageRenderer.Create(_chat, _images).RenderAsync<ComparePage>()).ElementsAsync();

    private static string? Notice(IReadOnlyList<HtmlElement> elements) => elements.SingleOrDefault(e => e["data-testid"] == "checkpoints")?.Text.Trim();

    private ComparisonSession Create() => new(_chat, _images, _votes, TimeProvider.System, VisitorId.New(), new Random(1));
}
