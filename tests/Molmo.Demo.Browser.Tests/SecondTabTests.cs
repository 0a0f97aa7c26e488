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
    public async Task Chat_RenamedInTheFirst_HasItsNameInTheBarAndTheListOfTheSecond()
    {
        await using var visitor = await site.VisitAsync();
        var second = await OpenTwiceAsync(visitor);
        await second.OpenHistoryAsync();
        await visitor.OpenHistoryAsync();
        await visitor.Page.GetByTestId("rename").ClickAsync();
        await visitor.Page.GetByTestId("rename-title").FillAsync("My berries");
        await visitor.Page.GetByTestId("rename-title").PressAsync("Enter");
        await Expect(second.Page.Locator("header h1")).ToHaveTextAsync("My berries", new() { Timeout = 1000 });
        await Expect(second.Page.GetByTestId("history-entry"))
            .ToContainTextAsync("My berries", new() { Timeout = 1000 });
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Chat_DeletedInTheFirst_IsGoneInTheSecondWithASentence()
    {
        await using var visitor = await site.VisitAsync();
        var second = await OpenTwiceAsync(visitor);
        await visitor.OpenHistoryAsync();
        await visitor.Page.GetByTestId("delete").ClickAsync();
        await visitor.Page.GetByTestId("delete-confirm").ClickAsync();
        await Expect(second.Error).ToHaveTextAsync(
            "This chat was deleted, with its questions and answers.", new() { Timeout = 1000 });
        await Expect(second.Page.GetByTestId("answer")).ToHaveCountAsync(0);
        await Expect(second.Photo).ToHaveCountAsync(0);
        await Expect(second.Page.GetByTestId("share")).ToHaveCountAsync(0);
        await Expect(second.Page.Locator("header h1")).ToHaveCountAsync(0);
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Answer_DeletedInTheFirst_IsGoneInBothAndTheChatGoesOn()
    {
        await using var visitor = await site.VisitAsync();
        var second = await OpenTwiceAsync(visitor);
        var (page, answers) = (visitor.Page, visitor.Page.GetByTestId("answer"));
        await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        await Expect(second.Page.GetByTestId("answer")).ToHaveCountAsync(2);
        await answers.First.GetByTestId("answer-more").ClickAsync();
        await Expect(answers.First.GetByTestId("inspect")).ToBeVisibleAsync();
        await Expect(answers.First.GetByTestId("delete-answer")).ToHaveCountAsync(0);
        await page.Keyboard.PressAsync("Escape");

        await answers.Last.GetByTestId("answer-more").ClickAsync();
        await answers.Last.GetByTestId("delete-answer").ClickAsync();
        await Expect(answers).ToHaveCountAsync(2);
        await answers.Last.GetByTestId("delete-answer-confirm").ClickAsync();
        await Expect(answers).ToHaveCountAsync(1);
        await Expect(second.Page.GetByTestId("answer")).ToHaveCountAsync(1, Soon);

        await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        await Expect(answers).ToHaveCountAsync(2);
        await Expect(page.GetByTestId("version")).ToHaveCountAsync(0);
        await page.ReloadAsync();
        await Expect(answers).ToHaveCountAsync(2);
        visitor.ExpectNoTrouble();
    }

    // A chat with one answer, in two tabs.
    private async Task<Visitor> OpenTwiceAsync(Visitor visitor)
    {
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        await Expect(visitor.Page).ToHaveURLAsync(new Regex("/c/[^/?]+$"));
        var second = visitor.On(await visitor.OpenTabAsync());
        await second.OpenAsync(visitor.Page.Url);
        await Expect(second.Page.Locator("html[data-connected]")).ToHaveCountAsync(1);
        return second;
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

        await visitor.EditAsync();
        await visitor.AskAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        await Expect(second.Page.GetByTestId("version")).ToHaveTextAsync("2 / 2");
        await visitor.ExpectStateAsync("done");
        await second.ExpectStateAsync("done");

        await second.EditAsync();
        await Expect(second.Page.GetByTestId("editing")).ToBeVisibleAsync();
        await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        await Expect(visitor.Page.GetByTestId("answer")).ToHaveCountAsync(2);
        await Expect(second.Page.GetByTestId("editing")).ToBeVisibleAsync();
        await Expect(second.Page.GetByTestId("answer")).ToHaveCountAsync(1);
        visitor.ExpectNoTrouble();
    }
}
