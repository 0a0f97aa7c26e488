using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>
/// Rules that a machine can check, on every page and in both themes; what only a person can judge is in the tour of
/// screenshots.
/// </summary>
public sealed class AccessibilityTests(Site site)
{
    private const string Findings =
        """
        async () => {
          const { violations, passes } = await axe.run(document);
          if (passes.length < 5) return ['axe has checked nothing'];
          const place = n => `${n.target.join(' ')} ${n.any.concat(n.all).slice(0, 1).map(c => c.message)}`;
          return violations.filter(v => v.impact === 'serious' || v.impact === 'critical').map(v =>
              `${v.id} (${v.impact}): ${v.help} at ${v.nodes.slice(0, 3).map(place).join(' | ')}`);
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
        await visitor.UploadAsync("notes.txt", "text/plain", "Hello"u8.ToArray());
        await Expect(visitor.Error).ToBeVisibleAsync();
        await visitor.Page.GetByTestId("more").ClickAsync();
        await ExpectNoneAsync(visitor.Page, "error and menu");
        await visitor.Page.GetByTestId("keys-open").ClickAsync();
        await ExpectNoneAsync(visitor.Page, "keys");
        await visitor.Page.Keyboard.PressAsync("Escape");

        await visitor.Page.GotoAsync("/kiosk");
        await ExpectNoneAsync(visitor.Page, "kiosk");
        await visitor.OpenAsync("/?sample=scene-08.jpg");
        await Expect(visitor.Page.GetByTestId("run-stored")).ToBeEnabledAsync();
        await ExpectNoneAsync(visitor.Page, "stored answer");
        await visitor.OpenAsync();

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

        await visitor.ExpectRestAsync();
        await visitor.ShowDetailsAsync();
        await Expect(visitor.Answer.GetByTestId("details")).ToBeVisibleAsync();
        await visitor.Page.GetByTestId("how-to-ask").ClickAsync();
        await ExpectNoneAsync(visitor.Page, "details and how to ask");
        await visitor.Page.Keyboard.PressAsync("Escape");
        await visitor.Page.GetByTestId("points-open").ClickAsync();
        await ExpectNoneAsync(visitor.Page, "points");
        await visitor.Page.Keyboard.PressAsync("Escape");
        await visitor.OpenHistoryAsync();
        await Expect(visitor.Page.GetByTestId("history-entry")).ToHaveCountAsync(1);
        await ExpectNoneAsync(visitor.Page, "history");
        await visitor.Page.Keyboard.PressAsync("Escape");

        await visitor.Page.GetByTestId("share").ClickAsync();
        await Expect(visitor.Page.GetByTestId("share-create")).ToBeFocusedAsync();
        await ExpectNoneAsync(visitor.Page, "share dialog");
        await visitor.Page.Keyboard.PressAsync("Escape");
        var shared = await visitor.ShareAsync();
        await visitor.Page.GetByTestId("share-embed").ClickAsync();
        await Expect(visitor.Page.GetByTestId("embed-code")).ToBeVisibleAsync();
        await ExpectNoneAsync(visitor.Page, "share dialog with a link");
        await visitor.Page.GetByTestId("share-live").ClickAsync();
        await visitor.Page.GetByTestId("live-start").ClickAsync();
        var live = (await visitor.Page.GetByTestId("live-link").GetAttributeAsync("href"))!;
        await visitor.Page.GetByTestId("blur").ClickAsync();
        await ExpectNoneAsync(visitor.Page, "blur");

        string[] others = [shared, shared.Replace("/s/", "/embed/", StringComparison.Ordinal), live, "/compare",
            "/leaderboard", "/api", "/private", "/nothing/here", "/admin"];
        foreach (var address in others)
        {
            await visitor.Page.GotoAsync(address);
            await ExpectNoneAsync(visitor.Page, address);
        }
        await visitor.Page.GetByLabel("Admin key").FillAsync(ServerProcess.AdminKey);
        await visitor.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Open", Exact = true })
            .ClickAsync();
        await Expect(visitor.Page.GetByTestId("link").First).ToBeVisibleAsync();
        await ExpectNoneAsync(visitor.Page, "admin");
    }

    /// <summary>Nothing serious or critical on the page as it is.</summary>
    internal static async Task ExpectNoneAsync(IPage page, string what)
    {
        if (!await page.EvaluateAsync<bool>("() => 'axe' in window")) await Packages.RunAsync(page, Packages.Axe);
        var findings = await page.EvaluateAsync<JsonElement>(Findings);
        Assert.True(findings.GetArrayLength() == 0, $"{what}: {string.Join('\n', findings.EnumerateArray())}");
    }
}
