using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>Stored answers of the gallery, and the loop that shows them on a big screen.</summary>
public sealed class GalleryTests(Site site)
{
    [Fact]
    public async Task Card_Clicked_ShowsTheStoredAnswerAndRunningItAgainGivesTheSameDots()
    {
        // The first page has it, without script and without a circuit.
        await using (var reader =
            await site.VisitAsync(options: new BrowserNewContextOptions { JavaScriptEnabled = false }))
        {
            await reader.OpenAsync("/?sample=scene-03.png");
            await Expect(reader.Points).ToHaveCountAsync(4);
            await Expect(reader.Page.GetByTestId("stored-mark")).ToContainTextAsync("Stored answer · molmo-tiny");
        }

        await using var visitor = await site.VisitAsync();
        await visitor.OpenAsync();
        await visitor.Page.Locator("a[href='/?sample=scene-03.png'][data-demo-scene]").ClickAsync();
        await visitor.Page.Locator("[data-demo-try][href='/?sample=scene-03.png']").ClickAsync();
        var stored = visitor.Page.GetByTestId("stored-answer");
        await Expect(stored).ToContainTextAsync("shows a total of 4");
        await Expect(visitor.Points).ToHaveCountAsync(4);
        await Expect(visitor.Page.GetByTestId("answer")).ToHaveCountAsync(0);
        await Expect(visitor.Page.GetByText("How many penguins are there?")).ToHaveCountAsync(1);
        await Expect(visitor.Composer).ToHaveValueAsync("");
        await Expect(visitor.Page.Locator("html[data-connected]")).ToHaveCountAsync(1);
        await Expect(visitor.Photo).ToHaveJSPropertyAsync("complete", true);
        Assert.All(await Geometry.DotErrorsAsync(visitor.Page), error => Assert.InRange(error, 0, 1));
        await stored.GetByRole(AriaRole.Button).First.FocusAsync();
        await Expect(visitor.Page.Locator("[data-testid=point].lit")).ToHaveCountAsync(4);

        await visitor.Page.GetByTestId("run-stored").ClickAsync();
        var verdict = visitor.Page.GetByTestId("run-verdict");
        // On another machine than the one that made it, the sentence begins otherwise.
        await Expect(verdict)
            .ToHaveTextAsync(new Regex("^(Same stamp, |Same model in another setting .*: )same 4 dots\\.$"));
        await Expect(verdict).ToHaveAttributeAsync("data-agrees", "true");
        await Expect(visitor.Page.GetByTestId("answer")).ToHaveCountAsync(1);
        await Expect(visitor.Points).ToHaveCountAsync(4);
        await Expect(visitor.Composer).ToHaveValueAsync("");
        await Expect(visitor.Page).ToHaveURLAsync(new Regex("/c/[^/?]+$"));
        await stored.ClickAsync();
        await Expect(stored).ToHaveAttributeAsync("data-shown", "true");

        // It is no history: a reload finds the answer that was asked for, alone.
        await visitor.Page.ReloadAsync();
        await visitor.ExpectStateAsync("done");
        await Expect(stored).ToHaveCountAsync(0);
        visitor.ExpectNoTrouble();
    }

    private const string Shown =
        """
        () => {
          const all = name => [...document.querySelectorAll(`[data-testid=${name}]`)]
              .filter(e => e.checkVisibility({ visibilityProperty: true }));
          return [String(all('kiosk-dot').length), all('kiosk-count')[0].innerText];
        }
        """;

    [Fact]
    public async Task Kiosk_Alone_ShowsDotsOneByOneAndComesBackFromTheChat()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.Context.Clock.InstallAsync();
        await visitor.OpenAsync("/kiosk?idle=20");
        var scenes = visitor.Page.Locator("[data-testid=kiosk-scene]:visible");
        await Expect(scenes).ToContainTextAsync("How many penguins are there?");
        var seen = new List<int>();
        for (var step = 0; step < 8; step++)
        {
            // In one look: the clock runs on between two.
            var (shown, counted) =
                await visitor.Page.EvaluateAsync<string[]>(Shown) is [var dot, var count] ? (dot, count) : ("", "none");
            Assert.Equal(shown, counted);
            seen.Add(int.Parse(shown, CultureInfo.InvariantCulture));
            await visitor.Page.Clock.RunForAsync(400);
        }
        Assert.Equal(seen.Order(), seen);
        Assert.InRange(seen.Distinct().Count(), 2, 5);
        await visitor.Page.Clock.RunForAsync(9000);
        await Expect(scenes).ToHaveCountAsync(1);
        await Expect(scenes).ToContainTextAsync("Point to the strawberries.");

        var pause = visitor.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Pause" });
        await pause.ClickAsync();
        await visitor.Page.Clock.RunForAsync(60_000);
        await Expect(scenes).ToContainTextAsync("Point to the strawberries.");
        await visitor.Page.Locator("main").EvaluateAsync("() => document.activeElement.blur()");

        await visitor.Page.Keyboard.PressAsync("Enter");
        await Expect(visitor.Page).ToHaveURLAsync(new Regex("/c/[^/?]+\\?private=1&sample=scene-08.jpg&kiosk=20$"));
        await Expect(visitor.Page.GetByTestId("stored-answer")).ToBeVisibleAsync();
        await Expect(visitor.Page.GetByTestId("run-stored")).ToBeEnabledAsync();
        var chat = visitor.Page.Url;
        await visitor.Page.Clock.FastForwardAsync(21_000);
        await Expect(visitor.Page).ToHaveURLAsync(new Regex("/kiosk\\?idle=20$"));
        await Expect(scenes).ToHaveCountAsync(1);
        await visitor.OpenAsync(chat);
        await Expect(visitor.Page.GetByTestId("stored-answer")).ToHaveCountAsync(0);
        visitor.ExpectNoTrouble();
    }
}
