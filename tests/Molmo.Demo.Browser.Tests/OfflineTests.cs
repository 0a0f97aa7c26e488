using System.Diagnostics;
using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>What has become of the connection is said within two seconds, in words that are true.</summary>
public sealed class OfflineTests(Site site)
{
    private static readonly LocatorAssertionsToContainTextOptions Soon = new() { UseInnerText = true, Timeout = 2000 };

    [Fact]
    public async Task Browser_OfflineInMidAnswer_IsSaidAndSoIsTheReturn()
    {
        var held = site.Server.Recordings.Hold();
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.AskHalfAsync(held);
        await visitor.Composer.FillAsync("And the squares?");

        await visitor.Context.SetOfflineAsync(true);
        await Expect(Notice(visitor)).ToContainTextAsync("You are offline.", Soon);
        Assert.InRange(await Geometry.ContrastAsync(Notice(visitor).GetByText("You are offline.")), 4.5, 21);
        await Expect(Notice(visitor)).Not.ToContainTextAsync("keeps being written", new() { UseInnerText = true });
        Assert.Equal("1", await visitor.Page.EvaluateAsync<string>(
            "getComputedStyle(document.querySelector('[data-testid=composer]')).opacity"));
        await Expect(visitor.Composer).ToBeEnabledAsync();

        held.LetGo();
        await visitor.Context.SetOfflineAsync(false);
        await Expect(Notice(visitor)).ToContainTextAsync("Back. Nothing was lost.", new() { UseInnerText = true });
        await visitor.ExpectStateAsync("done");
        Assert.Equal(8, (await visitor.SeeAsync()).Points.Length);
        await Expect(visitor.Composer).ToHaveValueAsync("And the squares?");
    }

    [Fact]
    public async Task Question_SentWhileOffline_IsRefusedAtOnceAndKept()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.Context.SetOfflineAsync(true);
        await visitor.AskAsync("Point to the strawberries.");
        await Expect(visitor.Error).ToContainTextAsync("You are offline. Your question is kept here", Soon);
        await Expect(visitor.Composer).ToHaveValueAsync("Point to the strawberries.");

        await visitor.Context.SetOfflineAsync(false);
        await Expect(Notice(visitor)).ToContainTextAsync("Back. Nothing was lost.", new() { UseInnerText = true });
        await visitor.Send.ClickAsync();
        await visitor.ExpectStateAsync("done");
        await Expect(visitor.Error).ToHaveCountAsync(0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Server_GoneInMidAnswer_IsSaid(bool isPrivate)
    {
        await using var server = await ServerProcess.StartAsync();
        await using var visitor = await site.VisitAsync(server);
        if (isPrivate) await visitor.OpenAsync("/private");
        else await visitor.OpenAsync();
        await visitor.UploadAsync(Photos.Sample("scene-08.jpg"));
        await Expect(visitor.Photo).ToBeVisibleAsync();
        await visitor.AskHalfAsync(server.Recordings.Hold());

        await server.KillAsync();
        await Expect(Notice(visitor)).ToContainTextAsync("The server cannot be reached.", Soon);
        var text = await Notice(visitor).InnerTextAsync();
        Assert.Equal(isPrivate, text.Contains("A private chat is gone", StringComparison.Ordinal));
        Assert.Equal(!isPrivate, text.Contains("What was written is kept", StringComparison.Ordinal));
    }

    // One that hangs closes no connection.
    [Fact]
    public async Task Server_HangingInMidAnswer_IsSaidAndSoIsItsReturn()
    {
        await using var server = await ServerProcess.StartAsync();
        await using var visitor = await site.VisitAsync(server);
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        var held = server.Recordings.Hold();
        await visitor.AskHalfAsync(held);

        await SignalAsync(server, "STOP");
        await Expect(Notice(visitor)).ToContainTextAsync(
            "The server cannot be reached.", new() { UseInnerText = true, Timeout = 6000 });
        await SignalAsync(server, "CONT");
        await Expect(Notice(visitor)).ToContainTextAsync("Back. Nothing was lost.", new() { UseInnerText = true });
        held.LetGo();
        await visitor.ExpectStateAsync("done");
    }

    private static ILocator Notice(Visitor visitor) => visitor.Page.Locator("#components-reconnect-modal");

    private static async Task SignalAsync(ServerProcess server, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", server.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, kill.ExitCode);
    }
}
