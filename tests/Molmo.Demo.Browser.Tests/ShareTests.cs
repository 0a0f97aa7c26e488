using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using Molmo.Demo.Inference.Imaging;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>A link for a friend: complete without script, gone for good once withdrawn.</summary>
public sealed class ShareTests(Site site)
{
    [Fact]
    public async Task Link_OpenedWithoutScript_ShowsPhotoQuestionAnswerAndDots()
    {
        await using var visitor = await site.VisitAsync();
        var (link, answer) = await ShareAsync(visitor);

        await using var friend =
            await site.VisitAsync(options: new BrowserNewContextOptions { JavaScriptEnabled = false });
        var response = await friend.Page.GotoAsync(link);

        Assert.Equal(200, response!.Status);
        Assert.Contains(
            "noindex", string.Join(
                ' ', response.Headers.Where(header => header.Key == "x-robots-tag").Select(header => header.Value)),
            StringComparison.Ordinal);
        await Expect(friend.Photo).ToBeVisibleAsync();
        await Expect(friend.Page.GetByText("Point to the strawberries.").First).ToBeVisibleAsync();
        await Expect(friend.Points).ToHaveCountAsync(answer.Points.Length);
        Assert.Equal(answer.Points, (await friend.SeeAsync()).Points);
        Assert.All(await Geometry.DotErrorsAsync(friend.Page), error => Assert.InRange(error, 0, 1));
        Assert.Contains(
            "strawberries",
            await friend.Points.First.GetAttributeAsync("title") ?? await friend.Points.First.InnerTextAsync(),
            StringComparison.Ordinal);
        Assert.DoesNotContain("<point", await friend.Page.InnerTextAsync("body"), StringComparison.Ordinal);

        var preview = await friend.Page.Locator("meta[property='og:image']").GetAttributeAsync("content");
        var picture = await friend.Context.APIRequest.GetAsync(preview!);
        Assert.Equal(200, picture.Status);
        Assert.StartsWith("image/", picture.Headers["content-type"], StringComparison.Ordinal);
        visitor.ExpectNoTrouble();
        friend.ExpectNoTrouble();
    }

    [Fact]
    public async Task Dialog_OpenedAndClosed_PublishesNothingUntilItsButton()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync("Point to the strawberries.");
        var page = visitor.Page;

        foreach (var _ in new[] { 1, 2 })
        {
            await page.GetByTestId("share").ClickAsync();
            await Expect(page.GetByTestId("share-create")).ToBeVisibleAsync();
            await Expect(page.GetByTestId("share-link")).ToHaveCountAsync(0);
            await Expect(page.GetByTestId("share-list")).ToHaveCountAsync(0);
            await Expect(page.GetByTestId("share-lifetime")).ToHaveValueAsync("Month");
            await page.Keyboard.PressAsync("Escape");
            await Expect(page.GetByTestId("share-create")).ToHaveCountAsync(0);
        }

        var link = await visitor.ShareAsync();
        await Expect(page.GetByTestId("share-list")).ToContainTextAsync("(1)");
        var end = await page.Locator(".settings time").GetAttributeAsync("datetime");
        var days = DateTimeOffset.Parse(end!, CultureInfo.InvariantCulture) - DateTimeOffset.UtcNow;
        Assert.InRange(days, TimeSpan.FromDays(29.9), TimeSpan.FromDays(30));

        // What is there already is shown as it is.
        await page.Keyboard.PressAsync("Escape");
        await page.GetByTestId("share").ClickAsync();
        await Expect(page.GetByTestId("share-link")).ToHaveAttributeAsync("href", link);
        await Expect(page.GetByTestId("share-create")).ToHaveCountAsync(0);
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Link_OpenedWithoutScript_SaysTheCountAboveThePhotoAndShowsEachThing()
    {
        await using var visitor = await site.VisitAsync();
        var (link, answer) = await ShareAsync(visitor);
        var count = answer.Points.Length;
        await using var friend =
            await site.VisitAsync(options: new BrowserNewContextOptions { JavaScriptEnabled = false });
        await friend.Page.GotoAsync(link);

        var question = await friend.Page.Locator("h1").BoundingBoxAsync();
        var figure = await friend.Page.GetByTestId("figure").BoundingBoxAsync();
        var photo = await friend.Photo.BoundingBoxAsync();
        Assert.True(question!.Y + question.Height <= figure!.Y + 1 && figure.Y + figure.Height <= photo!.Y);
        await Expect(friend.Page.GetByTestId("figure")).ToHaveTextAsync($"{count} strawberries");
        await Expect(friend.Page.GetByTestId("lens")).ToHaveCountAsync(count);
        await Expect(friend.Page.Locator("meta[property='og:title']"))
            .ToHaveAttributeAsync("content", $"Point to the strawberries. {count} strawberries");
        // A day needs no zone; without script it is the server's.
        await Expect(friend.Page.Locator(".facts time")).ToHaveTextAsync(
            DateTimeOffset.UtcNow.ToString("d MMMM yyyy", CultureInfo.InvariantCulture));

        // The preview has the photo at its left and words at its right.
        var card = Photos.Decode(await (await friend.Context.APIRequest.GetAsync($"{link}/og.jpg")).BodyAsync());
        Assert.InRange(Light(card, 730, 1150, 90, 330), 1000, 30_000);
        Assert.InRange(Light(card, 730, 1150, 430, 600), 2000, 40_000);
        friend.ExpectNoTrouble();

        static int Light(RgbImage card, int left, int right, int top, int foot)
            => Enumerable.Range(top, foot - top).Sum(y => Enumerable.Range(left, right - left)
                .Count(x => card.Pixels[((y * card.Width) + x) * 3] > 0x60));
    }

