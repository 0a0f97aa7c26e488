using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Kiosk;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Client.Tests.Chat;

public class StoredAnswerTests
{
    private const string Text = "There are <points x1=\"10\" y1=\"20\" x2=\"50\" y2=\"60\" alt=\"penguins\">penguins</points>.";
    private const string Question = "How many penguins are there?";

    private readonly FakeChat _chat = new();
    private readonly FakeImages _images = new()
    {
        Samples = [new("scene-03.png", Question, StoredComparisonTests.Kept(Text)), new("scene-08.jpg", "Point to the strawberries.")],
    };

    [Fact]
    public Task RunStored_AsksPlainlyAndIsComparedWithTheVerbatimText() => OnPage.RunAsync(async () =>
    {
        await using var session = await TakeAsync();
        Assert.Equal((Question, null, true), (session.Stored?.Question, session.StoredRun, session.HasStage));
        // Another way of asking that was chosen for the next question is not the stored answer's.
        session.Choose(new AskChoice(PromptChoice.Plain, new SamplingChoice(0.8)));
        _chat.Answering = (_, answer) => answer.Start().Text("There are ").Point(0, 1, 10, 20).Point(0, 2, 50, 60).EndGroup(0, "penguins", "penguins").Text(".").End();
        Assert.True(await session.RunStoredAsync());
        var asked = Assert.Single(_chat.Questions);
        Assert.Equal((Question, SamplingChoice.Greedy, null), (asked.Text, asked.Sampling, asked.Place?.After));
        Assert.False(await session.RunStoredAsync());
        await OnPage.UntilAsync(() => session.Live is null);
        var run = session.StoredRun!;
        Assert.Same(session.Turns.Single(), run);

        var verdict = await PageRenderer.Create(_chat, _images).RenderAsync<RunVerdict>(
            ("Stored", session.Stored), ("Turn", run), ("ReadText", (Func<ChatTurn, Task<string?>>)(_ => Task.FromResult<string?>(Text))));
        var elements = await verdict.ElementsAsync();
        var said = elements.Single(e => e["data-testid"] == "run-verdict");
        Assert.Equal(("true", "status", "Same stamp, same 2 dots."), (said["data-agrees"], said["role"], elements.Single(e => e.Name == "bdi").Text));

        // The dots of either answer, as the person wishes.
        session.ShowStored();
        Assert.Null(session.Shown);
        session.Show(run);
        Assert.Same(run, session.Shown);
    });

    [Fact]
    public Task Ask_BesideAStoredAnswer_IsAFirstQuestionWithoutHistory() => OnPage.RunAsync(async () =>
    {
        await using var session = await TakeAsync();
        Assert.True(await session.AskAsync("Anything else?"));
        Assert.Equal((null, null), (Assert.Single(_chat.Questions).Place?.After, _chat.Questions[0].History));
        Assert.Null(session.StoredRun);
        Assert.NotNull(session.Stored);
        await session.TakePhotoAsync(_images.Add("scene-03.png").Id);
        Assert.Null(session.Stored);
    });

    [Fact]
    public async Task Kiosk_HasEverySceneWithAStoredAnswerAndItsWayToTheChat()
    {
        var elements = await (await PageRenderer.Create(_chat, _images).RenderAsync<KioskPage>()).ElementsAsync();
        var scene = Assert.Single(elements, e => e["data-testid"] == "kiosk-scene");
        Assert.Equal("/private?sample=scene-03.png&kiosk=60", scene["href"]);
        Assert.Contains(elements, e => e.Text == Question);
        Assert.Equal(2, elements.Count(e => e["data-testid"] == "kiosk-dot"));
        Assert.Equal("2", elements.Single(e => e["data-testid"] == "kiosk-count").Text);
        Assert.Equal([60, 5, 3600, null, null, null], new[] { "60", "0", "99999", "", "-3", "a" }.Select(KioskIdle.Read));
    }

    private async Task<ChatSession> TakeAsync()
    {
        var session = new ChatSession(_chat, _chat, _images, TimeProvider.System, VisitorId.New());
        Assert.True(await session.TakeSampleAsync("scene-03.png"));
        return session;
    }
}
