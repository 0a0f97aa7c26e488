using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>
/// What an open page says while its connection is lost: that the answer keeps being written only where it is.
/// </summary>
public sealed class ServerGoneTests(Site site)
{
    private const string Scene = "scene-08.jpg";

    [Theory]
    [InlineData(
        "en", "Reconnecting...", "keeps being written", "The server cannot be reached. What was written is kept",
        "after a restart")]
    [InlineData(
        "ar", "جارٍ إعادة الاتصال", "كتابة الإجابة مستمرة", "لا يمكن الوصول إلى الخادم. ما كُتب محفوظ",
        "بعد إعادة تشغيل الخادم")]
    public async Task Page_ServerKilledInMidAnswer_SaysThatItIsGoneAndComesBackByItself(
        string language, string reconnecting, string writing, string gone, string fresh)
    {
        using var data = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(data.Path);
        await using var visitor = await site.VisitAsync(server, language: language);
        await visitor.OpenWithPhotoAsync(Photos.Sample(Scene));
        await visitor.AskHalfAsync(server.Recordings.Hold());
        var seen = await visitor.SeeAsync();
        await visitor.Page.WaitForTimeoutAsync(1100);

        await server.KillAsync();
        await Expect(Notice(visitor)).ToContainTextAsync(gone, new() { UseInnerText = true });
        // For as long as it is gone.
        for (var look = 0; look < 10; look++)
        {
            var text = await visitor.Page.InnerTextAsync("body");
            Assert.DoesNotContain(writing, text, StringComparison.Ordinal);
            Assert.DoesNotContain(reconnecting, text, StringComparison.Ordinal);
            Assert.Empty(await visitor.Page.Locator(":is(.writing, .caret):visible").AllAsync());
            await visitor.Page.WaitForTimeoutAsync(300);
        }
        Assert.Equal(seen.Points, (await visitor.SeeAsync()).Points.Take(seen.Points.Length));

        await using var restarted = await ServerProcess.StartAsync(data.Path, server.Address.Port);
        await visitor.ExpectStateAsync("interrupted");
        await Expect(Notice(visitor)).ToContainTextAsync(fresh, new() { UseInnerText = true });
        Assert.Equal(seen.Points, (await visitor.SeeAsync()).Points.Take(seen.Points.Length));
    }

    [Fact]
    public async Task Page_InferenceMachineKilledInMidAnswer_SaysWithinTwoSecondsThatTheModelIsAway()
    {
        const string key = "0123456789abcdef";
        await using var inference = await ServerProcess.StartAsync(arguments: ["--role", "inference", "--key", key]);
        await using var web = await ServerProcess.StartAsync(
            arguments: ["--role", "web", "--inference", inference.Address.ToString(), "--key", key]);
        await using var visitor = await site.VisitAsync(web);
        await visitor.OpenWithPhotoAsync(Photos.Sample(Scene));
        await visitor.AskHalfAsync(inference.Recordings.Hold());
        var seen = await visitor.SeeAsync();
        await Expect(visitor.Answer.Locator(".cut")).ToHaveCountAsync(0);

        await inference.KillAsync();
        await Expect(visitor.Answer).ToContainTextAsync(
            "The model cannot be reached at the moment. What is here is kept.", new() { Timeout = 2000 });
        Assert.DoesNotContain(
            "keeps being written", await visitor.Page.InnerTextAsync("body"), StringComparison.Ordinal);
        await visitor.Page.ReloadAsync();
        await Expect(visitor.Points.First).ToBeVisibleAsync();
        Assert.Equal(seen.Points, (await visitor.SeeAsync()).Points.Take(seen.Points.Length));
    }

    [Theory]
    [InlineData(
        "de", "Verbindung wird wiederhergestellt ... Die Antwort wird weiter geschrieben.",
        "Der Server ist nicht erreichbar")]
    [InlineData("es", "Reconectando... La respuesta se sigue escribiendo.", "No se puede conectar con el servidor")]
    public async Task Page_LineCutInMidAnswer_SaysThatItKeepsBeingWritten(string language, string writing, string gone)
    {
        var held = site.Server.Recordings.Hold();
        await using var visitor = await site.VisitAsync(language: language);
        var line = await Line.OfAsync(visitor);
        await visitor.OpenWithPhotoAsync(Photos.Sample(Scene));
        await visitor.AskHalfAsync(held);

        await line.CutAsync();
        await Expect(Notice(visitor)).ToContainTextAsync(writing, new() { UseInnerText = true });
        Assert.DoesNotContain(gone, await visitor.Page.InnerTextAsync("body"), StringComparison.Ordinal);

        held.LetGo();
        await line.MendAsync();
        await visitor.ExpectStateAsync("done");
        Assert.Equal(8, (await visitor.SeeAsync()).Points.Length);
        await Expect(Notice(visitor)).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Page_LineCutWithoutAnAnswerUnderWay_OnlySaysThatItReconnects()
    {
        await using var visitor = await site.VisitAsync();
        var line = await Line.OfAsync(visitor);
        await visitor.OpenWithPhotoAsync(Photos.Sample(Scene));

        await line.CutAsync();
        await visitor.Page.Locator("[data-server=there]").WaitForAsync();
        await visitor.Page.WaitForTimeoutAsync(2500);
        Assert.Equal("Reconnecting...", (await Notice(visitor).InnerTextAsync()).Trim());

        await line.MendAsync();
        await Expect(Notice(visitor)).ToContainTextAsync("Back. Nothing was lost.", new() { UseInnerText = true });
    }

    private static ILocator Notice(Visitor visitor) => visitor.Page.Locator("#components-reconnect-modal");
}
