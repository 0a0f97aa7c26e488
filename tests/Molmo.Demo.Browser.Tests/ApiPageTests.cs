using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;

namespace Molmo.Demo.Browser.Tests;

public sealed class ApiPageTests(Site site)
{
    [Fact]
    public async Task Page_PhotoAndWord_ShowsTheReplyOfEachTask()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenAsync("/api");
        var page = visitor.Page;
        var reply = page.GetByTestId("api-reply");
        await page.GetByTestId("api-photo").SetInputFilesAsync(Path.Combine(TestData.Samples, "scene-08.jpg"));
        await page.GetByTestId("api-words").FillAsync("strawberries");

        await page.GetByTestId("api-send").ClickAsync();
        await Assertions.Expect(reply).ToContainTextAsync("\"count\": ");
        await Assertions.Expect(page.GetByTestId("api-status")).ToContainTextAsync("200");
        var points = await page.EvaluateAsync<int>(
            "() => JSON.parse(document.querySelector('[data-reply]').textContent).points.length");
        Assert.True(points > 1);
        await Assertions.Expect(page.Locator("[data-marks] > i")).ToHaveCountAsync(points);

        await page.GetByLabel("Chat", new PageGetByLabelOptions { Exact = true }).CheckAsync();
        await page.GetByTestId("api-words").FillAsync("How many strawberries are there?");
        await page.GetByLabel("As a stream").CheckAsync();
        await page.GetByTestId("api-send").ClickAsync();
        await Assertions.Expect(reply).ToContainTextAsync("data: [DONE]");
        await Assertions.Expect(page.Locator("[data-marks] > i")).ToHaveCountAsync(points);

        await page.GetByTestId("api-photo").SetInputFilesAsync(
            new FilePayload { Name = "a.png", MimeType = "image/png", Buffer = "not a picture"u8.ToArray() });
        await page.GetByTestId("api-send").ClickAsync();
        await Assertions.Expect(reply).ToContainTextAsync("picture_type_unsupported");
        // Here the markup is what is to be seen, and the last reply was a refusal.
        visitor.ExpectNoTrouble(trouble => trouble.StartsWith("Markup on the page", StringComparison.Ordinal)
            || trouble.Contains("415", StringComparison.Ordinal));
    }
}
