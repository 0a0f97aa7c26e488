using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>Conversations: versions, the list of chats, comparisons, and chats that leave no trace.</summary>
public sealed class TalkTests(Site site)
{
    private const string Scene = "scene-08.jpg";

    [Fact]
    public async Task Conversation_EditedAndAskedAgain_KeepsVersionsAndIsFoundRenamedAndDeleted()
    {
        await using var visitor = await site.VisitAsync();
        var page = visitor.Page;
        await visitor.OpenWithPhotoAsync(Photos.Sample(Scene));
        var first = await visitor.HearAsync("Point to the strawberries.");

        // The up key in the empty box edits; Escape gives the box back.
        await visitor.Composer.PressAsync("ArrowUp");
        await Expect(visitor.Composer).ToHaveValueAsync("Point to the strawberries.");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.GetByTestId("editing")).ToHaveCountAsync(0);
        await Expect(visitor.Composer).ToHaveValueAsync("");

        await visitor.Composer.PressAsync("ArrowUp");
        await Expect(visitor.Composer).ToHaveValueAsync("Point to the strawberries.");
        await visitor.Composer.FillAsync("How many strawberries are there?");
        await visitor.Composer.PressAsync("Enter");
        await Expect(page.GetByTestId("version")).ToHaveTextAsync("2 / 2");
        await visitor.ExpectStateAsync("done");
        await Expect(page.GetByTestId("answer")).ToHaveCountAsync(1);
        Assert.Contains("total", (await visitor.SeeAsync()).Words, StringComparison.Ordinal);
        await Expect(visitor.Photo).ToBeVisibleAsync();

        await page.GetByTestId("version-before").PressAsync("Enter");
        await Expect(page.GetByTestId("version")).ToHaveTextAsync("1 / 2");
        await Expect(page).ToHaveURLAsync(new Regex(@"\?branch="));
        Assert.Equal(first.Points, (await visitor.SeeAsync()).Points);
        await page.ReloadAsync();
        await Expect(page.GetByTestId("version")).ToHaveTextAsync("1 / 2");
        await visitor.ExpectStateAsync("done");
        Assert.Equal(first.Words, (await visitor.SeeAsync()).Words);

