using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>How a question is asked, and what the answer tells of its making.</summary>
public sealed class ModesTests(Site site)
{
    [Fact]
    public async Task HowToAsk_ChosenAndUndone_IsInTheStampOfEachAnswer()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        var page = visitor.Page;
        var asked = page.GetByTestId("asked");
        await Expect(asked).ToHaveCountAsync(0);

        // By keyboard: open, take the document, close; the rest by pointer.
        await page.GetByTestId("how-to-ask").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.GetByTestId("crops-photo").FocusAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        await Expect(asked).ToHaveTextAsync("Document, up to 36 crops");
        await page.Keyboard.PressAsync("ArrowUp");
        await Expect(asked).ToHaveCountAsync(0);
        await page.GetByTestId("style").SelectOptionAsync("vqa2");
        await page.GetByTestId("temperature").FillAsync("0.8");
        await page.GetByTestId("temperature").PressAsync("Tab");
        await page.GetByTestId("seed").FillAsync("7");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.GetByTestId("seed")).ToBeHiddenAsync();
        await Expect(asked).ToHaveTextAsync("vqa2: · temperature 0.8, seed 7");

        await visitor.HearAsync("How many strawberries are there?");
        var first = await DocumentAsync(visitor);
        Assert.Equal(("vqa2", 1, 0.8, 7), Stamp(first));
        await Expect(visitor.Answer.Locator(".words")).ToBeHiddenAsync();
        Assert.Equal(first.GetProperty("text").GetString(), await RawAsync(visitor));

        await page.GetByTestId("ask-plainly").ClickAsync();
        await Expect(asked).ToHaveCountAsync(0);
        var plain = await visitor.HearAsync("How many strawberries are there?");
        await Expect(visitor.Answer.GetByTestId("agreement"))
            .ToHaveTextAsync($"{plain.Points.Length} dots match the text. Not checked yet.");
        var second = await DocumentAsync(visitor);
        Assert.Equal(
            (null, 1, 0), Stamp(second) is var (style, crops, temperature, _) ? (style, crops, temperature) : default);
        Assert.Equal(plain.Points.Length, second.GetProperty("pointCount").GetInt32());
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task ConversationFull_BothWaysOut_KeepTheWords()
    {
        using var model = new TemporaryFolder();
        // A checkpoint that takes earlier turns along and reads so few tokens that the third question does not fit.
        foreach (var file
            in Directory.EnumerateFiles(TestData.TinyModel).Where(file => Path.GetFileName(file) != "knows.json"))
            File.Copy(file, Path.Combine(model.Path, Path.GetFileName(file)));
        var config = Path.Combine(model.Path, "config.json");
        var narrow = (await File.ReadAllTextAsync(config, TestContext.Current.CancellationToken))
            .Replace("4096", "256", StringComparison.Ordinal);
        File.Delete(config);
        await File.WriteAllTextAsync(config, narrow, TestContext.Current.CancellationToken);
        await using var server = await ServerProcess.StartAsync(model: model.Path);
        await using var visitor = await site.VisitAsync(server);
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));

        const string question = "How many strawberries are there?";
        for (var answers = 0; await visitor.Page.GetByTestId("without-oldest").CountAsync() == 0; answers++)
        {
            Assert.InRange(answers, 0, 5);
            await visitor.AskAsync(question);
            await Expect(visitor.Page.GetByTestId("answer").Nth(answers)
                .And(visitor.Page.Locator("[data-state=done]")).Or(visitor.Page.GetByTestId("without-oldest")))
                .ToBeVisibleAsync();
        }
        await Expect(visitor.Error).ToContainTextAsync("no longer fits");
        await Expect(visitor.Composer).ToHaveValueAsync(question);

        var before = await visitor.Page.GetByTestId("answer").CountAsync();
        await visitor.Page.GetByTestId("without-oldest").ClickAsync();
        await Expect(visitor.Page.GetByTestId("answer")).ToHaveCountAsync(before + 1);
        await visitor.ExpectStateAsync("done");
        await Expect(visitor.Answer).ToContainTextAsync("left out, as agreed");
        await Expect(visitor.Composer).ToHaveValueAsync("");

        await visitor.AskAsync("And now?");
        await visitor.Page.GetByTestId("fresh").ClickAsync();
        await Expect(visitor.Photo).ToBeVisibleAsync();
        await Expect(visitor.Page.GetByTestId("answer")).ToHaveCountAsync(0);
        await Expect(visitor.Composer).ToHaveValueAsync("And now?");
        await visitor.Send.ClickAsync();
        await visitor.ExpectStateAsync("done");
    }

    /// <summary>The newest answer as JSON, as its view shows it.</summary>
    private static async Task<JsonElement> DocumentAsync(Visitor visitor)
    {
        await visitor.ExpectRestAsync();
        await visitor.ShowDetailsAsync();
        await Expect(visitor.Answer.GetByTestId("details")).ToContainTextAsync("molmo-tiny");
        await visitor.Answer.GetByTestId("view-json").CheckAsync(new LocatorCheckOptions { Force = true });
        var json = visitor.Answer.Locator("pre code");
        await Expect(json).ToContainTextAsync("\"scale\": 100");
        return JsonDocument.Parse((await json.TextContentAsync())!).RootElement;
    }

    private static async Task<string?> RawAsync(Visitor visitor)
    {
        await visitor.Answer.GetByTestId("view-raw").CheckAsync(new LocatorCheckOptions { Force = true });
        await Expect(visitor.Answer.Locator("pre"))
            .ToHaveAttributeAsync("aria-label", "The answer as the model wrote it");
        return await visitor.Answer.Locator("pre code").TextContentAsync();
    }

    private static (string? Style, int MaxCrops, double Temperature, long Seed) Stamp(JsonElement document)
    {
        var stamp = document.GetProperty("stamp");
        var sampling = stamp.GetProperty("sampling");
        return (stamp.TryGetProperty("style", out var style) ? style.GetString() : null,
            stamp.GetProperty("maxCrops").GetInt32(),
            sampling.GetProperty("temperature").GetDouble(), sampling.GetProperty("seed").GetInt64());
    }
}