    [Fact]
    public async Task Link_AboutAPartWithoutDots_KeepsThePart()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync("Point to the strawberries.");
        await visitor.Page.GetByTestId("region-tool").FocusAsync();
        await visitor.Page.Keyboard.PressAsync("Enter");
        await Expect(visitor.Page.GetByTestId("region-box")).ToBeFocusedAsync();
        await visitor.Page.Keyboard.PressAsync("Enter");
        await Expect(visitor.Page.GetByTestId("region-note")).ToBeVisibleAsync();
        await visitor.AskAsync("What does it show?");
        await Expect(visitor.Page.GetByTestId("answer")).ToHaveCountAsync(2);
        await visitor.ExpectStateAsync("done");
        var link = await visitor.ShareAsync();
        Viewer.Rewrite(site.Server, link, "A yellow square.", turn: 1);

        await using var friend =
            await site.VisitAsync(options: new BrowserNewContextOptions { JavaScriptEnabled = false });
        await friend.Page.GotoAsync(link);

        await Expect(friend.Page.GetByTestId("region")).ToHaveCountAsync(1);
        await Expect(friend.Page.GetByTestId("region-note")).ToContainTextAsync("the marked part");
        visitor.ExpectNoTrouble();
        friend.ExpectNoTrouble();
    }

    [Fact]
    public async Task Link_Withdrawn_IsGoneForPagePhotoAndPreview()
    {
        await using var visitor = await site.VisitAsync();
        var (link, _) = await ShareAsync(visitor);
        await using var friend = await site.VisitAsync();
        await friend.Page.GotoAsync(link);
        var photo = new Uri(new Uri(link), await friend.Photo.GetAttributeAsync("src")).ToString();
        var preview = (await friend.Page.Locator("meta[property='og:image']").GetAttributeAsync("content"))!;
        Assert.Equal(200, (await friend.Context.APIRequest.GetAsync(photo)).Status);

        await visitor.Page.GetByTestId("revoke").ClickAsync();
        await visitor.Page.GetByTestId("revoke-confirm").ClickAsync();
        await Expect(visitor.Page.GetByTestId("share-link")).ToHaveCountAsync(0);

        foreach (var address in new[] { link, photo, preview })
            Assert.Equal(410, (await friend.Context.APIRequest.GetAsync(address)).Status);
        Assert.Equal(410, (await friend.Page.GotoAsync(link))!.Status);
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Link_MadeBeforeAnotherQuestion_KeepsTheOldState()
    {
        await using var visitor = await site.VisitAsync();
        var (link, _) = await ShareAsync(visitor);
        await visitor.Page.ReloadAsync();
        await visitor.HearAsync("How many strawberries are there?");

        await using var friend = await site.VisitAsync();
        await friend.Page.GotoAsync(link);

        await Expect(friend.Page.GetByTestId("answer")).ToHaveCountAsync(1);
        friend.ExpectNoTrouble();
    }

    [Fact]
    public async Task Photo_OfSomebodyElse_IsNotFound()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-03.png"));
        var photo = new Uri(new Uri(visitor.Page.Url), await visitor.Photo.GetAttributeAsync("src")).ToString();
        Assert.Equal(200, (await visitor.Context.APIRequest.GetAsync(photo)).Status);

        await using var stranger = await site.VisitAsync();
        await stranger.OpenAsync();

        Assert.Equal(404, (await stranger.Context.APIRequest.GetAsync(photo)).Status);
    }

    private static async Task<(string Link, SeenAnswer Answer)> ShareAsync(Visitor visitor)
    {
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        var answer = await visitor.HearAsync("Point to the strawberries.");
        Assert.NotEmpty(answer.Points);
        return (await visitor.ShareAsync(), answer);
    }
}
