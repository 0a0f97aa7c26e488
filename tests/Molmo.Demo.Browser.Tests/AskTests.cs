using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>A photo, a question, an answer that points.</summary>
public sealed class AskTests(Site site)
{
    [Fact]
    public async Task Ask_AboutAPhotoFromTheChooser_GivesWordsAndDotsWithNames()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenAsync();
        var chooser = await visitor.Page.RunAndWaitForFileChooserAsync(
            () => visitor.Page.Locator("[data-choose-label]").ClickAsync());
        await chooser.SetFilesAsync(Photos.Sample("scene-08.jpg"));
        await Expect(visitor.Photo).ToBeVisibleAsync();

        var answer = await visitor.HearAsync("How many strawberries are there?");

        Assert.Contains("strawberries", answer.Words, StringComparison.Ordinal);
        Assert.NotEmpty(answer.Points);
        Assert.All(answer.Places, place => Assert.True(place is { X: >= 0 and <= 100, Y: >= 0 and <= 100 }));

        var tooltip = visitor.Page.GetByTestId("point-tooltip");
        await visitor.Points.Nth(1).HoverAsync();
        await Expect(tooltip).ToContainTextAsync("strawberries");
        await Expect(tooltip).ToContainTextAsync("2");
        await visitor.Page.Mouse.MoveAsync(2, 2);
        await Expect(tooltip).ToHaveCountAsync(0);
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Ask_AQuestionAfterAnother_BindsDotsToEachAnswer()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-03.png"));
        var first = await visitor.HearAsync("Point to the penguins.");

        var second = await visitor.HearAsync("How many penguins are there?");
        await Expect(visitor.Page.GetByTestId("answer")).ToHaveCountAsync(2);
        Assert.NotEmpty(first.Points);
        Assert.True(second.Points.Length > 0, $"No points in: {second.Words}");

        // A photo put on the stage later has no dots of an answer about another one.
        await visitor.UploadAsync(Photos.Sample("scene-08.jpg"));
        await Expect(visitor.Points).ToHaveCountAsync(0);
        var third = await visitor.HearAsync("Point to the strawberries.");
        Assert.NotEmpty(third.Points);
        Assert.Equal((960, 720), await Geometry.PhotoSizeAsync(visitor.Page));

        await visitor.Page.GetByTestId("answer").First.ClickAsync();
        await Expect(visitor.Photo).ToHaveJSPropertyAsync("naturalWidth", 800);
        await Expect(visitor.Points).ToHaveCountAsync(first.Points.Length);
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Stop_InTheMiddleOfAnAnswer_KeepsWhatWasWrittenAndGoesOnFromThere()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        var whole = await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        var held = site.Server.Recordings.Hold();
        await visitor.AskHalfAsync(held);

        await visitor.Stop.ClickAsync();
        await visitor.ExpectStateAsync("done");
        held.LetGo();

        var kept = await visitor.SeeAsync();
        Assert.InRange(kept.Points.Length, 1, whole.Points.Length - 1);
        Assert.Equal(whole.Points.Take(kept.Points.Length), kept.Points);
        await Expect(visitor.Send).ToBeVisibleAsync();
        await visitor.Page.ReloadAsync();
        await visitor.ExpectStateAsync("done");
        var again = await visitor.SeeAsync();
        Assert.Equal(kept.Points, again.Points);
        Assert.Equal(kept.Words, again.Words);

        // The list of chats opens before the circuit is there and fills when it is: then the page can go on.
        await visitor.OpenHistoryAsync();
        await Expect(visitor.Page.GetByTestId("history-entry")).ToHaveCountAsync(2);
        await visitor.Page.Keyboard.PressAsync("Escape");
        await visitor.Page.GetByTestId("continue").ClickAsync();
        await Expect(visitor.Answer).ToHaveAttributeAsync("data-end-reason", "finished");
        await Expect(visitor.Points).ToHaveCountAsync(whole.Points.Length);
        var continued = await visitor.SeeAsync();
        Assert.Equal(
            (whole.Words, string.Join('|', whole.Points)), (continued.Words, string.Join('|', continued.Points)));
        await Expect(visitor.Page.GetByTestId("answer")).ToHaveCountAsync(1);
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Ask_WhileTheEngineIsBusy_SaysHowManyAreAhead()
    {
        var held = site.Server.Recordings.Hold();
        var visitors = new List<Visitor>();
        try
        {
            // The default writes four answers at a time.
            for (var i = 0; i < 6; i++)
            {
                var visitor = await site.VisitAsync();
                visitors.Add(visitor);
                await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
                await visitor.Composer.FillAsync(held.Question);
            }
            foreach (var visitor in visitors) await visitor.Send.ClickAsync();

            await Expect(visitors[^1].Page.GetByTestId("queue-position")).ToBeVisibleAsync();
            held.LetGo();
            foreach (var visitor in visitors) await visitor.ExpectStateAsync("done", seconds: 240);
            var answers = await Task.WhenAll(visitors.Select(visitor => visitor.SeeAsync()));
            Assert.All(answers, answer => Assert.Equal(answers[0].Points, answer.Points));
            foreach (var visitor in visitors) visitor.ExpectNoTrouble();
        }
        finally
        {
            foreach (var visitor in visitors) await visitor.DisposeAsync();
        }
    }

    [Fact]
    public async Task Chip_Focused_LightsTheDotsOfItsGroup()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        var answer = await visitor.HearAsync("Point to the strawberries.");
        Assert.DoesNotContain('<', answer.Words);

        var chip = visitor.Answer.GetByRole(AriaRole.Button).First;
        await chip.FocusAsync();

        await Expect(chip).ToBeFocusedAsync();
        await Expect(visitor.Page.Locator("[data-testid=point].lit")).ToHaveCountAsync(answer.Points.Length);
        visitor.ExpectNoTrouble();
    }
}
