using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>
/// An answer belongs to the server, not to the tab that asked: nothing that happens to tabs or processes loses it.
/// </summary>
public sealed class LastingTests(Site site)
{
    private const string Scene = "scene-08.jpg";
    private const string Question = "Point to the strawberries.";

    [Fact]
    public async Task Reload_InTheMiddleOfAnAnswer_LosesNothing()
    {
        var held = site.Server.Recordings.Hold();
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample(Scene));
        var undisturbed = await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));

        await visitor.OpenWithPhotoAsync(Photos.Sample(Scene));
        await visitor.AskHalfAsync(held);
        await visitor.Page.ReloadAsync();
        await visitor.ExpectStateAsync("streaming");
        held.LetGo();
        await visitor.ExpectStateAsync("done");

        ExpectSame(undisturbed, await visitor.SeeAsync());
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Tab_ClosedInTheMiddleOfAnAnswer_FindsItFinishedLater()
    {
        var held = site.Server.Recordings.Hold();
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample(Scene));
        await visitor.AskHalfAsync(held);
        var address = visitor.Page.Url;

        await visitor.Page.CloseAsync();
        held.LetGo();
        var later = visitor.On(await visitor.OpenTabAsync());
        await later.OpenAsync(address);

        await later.ExpectStateAsync("done");
        Assert.NotEmpty((await later.SeeAsync()).Points);
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task SecondTab_InTheMiddleOfAnAnswer_SeesTheSame()
    {
        var held = site.Server.Recordings.Hold();
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample(Scene));
        await visitor.AskHalfAsync(held);

        var second = visitor.On(await visitor.OpenTabAsync());
        await second.OpenAsync(visitor.Page.Url);
        await second.ExpectStateAsync("streaming");
        held.LetGo();
        await second.ExpectStateAsync("done");
        await visitor.ExpectStateAsync("done");

        ExpectSame(await visitor.SeeAsync(), await second.SeeAsync());
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Circuit_CutInTheMiddleOfAnAnswer_ComesBackWithoutLoss()
    {
        var held = site.Server.Recordings.Hold();
        await using var visitor = await site.VisitAsync();
        await visitor.Context.AddInitScriptAsync("window.sockets = []; window.WebSocket = class extends WebSocket { "
            + "constructor(...all) { super(...all); sockets.push(this); } };");
        await visitor.OpenWithPhotoAsync(Photos.Sample(Scene));
        var undisturbed = await visitor.HearAsync(site.Server.Recordings.Keep(Recordings.Strawberries));
        await visitor.OpenWithPhotoAsync(Photos.Sample(Scene));
        await visitor.AskHalfAsync(held);

        Assert.NotEqual(0, await visitor.Page.EvaluateAsync<int>(
            "() => { sockets.forEach(socket => socket.close()); return sockets.length; }"));
        held.LetGo();
        await visitor.ExpectStateAsync("done");

        ExpectSame(undisturbed, await visitor.SeeAsync());
    }

    [Fact]
    public async Task Server_KilledInTheMiddleOfAnAnswer_KeepsTheTextAndMarksIt()
    {
        using var data = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(data.Path);
        await using var visitor = await site.VisitAsync(server);
        await visitor.OpenWithPhotoAsync(Photos.Sample(Scene));
        await visitor.AskHalfAsync(server.Recordings.Hold());
        var seen = await visitor.SeeAsync();
        await visitor.Page.WaitForTimeoutAsync(1100);
        Assert.Equal("streaming", (await visitor.SeeAsync()).State);

        await server.KillAsync();
        await using var restarted = await ServerProcess.StartAsync(data.Path, server.Address.Port);
        await visitor.Page.ReloadAsync();

        await visitor.ExpectStateAsync("interrupted");
        var kept = await visitor.SeeAsync();
        Assert.Equal(seen.Points, kept.Points.Take(seen.Points.Length));
        await Expect(visitor.Photo).ToBeVisibleAsync();
        var next = await visitor.HearAsync("How many strawberries are there?");
        Assert.NotEmpty(next.Points);
    }

    [Fact]
    public async Task Server_Restarted_OpenPageFindsBackByItself()
    {
        using var data = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(data.Path);
        await using var visitor = await site.VisitAsync(server);
        await visitor.OpenWithPhotoAsync(Photos.Sample(Scene));
        var answer = await visitor.HearAsync(Question);

        await server.KillAsync();
        await using var restarted = await ServerProcess.StartAsync(data.Path, server.Address.Port);

        // The old circuit is gone with its process; the page notices and comes again.
        await visitor.Page.WaitForFunctionAsync("() => performance.timeOrigin > "
            + await visitor.Page.EvaluateAsync<string>("() => String(performance.timeOrigin)"),
            null, new PageWaitForFunctionOptions { Timeout = 60_000 });
        // Words are read as they look, so the styles must be there.
        await visitor.Page.WaitForLoadStateAsync();
        await visitor.ExpectStateAsync("done");
        ExpectSame(answer, await visitor.SeeAsync());
    }

    private static void ExpectSame(SeenAnswer expected, SeenAnswer actual)
    {
        Assert.Equal(expected.Words, actual.Words);
        Assert.Equal(expected.Points, actual.Points);
    }
}
