using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Kiosk;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Tests.Chat;

public class StoredAnswerTests : PageTest
{
    private const string Text =
        "There are <points x1=\"10\" y1=\"20\" x2=\"50\" y2=\"60\" alt=\"penguins\">penguins</points>.";
    private const string Question = "How many penguins are there?";

    public StoredAnswerTests()
        => Images.Samples = [new("scene-03.png", Question, StoredComparisonTests.Kept(Text)),
            new("scene-08.jpg", "Point to the strawberries.")];

    [Fact]
    public Task RunStored_AsksPlainlyAndIsComparedWithTheVerbatimText() => OnPageAsync(async () =>
    {
        await using var session = await TakeAsync();
        Assert.Equal((Question, null, true), (session.Stored?.Question, session.StoredRun, session.HasStage));
        // Another way of asking that was chosen for the next question is not the stored answer's.
        session.Choose(new AskChoice(PromptChoice.Plain, new SamplingChoice(0.8)));
        Chat.Answering = (_, answer) => answer.Start().Text("There are ")
            .Point(0, 1, 10, 20).Point(0, 2, 50, 60).EndGroup(0, "penguins", "penguins").Text(".").End();
        Assert.True(await session.RunStoredAsync());
        var asked = Assert.Single(Chat.Questions);
        Assert.Equal((Question, SamplingChoice.Greedy, null), (asked.Text, asked.Sampling, asked.Place?.After));
        Assert.False(await session.RunStoredAsync());
        await OnPage.UntilAsync(() => session.Live is null);
        var run = session.StoredRun!;
        Assert.Same(session.Turns.Single(), run);

        var verdict = Render<RunVerdict>(parameters => parameters
            .Add(shown => shown.Stored, session.Stored)
            .Add(shown => shown.Turn, run).Add(shown => shown.ReadText, _ => Task.FromResult<string?>(Text)));
        var said = verdict.Test("run-verdict");
        Assert.Equal(("true", "status", "Same stamp, same 2 dots."),
            (said.GetAttribute("data-agrees"), said.GetAttribute("role"), verdict.One("bdi").TextContent));

        // The dots of either answer, as the person wishes.
        session.ShowStored();
        Assert.Null(session.Shown);
        session.Show(run);
        Assert.Same(run, session.Shown);
    });

    [Fact]
    public Task Ask_BesideAStoredAnswer_IsAFirstQuestionWithoutHistory() => OnPageAsync(async () =>
    {
        await using var session = await TakeAsync();
        Assert.True(await session.AskAsync("Anything else?"));
        Assert.Equal((null, null), (Assert.Single(Chat.Questions).Place?.After, Chat.Questions[0].History));
        Assert.Null(session.StoredRun);
        Assert.NotNull(session.Stored);
        await session.TakePhotoAsync(Images.Add("scene-03.png").Id);
        Assert.Null(session.Stored);
    });

    [Fact]
    public void Kiosk_HasEverySceneWithAStoredAnswerAndItsWayToTheChat()
    {
        var page = Render<KioskPage>();
        Assert.Equal("/private?sample=scene-03.png&kiosk=60", page.Test("kiosk-scene").GetAttribute("href"));
        Assert.Contains(page.FindAll("*"), e => e.TextContent == Question);
        Assert.Equal(2, page.Tests("kiosk-dot").Count);
        Assert.Equal("2", page.Test("kiosk-count").TextContent);
        Assert.Equal(
            [60, 5, 3600, null, null, null], new[] { "60", "0", "99999", "", "-3", "a" }.Select(KioskReturn.Read));
    }

    [Fact]
    public void Kiosk_OfAMicroscopePicture_SaysThatItIsDrawn()
    {
        Assert.Empty(Render<KioskPage>().Tests("subject"));
        Images.Samples = [.. Images.Samples.Take(1).Select(scene => scene with
        {
            Answer = scene.Answer! with { Subject = SampleSubject.Microscope },
        })];
        Assert.Equal("A drawn microscope picture", Render<KioskPage>().Test("subject").TextContent);
    }

    [Fact]
    public void Kiosk_CheckedScene_HasThePersonsCountAndDot()
    {
        Assert.Empty(Render<KioskPage>().Tests("kiosk-verdict"));
        Images.Samples = [.. Images.Samples.Select(scene => scene with
        {
            Check = Audit.Empty.Judge(0, 1, DotVerdict.Right).Judge(0, 2, DotVerdict.Right).AddMissed(0, 41.6, 53.3),
        })];
        var page = Render<KioskPage>();
        Assert.Equal(("3", "penguins"), (page.Test("kiosk-count").TextContent, page.One(".one > bdi").TextContent));
        Assert.Equal("Checked by a person", page.Test("kiosk-verdict").TextContent);
        var added = page.Test("kiosk-missed");
        Assert.Equal(("dot person", "left:41.6%;top:53.3%"),
            (added.GetAttribute("class"), added.GetAttribute("style")));
        Assert.Equal(2, page.Tests("kiosk-dot").Count);
    }

    private async Task<ChatSession> TakeAsync()
    {
        var session = OpenSession();
        Assert.True(await session.TakeSampleAsync("scene-03.png"));
        return session;
    }
}
