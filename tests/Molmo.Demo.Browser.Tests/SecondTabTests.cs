using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>Two tabs of one person on the same chat are one chat.</summary>
public sealed class SecondTabTests(Site site)
{
    private static readonly LocatorAssertionsToHaveCountOptions Soon = new() { Timeout = 1000 };

    [Fact]
    public async Task Question_AskedInTheFirst_AppearsInTheSecondWithItsAnswerAndIsGoneOnFrom()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        await Expect(visitor.Page).ToHaveURLAsync(new Regex("/c/[^/?]+$"));
        var second = visitor.On(await visitor.OpenTabAsync());
        await second.OpenAsync(visitor.Page.Url);
        await Expect(second.Page.Locator("html[data-connected]")).ToHaveCountAsync(1);
        await second.Composer.FillAsync("words of the second tab");

        var held = site.Server.Recordings.Hold();
        await visitor.AskAsync(held.Question);
        await visitor.ExpectStateAsync("streaming");
        await Expect(second.Page.GetByTestId("answer")).ToHaveCountAsync(2, Soon);
        await second.ExpectStateAsync("streaming");
        await Expect(second.Page.GetByTestId("question").Last).ToHaveTextAsync(held.Question);
        held.LetGo();
        await second.ExpectStateAsync("done");
        Assert.Equal((await visitor.SeeAsync()).Points, (await second.SeeAsync()).Points);
        await Expect(second.Composer).ToHaveValueAsync("words of the second tab");

        await second.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        await Expect(second.Page.GetByTestId("version")).ToHaveCountAsync(0);
        await Expect(visitor.Page.GetByTestId("answer")).ToHaveCountAsync(3, Soon);
        await Expect(visitor.Page.GetByTestId("version")).ToHaveCountAsync(0);
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Version_AskedInTheFirst_IsFollowedUnlessTheSecondEdits()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        await Expect(visitor.Page).ToHaveURLAsync(new Regex("/c/[^/?]+$"));
        var second = visitor.On(await visitor.OpenTabAsync());
        await second.OpenAsync(visitor.Page.Url);
        await Expect(second.Page.Locator("html[data-connected]")).ToHaveCountAsync(1);

        await visitor.Page.GetByTestId("edit").ClickAsync();
        await visitor.AskAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        await Expect(second.Page.GetByTestId("version")).ToHaveTextAsync("2 / 2");
        await visitor.ExpectStateAsync("done");
        await second.ExpectStateAsync("done");

        await second.Page.GetByTestId("edit").ClickAsync();
        await Expect(second.Page.GetByTestId("editing")).ToBeVisibleAsync();
        await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        await Expect(visitor.Page.GetByTestId("answer")).ToHaveCountAsync(2);
        await Expect(second.Page.GetByTestId("editing")).ToBeVisibleAsync();
        await Expect(second.Page.GetByTestId("answer")).ToHaveCountAsync(1);
        visitor.ExpectNoTrouble();
    }
}
