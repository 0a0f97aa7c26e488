using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>What the page says of a model that knows few things, and of counts that nobody has checked.</summary>
public sealed class HonestTests(Site site)
{
    [Fact]
    public async Task Chat_OnThePracticeModel_SaysSoAndNamesWhatItKnows()
    {
        await using var visitor = await site.VisitAsync();
        var page = visitor.Page;
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-07.png"));
        await visitor.HearAsync("How many dogs are there?");
        var line = page.GetByTestId("practice");
        await Expect(line).ToContainTextAsync(
            $"Practice model. It knows {TestData.TinyThings} things, most of them drawn. "
                + "Photos need real Molmo weights.");
        var card = page.GetByTestId("model-card");
        await Expect(card).ToBeHiddenAsync();
        await line.GetByRole(AriaRole.Button).ClickAsync();
        await Expect(card).ToBeVisibleAsync();
        await Expect(card).ToContainTextAsync(new Regex("molmo-tiny [0-9a-f]{8}"));
        await card.Locator("summary").ClickAsync();
        await Expect(card).ToContainTextAsync("yellow triangles");
        await page.Keyboard.PressAsync("Escape");
        await Expect(card).ToBeHiddenAsync();

        // A number that only the model has given is neither right nor wrong: no green, and no tick.
        var agreement = visitor.Answer.GetByTestId("agreement");
        await Expect(agreement).ToHaveTextAsync(new Regex("^[2-9] dots match the text. Not checked yet.$"));
        var colours = await agreement.EvaluateAsync<string[]>(
            "note => ['--mud-palette-success', '--mud-palette-text-secondary'].map(name => { const probe = "
                + "document.createElement('i'); probe.style.color = `var(${name})`; note.append(probe); const colour = "
                + "getComputedStyle(probe).color; probe.remove(); return colour; })"
                + ".concat(getComputedStyle(note).color)");
        Assert.NotEqual(colours[0], colours[2]);
        Assert.Equal(colours[1], colours[2]);
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Answer_AboutAThingItDoesNotKnow_IsSaidToBeAGuessAlsoAfterAReload()
    {
        var note = $"“Fire hydrants” is not one of the {TestData.TinyThings} things this model knows, "
            + "so this is a guess.";
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-07.png"));
        await visitor.HearAsync("How many fire hydrants are there?");
        await Expect(visitor.Answer).ToContainTextAsync(note);
        await visitor.Page.ReloadAsync();
        await Expect(visitor.Answer).ToContainTextAsync(note);
        await visitor.HearAsync("How many DOGS are there?");
        await Expect(visitor.Page.GetByText("so this is a guess")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task Entry_OfACheckedAnswer_SaysWhatThePersonFound()
    {
        await using var visitor =
            await site.VisitAsync(options: new BrowserNewContextOptions { ReducedMotion = ReducedMotion.Reduce });
        var page = visitor.Page;
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-07.png"));
        await visitor.HearAsync("How many dogs are there?");
        await new Viewer(page).Frame.FocusAsync();
        await page.Keyboard.PressAsync("a");
        var progress = page.GetByTestId("audit-progress");
        await Expect(progress).ToHaveTextAsync(new Regex("^1 of [2-9]$"));
        var found = int.Parse((await progress.InnerTextAsync())["1 of ".Length..], CultureInfo.InvariantCulture);
        for (var dot = 1; dot < found; dot++) await page.Keyboard.PressAsync("y");
        await page.Keyboard.PressAsync("x");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.GetByTestId("audit")).ToContainTextAsync("1 wrong");
        await page.ReloadAsync();
        await Expect(visitor.Answer.GetByTestId("agreement")).ToHaveCountAsync(0);
        await visitor.OpenHistoryAsync();
        await Expect(page.GetByTestId("entry-claim").First).ToHaveTextAsync(new Regex($"^{found - 1} dogs?, checked$"));
    }
}
