using System.Text.Json;
using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>Rules that a machine can check, on every page and in both themes; what only a person can judge is in the tour of screenshots.</summary>
public sealed class AccessibilityTests(Site site)
{
    private const string Findings =
        """
        async () => {
          const { violations, passes } = await axe.run(document);
          if (passes.length < 5) return ['axe has checked nothing'];
          return violations.filter(v => v.impact === 'serious' || v.impact === 'critical').map(v => `${v.id} (${v.impact}): ${v.help} at ${v.nodes.slice(0, 3).map(n => `${n.target.join(' ')} ${n.any.concat(n.all).slice(0, 1).map(c => c.message)}`).join(' | ')}`);
        }
        """;

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 390)]
    public async Task Pages_HaveNoSeriousFinding(ColorScheme scheme, int width)
    {
        await using var visitor = await site.VisitAsync(options: new BrowserNewContextOptions
        {
            ColorScheme = scheme,
            ViewportSize = new ViewportSize { Width = width, Height = 844 },
            ReducedMotion = ReducedMotion.Reduce,
        });
        await visitor.OpenAsync();
        await Expect(visitor.Composer).ToBeVisibleAsync();
        await ExpectNoneAsync(visitor.Page, "start");

        await visitor.UploadAsync(Photos.Sample("scene-08.jpg"));
        await Expect(visitor.Photo).ToBeVisibleAsync();
        await ExpectNoneAsync(visitor.Page, "photo");
        var held = site.Server.Recordings.Hold();
        await visitor.AskHalfAsync(held);
        await ExpectNoneAsync(visitor.Page, "streaming");
        held.LetGo();
        await visitor.ExpectStateAsync("done");
        await visitor.HearAsync("How many strawberries are there?");
        await visitor.Points.First.FocusAsync();
        await Expect(visitor.Page.GetByTestId("point-tooltip")).ToBeVisibleAsync();
        await ExpectNoneAsync(visitor.Page, "answer");
        await visitor.Page.Keyboard.PressAsync("a");
        await Expect(visitor.Page.GetByTestId("audit-bar")).ToBeVisibleAsync();
        await visitor.Page.Keyboard.PressAsync("y");
        await Expect(visitor.Page.Locator("[data-verdict=right]")).ToHaveCountAsync(1);
        await ExpectNoneAsync(visitor.Page, "audit");
        await visitor.Page.Keyboard.PressAsync("m");
        await ExpectNoneAsync(visitor.Page, "missed point");
        await visitor.Page.Keyboard.PressAsync("Escape");
        await visitor.Page.Keyboard.PressAsync("Escape");
        await Expect(visitor.Page.GetByTestId("audit-bar")).ToHaveCountAsync(0);

        await visitor.Page.GetByTestId("share").ClickAsync();
        var link = visitor.Page.GetByTestId("share-link");
        await Expect(link).ToBeVisibleAsync();
        await ExpectNoneAsync(visitor.Page, "share dialog");
        await visitor.Page.GotoAsync((await link.GetAttributeAsync("href"))!);
        await ExpectNoneAsync(visitor.Page, "shared page");
        await visitor.Page.GotoAsync("/nothing/here");
        await ExpectNoneAsync(visitor.Page, "unknown address");
    }

    private static async Task ExpectNoneAsync(IPage page, string what)
    {
        if (!await page.EvaluateAsync<bool>("() => 'axe' in window")) await Packages.LoadAsync(page, Packages.Axe);
        var findings = await page.EvaluateAsync<JsonElement>(Findings);
        Assert.True(findings.GetArrayLength() == 0, $"{what}: {string.Join('\n', findings.EnumerateArray())}");
    }
}
