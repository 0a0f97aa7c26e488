using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>A server with two checkpoints: compared on one photo, voted on and ranked under their names.</summary>
public sealed class SecondCheckpointTests(Site site)
{
    private const string Second = "other-tiny";

    [Fact]
    public async Task Compare_TwoCheckpoints_NamesThemInDotsVoteAndRanking()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(compare: Other(folder));
        await using var visitor = await site.VisitAsync(server);
        var page = visitor.Page;
        await visitor.OpenAsync("/compare");
        var (a, b) = (page.GetByTestId("checkpoint-A"), page.GetByTestId("checkpoint-B"));
        // The page is there before the second is, and offers it by itself when it comes.
        await Expect(b).ToHaveValueAsync(Second);
        await Expect(a).ToHaveValueAsync("");
        await Expect(a.Locator("option")).ToHaveTextAsync(["molmo-tiny", Second]);
        await Expect(page.GetByTestId("checkpoints")).ToHaveCountAsync(0);
        await Expect(page.GetByRole(AriaRole.Group, new PageGetByRoleOptions { Name = "B", Exact = true })
            .GetByLabel("Model checkpoint"))
            .ToHaveValueAsync(Second);

        await page.GetByTestId("compare-sample").Nth(1).ClickAsync();
        await Expect(visitor.Photo).ToBeVisibleAsync();
        await page.GetByTestId("run").ClickAsync();
        await Expect(page.GetByTestId("vote-B")).ToHaveTextAsync($"B ({Second}) is better");
        await Expect(page.GetByTestId("vote-A")).ToHaveTextAsync("A (molmo-tiny) is better");
        await Expect(page.GetByTestId("first").Locator("h2")).ToHaveTextAsync("A (molmo-tiny)");
        await Expect(page.GetByTestId("second").Locator("h2")).ToHaveTextAsync($"B ({Second})");
        await Expect(page.GetByTestId("second").Locator(".mono")).ToContainTextAsync($"{Second} ");
        await Expect(page.Locator(".legend")).ToContainTextAsync($"Only B ({Second})");
        await Expect(page.Locator("[data-diff=second]")).ToHaveCountAsync(int.Parse(
            await page.GetByTestId("only-second").InnerTextAsync(), System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(0, await Geometry.OverflowAsync(page));
        await page.SetViewportSizeAsync(360, 740);
        Assert.Equal(0, await Geometry.OverflowAsync(page));
        Assert.True(await page.EvaluateAsync<bool>(
            "[...document.querySelectorAll('.vote button')].every(button => button.scrollWidth <= button.clientWidth)"),
            "A name does not fit into its button.");

        await page.GetByTestId("vote-B").ClickAsync();
        await Expect(page.GetByTestId("voted")).ToContainTextAsync("counts in the ranking");
        await visitor.OpenAsync("/leaderboard");
        await Expect(page.GetByTestId("standing")).ToHaveCountAsync(2);
        await Expect(page.GetByTestId("standing").First).ToContainTextAsync(Second);
        await Expect(page.GetByTestId("standing").Last).ToContainTextAsync("molmo-tiny");
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Compare_SecondNotThere_SaysSoAndComparesWithTheFirst()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(compare: Path.Combine(folder.Path, "nowhere"));
        await using var visitor = await site.VisitAsync(server);
        var page = visitor.Page;
        await visitor.OpenAsync("/compare?sample=scene-08.jpg");
        await Expect(page.GetByTestId("checkpoints")).ToHaveTextAsync("The second checkpoint, nowhere, "
            + "could not be loaded; the server's log says why. Both sides ask molmo-tiny.");
        await Expect(page.GetByTestId("checkpoint-A")).ToHaveCountAsync(0);
        await Expect(visitor.Photo).ToBeVisibleAsync();
        await page.GetByTestId("temperature-B").FillAsync("0.1");
        await page.GetByTestId("run").ClickAsync();
        await Expect(page.GetByTestId("vote-A")).ToHaveTextAsync("A is better");
        Assert.Contains("nowhere is left out", server.Log, StringComparison.Ordinal);
        visitor.ExpectNoTrouble();
    }

    /// <summary>
    /// The tiny model under another name, with two digits of its tokenizer in each other's place: its dots are
    /// elsewhere.
    /// </summary>
    private static string Other(TemporaryFolder parent)
    {
        var folder = Directory.CreateDirectory(Path.Combine(parent.Path, Second)).FullName;
        foreach (var file in Directory.EnumerateFiles(TestData.TinyModel))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        var tokenizer = Path.Combine(folder, "tokenizer.json");
        var swapped = File.ReadAllText(tokenizer).Replace("\"3\": 51", "\"3\": 56", StringComparison.Ordinal)
            .Replace("\"8\": 56", "\"8\": 51", StringComparison.Ordinal);
        File.Delete(tokenizer);
        File.WriteAllText(tokenizer, swapped);
        return folder;
    }
}