        // The list of chats, by keyboard and search.
        await visitor.OpenHistoryAsync();
        var entries = page.GetByTestId("history-entry");
        await Expect(entries).ToHaveCountAsync(1);
        await page.GetByTestId("history-search").FillAsync("nowhere");
        await Expect(entries).ToHaveCountAsync(0);
        await page.GetByTestId("history-search").FillAsync("total");
        await Expect(entries).ToHaveCountAsync(1);
        await page.GetByTestId("rename").ClickAsync();
        await page.GetByTestId("rename-title").FillAsync("My berries");
        await page.GetByTestId("rename-title").PressAsync("Enter");
        await Expect(page.Locator("header h1")).ToHaveTextAsync("My berries");
        await page.GetByTestId("history-search").FillAsync("");
        await page.GetByTestId("delete").ClickAsync();
        await page.GetByTestId("delete-confirm").ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("^https?://[^/]+/$"));
        await Expect(visitor.Photo).ToHaveCountAsync(0);
        await visitor.OpenHistoryAsync();
        await Expect(page.Locator("#history")).ToContainTextAsync("Nothing yet");
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Compare_TwoQuestionsBlind_DrawsTheDiffAndCountsTheVote()
    {
        await using var visitor = await site.VisitAsync();
        var page = visitor.Page;
        await visitor.OpenAsync("/compare");
        await page.GetByTestId("compare-sample").Nth(1).ClickAsync();
        await Expect(visitor.Photo).ToBeVisibleAsync();
        await page.GetByTestId("question-A").FillAsync("Point to the strawberries.");
        await page.GetByTestId("question-B").FillAsync("Point to the lemons.");
        await page.GetByTestId("temperature-B").FillAsync("0.1");
        await page.GetByTestId("blind").CheckAsync();
        await page.GetByTestId("run").ClickAsync();
        await Expect(page.GetByTestId("vote-A")).ToBeVisibleAsync();
        await Expect(page.GetByTestId("matched")).ToHaveTextAsync("0");
        await Expect(page.Locator("[data-diff=first]")).ToHaveCountAsync(
            int.Parse(await page.GetByTestId("only-first").InnerTextAsync(), CultureInfo.InvariantCulture));
        await Expect(page.Locator("[data-diff=second]")).Not.ToHaveCountAsync(0);
        await Expect(page.GetByTestId("first").Locator("h2")).ToHaveTextAsync("First");
        Assert.Equal(0, await Geometry.OverflowAsync(page));
        await page.GetByTestId("vote-A").ClickAsync();
        await Expect(page.GetByTestId("first").Locator("h2")).ToHaveTextAsync(new Regex("^[AB]$"));
        await Expect(page.GetByTestId("voted")).ToContainTextAsync("counts in the ranking");

        await visitor.OpenAsync("/leaderboard");
        await Expect(page.GetByTestId("standing").First).ToContainTextAsync("molmo-tiny");
        foreach (var (width, textPercent) in ((int, int)[])[
            (320, 100), (720, 100), (760, 100), (640, 200), (1280, 200), (1280, 100)])
        {
            await page.SetViewportSizeAsync(width, 800);
            await page.EvaluateAsync("percent => document.documentElement.style.fontSize = `${percent}%`", textPercent);
            Assert.True(await Geometry.OverflowAsync(page) <= 0,
                $"The ranking has to be scrolled sideways, {width} px wide with text of {textPercent} %.");
        }
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Compare_TheSameWayTwice_SaysThatThereIsNothingToVoteOnAndTakesNoVote()
    {
        await using var visitor = await site.VisitAsync();
        var page = visitor.Page;
        await visitor.OpenAsync("/compare");
        await page.GetByTestId("compare-sample").Nth(1).ClickAsync();
        await Expect(visitor.Photo).ToBeVisibleAsync();
        await page.GetByTestId("question-A").FillAsync("Point to the strawberries.");
        await page.GetByTestId("question-B").FillAsync("Point to the strawberries.");
        await page.GetByTestId("run").ClickAsync();

        await Expect(page.GetByTestId("unvotable")).ToContainTextAsync("nothing to vote on");
        await Expect(page.Locator("[data-testid^=vote-]")).ToHaveCountAsync(0);
        // Green is a person's word; what both found looks like any dot, and a chip claims no colour of its own.
        var colours = await page.EvaluateAsync<string[]>(
            """
            () => [...document.querySelectorAll('[data-diff=matched] > .mark')].map(e => getComputedStyle(e))
                .map(style => style.getPropertyValue('--c'))
            """);
        Assert.NotEmpty(colours);
        Assert.Single(colours.Distinct(), await page.EvaluateAsync<string>(
            "() => getComputedStyle(document.querySelector('.legend .mark')).getPropertyValue('--c')"));
        await Expect(page.Locator(".legend .g4, [data-testid=diff] .g4")).ToHaveCountAsync(0);
        await Expect(page.Locator(".result [data-chip] .mark:visible")).ToHaveCountAsync(0);
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Private_Chat_AnswersLastsAReloadAndIsGoneWithoutTrace()
    {
        using var data = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(data.Path);
        await using var visitor = await site.VisitAsync(server);
        var page = visitor.Page;
        await visitor.OpenAsync();
        await page.GetByTestId("leave-no-trace").ClickAsync();
        await Expect(page.GetByTestId("private")).ToBeVisibleAsync();
        await visitor.UploadAsync(Photos.Sample(Scene));
        await Expect(visitor.Photo).ToBeVisibleAsync();
        var answer = await visitor.HearAsync("Point to the strawberries, okapi.");
        Assert.NotEmpty(answer.Points);
        await Expect(page.GetByTestId("share")).ToHaveCountAsync(0);
        Assert.Equal("Molmo", await page.TitleAsync());
        var bytes = await page.EvaluateAsync<int[]>("async () => [...new Uint8Array(await (await "
            + "fetch(document.querySelector('[data-testid=photo]').src)).arrayBuffer())].slice(5000, 5064)");

        await page.ReloadAsync();
        await visitor.ExpectStateAsync("done");
        await Expect(visitor.Points).ToHaveCountAsync(answer.Points.Length);
        var address = page.Url;
        // The circuit puts new elements in place of those of the first paint; a click on one that goes in the middle of
        // it is none.
        await Expect(page.Locator("html[data-connected]")).ToHaveCountAsync(1);
        await page.GetByTestId("end-private").ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("^https?://[^/]+/$"));
        await visitor.OpenAsync(address);
        await Expect(visitor.Error).ToContainTextAsync("private chat has ended");
        visitor.ExpectNoTrouble();

        await server.KillAsync();
        byte[][] traces = [Encoding.UTF8.GetBytes("okapi"), [.. bytes.Select(b => (byte)b)],
            Encoding.UTF8.GetBytes(new Uri(address).Segments[^1])];
        foreach (var file in Directory.EnumerateFiles(data.Path, "*", SearchOption.AllDirectories))
        {
            var content = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            Assert.All(traces, trace => Assert.True(content.AsSpan().IndexOf(trace) < 0, file));
        }
    }
}
