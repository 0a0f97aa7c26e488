using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
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
        await visitor.Page.GetByTestId("share").ClickAsync();
        var link = visitor.Page.GetByTestId("share-link");
        await Expect(link).ToBeVisibleAsync();
        var address =
            await link.GetAttributeAsync("href") ?? throw new InvalidOperationException("The link has no address.");
        return (new Uri(new Uri(visitor.Page.Url), address).ToString(), answer);
    }
}
