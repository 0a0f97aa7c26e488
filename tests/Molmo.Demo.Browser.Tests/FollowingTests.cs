using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>In a long chat the newest words are in sight, and what is read is not pushed away.</summary>
public sealed class FollowingTests(Site site)
{
    /// <summary>Pixels below the fold, and whether the way back is offered.</summary>
    private const string Below =
        """
        () => {
          const log = document.querySelector('.log');
          const left = log.scrollHeight - log.scrollTop - log.clientHeight;
          return [Math.round(left), document.querySelector('[data-latest]').hidden ? 0 : 1];
        }
        """;

    private static readonly string Words = string.Concat(Enumerable.Repeat("Here is a sentence about the photo. ", 30));

    [Fact]
    public async Task Question_AskedWhileTheReaderIsFarUp_BringsItsAnswerIntoSight()
    {
        await using var visitor = await LongChatAsync();
        await visitor.Page.Locator(".log").HoverAsync();
        await visitor.Page.Mouse.WheelAsync(0, -9000);
        await Expect(visitor.Page.Locator("[data-latest]")).ToBeVisibleAsync();

        await visitor.HearAsync(site.Server.Recordings.Keep(" " + Words, 24, 8));

        await ExpectEndAsync(visitor);
    }

    [Fact]
    public async Task Question_EditedLateInALongChat_BringsItsAnswerIntoSight()
    {
        await using var visitor = await LongChatAsync();
        await visitor.EditAsync(3);
        await Expect(visitor.Page.GetByTestId("editing")).ToBeVisibleAsync();
        await visitor.Composer.FillAsync(site.Server.Recordings.Keep(" " + Words, 24, 8));
        await visitor.Send.ClickAsync();

        await Expect(visitor.Page.GetByTestId("answer")).ToHaveCountAsync(4);
        await visitor.ExpectStateAsync("done");
        await ExpectEndAsync(visitor);
    }

    [Fact]
    public async Task Answer_WrittenBelowStoppedOnes_IsNotPushedByTheirButtons()
    {
        await using var visitor = await LongChatAsync();
        for (var stopped = 0; stopped < 3; stopped++)
        {
            await visitor.AskAsync(site.Server.Recordings.Hold(half: 90).Question);
            await visitor.ExpectStateAsync("streaming");
            await visitor.Stop.ClickAsync();
            await visitor.ExpectStateAsync("done");
            await Expect(visitor.Send).ToBeVisibleAsync();
        }
        var held = site.Server.Recordings.Hold(" " + Words, 200);
        await visitor.AskAsync(held.Question);
        await visitor.ExpectStateAsync("streaming");
        var writing = await HeightsAsync(visitor);
        held.LetGo();
        await visitor.ExpectStateAsync("done");
        await Expect(visitor.Send).ToBeVisibleAsync();
        await visitor.ExpectRestAsync();

        Assert.Equal(writing, await HeightsAsync(visitor));
        await ExpectEndAsync(visitor);
    }

    [Fact]
    public async Task Answer_OnAPhone_KeepsItsNumberInSight()
    {
        await using var visitor = await site.VisitAsync(options: new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = 390, Height = 844 },
        });
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        for (var turn = 0; turn < 2; turn++) await visitor.HearAsync("Point to the strawberries.");
        await visitor.ExpectRestAsync();

        await Expect(visitor.Page.GetByTestId("figure").Last)
            .ToBeInViewportAsync(new LocatorAssertionsToBeInViewportOptions { Ratio = 1 });
        await Expect(visitor.Page.Locator("[data-latest]")).ToBeHiddenAsync();
        visitor.ExpectNoTrouble();
    }

    private async Task<Visitor> LongChatAsync()
    {
        var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        for (var turn = 0; turn < 5; turn++) await visitor.HearAsync(site.Server.Recordings.Keep(" " + Words, 200, 1));
        return visitor;
    }

    private static async Task ExpectEndAsync(Visitor visitor)
    {
        await visitor.ExpectRestAsync();
        var below = await visitor.Page.EvaluateAsync<int[]>(Below);
        Assert.True(below[0] < 48 && below[1] == 0, $"{below[0]} px below the fold, way back {below[1]}.");
    }

    /// <summary>Of all answers but the newest.</summary>
    private static Task<double[]> HeightsAsync(Visitor visitor) => visitor.Page.EvaluateAsync<double[]>(
        "[...document.querySelectorAll('[data-testid=answer]')].slice(0, -1).map(a => Math.round(a.offsetHeight))");
}
