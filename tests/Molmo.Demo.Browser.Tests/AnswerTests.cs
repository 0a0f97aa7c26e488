using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>An answer as a number, crops and dots: what belongs together looks alike, and nothing jumps.</summary>
public sealed class AnswerTests(Site site)
{
    private const string Squares =
        " I see <points x1=\"30\" y1=\"60\" x2=\"55\" y2=\"62\" alt=\"squares\">squares</points> and "
            + "<point x=\"88.9\" y=\"75.7\" alt=\"low strawberry\">low strawberry</point>.";

    /// <summary>Sums layout shifts from now on, those soon after a press included.</summary>
    private const string WatchShifts =
        """
        () => {
          window.shifted = 0;
          new PerformanceObserver(list => { for (const entry of list.getEntries()) window.shifted += entry.value; })
            .observe({ type: 'layout-shift' });
        }
        """;

    [Fact]
    public async Task Answers_AboutOnePhoto_AreShownTogetherInTheirColours()
    {
        await using var visitor = await site.VisitAsync();
        var page = visitor.Page;
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        await Expect(visitor.Answer.GetByTestId("figure")).ToHaveTextAsync("8 strawberries");
        await visitor.HearAsync(site.Server.Recordings.Keep(Squares));

        // The newest is open; the other is settled.
        await Expect(visitor.Answer.GetByTestId("figure")).ToHaveTextAsync("2 squares, 1 low strawberry");
        Assert.Equal(["g2 square", "g2 square", "g3 diamond"], await LooksAsync(visitor.Points));
        var first = page.GetByTestId("answer").First;
        await Expect(first.GetByTestId("lens")).ToHaveCountAsync(0);
        await Expect(first.Locator(".words")).ToBeHiddenAsync();

        await first.GetByTestId("show-too").ClickAsync();
        await Expect(visitor.Points).ToHaveCountAsync(11);
        await Expect(first.GetByTestId("answer-place")).ToHaveTextAsync("Shown too");
        await Expect(page.GetByTestId("legend")).ToHaveTextAsync(["strawberries 8", "squares 2", "low strawberry 1"]);
        Assert.Equal(8, (await LooksAsync(visitor.Points)).Count(look => look == "g1 circle"));
        Assert.All(await Geometry.DotErrorsAsync(page), error => Assert.InRange(error, 0, 1));

        // A crop lights its dot alone, a chip all of its group, a dot its crop and chip.
        var lit = page.Locator("[data-testid=point].lit");
        await visitor.Answer.GetByTestId("lens").Nth(2).HoverAsync();
        await Expect(lit).ToHaveCountAsync(1);
        await Expect(lit).ToHaveAttributeAsync("data-name", "low strawberry");
        await visitor.Answer.Locator("[data-chip='0']").HoverAsync();
        await Expect(lit).ToHaveCountAsync(2);
        await page.Locator("[data-testid=point][data-name=squares]").Nth(1).HoverAsync();
        await Expect(page.Locator("[data-testid=lens].lit")).ToHaveAttributeAsync("data-n", "2");
        await Expect(page.Locator(".chip.lit")).ToHaveAttributeAsync("data-chip", "0");

        // One group hides without the others, whichever answer it is of.
        await page.GetByTestId("legend").First.ClickAsync();
        await Expect(page.Locator("[data-testid=point][data-off]")).ToHaveCountAsync(8);
        await page.GetByTestId("legend").First.ClickAsync();

        // Opened again it is alone on the photo and looks as it did.
        await first.GetByTestId("open-answer").ClickAsync();
        await Expect(first.GetByTestId("lens")).ToHaveCountAsync(8);
        await Expect(visitor.Points).ToHaveCountAsync(8);
        Assert.All(await LooksAsync(visitor.Points), look => Assert.Equal("g1 circle", look));
        visitor.ExpectNoTrouble();
    }

    [Theory]
    [InlineData(ReducedMotion.NoPreference)]
    [InlineData(ReducedMotion.Reduce)]
    public async Task Dots_ThatComeTogether_LandOneAfterTheOther(ReducedMotion motion)
    {
        await using var visitor =
            await site.VisitAsync(options: new BrowserNewContextOptions { ReducedMotion = motion });
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries, length: 400, ms: 0));

        var after = await visitor.Page.EvaluateAsync<double[]>(
            "() => [...document.querySelectorAll('[data-testid=point][data-landing]')]"
                + ".map(dot => parseFloat(dot.style.getPropertyValue('--after')))");

        if (motion == ReducedMotion.Reduce)
        {
            Assert.Empty(after);
            return;
        }
        Assert.Equal(8, after.Length);
        Assert.All(after.Zip(after.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 70, 90));
        Assert.InRange(after[^1], 0, 900);
        // They have landed: a look at it again does not make them fall again.
        await visitor.Page.ReloadAsync();
        await Expect(visitor.Points).ToHaveCountAsync(8);
        await Expect(visitor.Page.Locator("html[data-connected]")).ToHaveCountAsync(1);
        await Expect(visitor.Page.Locator("[data-landing]")).ToHaveCountAsync(0);
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Send_OneQuestionAfterAnother_MovesNextToNothing()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        foreach (var text in new[] { Recordings.Strawberries, Squares })
        {
            await visitor.Page.EvaluateAsync(WatchShifts);
            await visitor.AskAsync(site.Server.Recordings.Keep(text));
            await visitor.Page.WaitForTimeoutAsync(500);
            // The whole answer comes within that time: a word that wraps moves what is below it by a line.
            Assert.InRange(await visitor.Page.EvaluateAsync<double>("() => window.shifted"), 0, 0.05);
            await visitor.ExpectStateAsync("done");
        }
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Answer_OnAPhone_KeepsPhotoNumberAndNextStepInSight()
    {
        await using var visitor = await site.VisitAsync(options: new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = 390, Height = 844 },
            HasTouch = true,
            IsMobile = true,
        });
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        await visitor.ExpectRestAsync();

        foreach (var part in new[] { "photo", "figure", "check-count" })
            await Expect(visitor.Page.GetByTestId(part))
                .ToBeInViewportAsync(new LocatorAssertionsToBeInViewportOptions { Ratio = 1 });
        Assert.InRange((await visitor.Photo.BoundingBoxAsync())!.Height, 200, 0.39 * 844 + 1);
        var reach = (await visitor.Points.First.BoundingBoxAsync())!;
        Assert.Equal((44, 44), (reach.Width, reach.Height));
        visitor.ExpectNoTrouble();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Idea_PressedByPointerOrKey_IsAskedOnce(bool byKey)
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        var ideas = visitor.Page.GetByTestId("idea");
        var question = await ideas.First.InnerTextAsync();

        if (byKey) await ideas.First.PressAsync("Enter");
        else await ideas.First.ClickAsync();

        await Expect(visitor.Page.GetByTestId("question")).ToHaveTextAsync(question);
        await visitor.ExpectStateAsync("done");
        await Expect(ideas).Not.ToHaveCountAsync(0);
        await Expect(ideas.Filter(new LocatorFilterOptions { HasTextString = question })).ToHaveCountAsync(0);
        visitor.ExpectNoTrouble();
    }

    private static Task<string[]> LooksAsync(ILocator dots) => dots.EvaluateAllAsync<string[]>(
        "dots => dots.map(dot => dot.className.split(' ').filter(name => !['dot', 'lit'].includes(name)).join(' '))");
}
