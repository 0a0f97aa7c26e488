using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>Asking again is worth it, and nothing is said of an answer that nobody measured.</summary>
public sealed class AskAgainTests(Site site)
{
    [Fact]
    public async Task Again_AfterTheLikeliestAnswer_IsAskedWithTemperatureAndSaysSo()
    {
        await using var visitor = await site.VisitAsync();
        var page = visitor.Page;
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        var again = page.GetByTestId("ask-again");
        await Expect(again).ToHaveAttributeAsync(
            "title", new Regex("temperature 0.7, as the same way gives the same answer"));

        await again.ClickAsync();
        await Expect(page.GetByTestId("version")).ToHaveTextAsync("2 / 2");
        await visitor.ExpectStateAsync("done");
        await Expect(again).ToHaveAttributeAsync("title", "Ask again");
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Answer_InterruptedByARestart_SaysNothingOfTimeAndTokens()
    {
        using var data = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(data.Path);
        await using var visitor = await site.VisitAsync(server);
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.AskHalfAsync(server.Recordings.Hold());
        await visitor.Page.WaitForTimeoutAsync(1100);
        await server.KillAsync();
        await using var restarted = await ServerProcess.StartAsync(data.Path, server.Address.Port);
        await visitor.Page.ReloadAsync();
        await visitor.ExpectStateAsync("interrupted");

        await Expect(visitor.Answer).Not.ToContainTextAsync("0 tokens");
        await Expect(visitor.Answer).Not.ToContainTextAsync("0.0 s");
    }
}
