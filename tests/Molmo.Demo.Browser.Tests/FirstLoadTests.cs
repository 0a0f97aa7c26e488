using System.Diagnostics;
using Molmo.Demo.Browser.Tests.Support;

namespace Molmo.Demo.Browser.Tests;

/// <summary>
/// What a first visit costs in bytes, which no clock decides; the times are in the report of targets.
/// </summary>
public sealed class FirstLoadTests(Site site)
{
    private const string OnlyChromium = "Only Chromium can be asked how many bytes it loaded.";

    // What a page with a circuit loads and others do not.
    private static readonly string[] ForCircuits = ["/blazor.js", "/mud.css", "/chat.js"];

    [Fact]
    public Task Start_OfABuildWithAnEmptyCache_StaysWithinRequestsAndBytes() => AssertLightAsync(site.Server);

    [Fact]
    public async Task Start_OfAPublishWithAnEmptyCache_StaysWithinRequestsAndBytes()
    {
        using var folder = new TemporaryFolder();
        await PublishAsync(folder.Path);
        var program = Path.Combine(folder.Path, "Molmo.Demo.Server");
        await using var server = await ServerProcess.StartAsync(program: program);
        await AssertLightAsync(server);
    }

    [Theory]
    [InlineData("/api", "/ApiPage.js")]
    [InlineData("/kiosk", "/KioskPage.js")]
    [InlineData("/leaderboard", "/page.js")]
    public async Task Page_WithoutACircuit_LoadsItsOwnScriptAndStyleAlone(string address, string script)
    {
        Assert.SkipUnless(BrowserChoice.IsChromium, OnlyChromium);
        await using var visitor = await site.VisitAsync();
        var weight = await PageWeight.WatchAsync(visitor.Page);
        await visitor.Page.GotoAsync(address);

        await weight.SettleAsync(visitor.Page);

        Assert.Contains(script, weight.Paths);
        Assert.DoesNotContain(
            weight.Paths, path => ForCircuits.Contains(path) || path.StartsWith("/_", StringComparison.Ordinal));
        Assert.Equal((2, 1), (weight.Script.Files, weight.Style.Files));
        Assert.InRange(weight.Script.Sent + weight.Style.Sent, 1, 60_000);
        // The page for programs shows markup on purpose.
        visitor.ExpectNoTrouble(except: trouble => trouble.StartsWith("Markup", StringComparison.Ordinal));
    }

    private async Task AssertLightAsync(ServerProcess server)
    {
        Assert.SkipUnless(BrowserChoice.IsChromium, OnlyChromium);
        await using var visitor = await site.VisitAsync(server);
        var weight = await PageWeight.WatchAsync(visitor.Page);
        await visitor.OpenAsync();

        await weight.SettleAsync(visitor.Page);

        Assert.Empty(weight.Script.Raw.Concat(weight.Style.Raw));
        Assert.True(weight.Requests <= 20, $"{weight.Requests} requests: {string.Join(' ', weight.Paths)}");
        Assert.InRange(weight.Bytes, 1, 300_000);
        Assert.InRange(weight.Style.Files, 1, 2);
        visitor.ExpectNoTrouble();
    }

    // Of what is built already, in the configuration that runs here.
    private static async Task PublishAsync(string folder)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        var start = new ProcessStartInfo("dotnet",
            ["publish", "Server", "--no-build", "--configuration", configuration, "--output", folder,
                "-nodeReuse:false", "--verbosity", "quiet"])
        {
            WorkingDirectory = TestData.Repository,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        using var publish = Process.Start(start)!;
        publish.StandardInput.Close();
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        guard.CancelAfter(TimeSpan.FromMinutes(5));
        var output = await publish.StandardOutput.ReadToEndAsync(guard.Token);
        await publish.WaitForExitAsync(guard.Token);
        Assert.True(publish.ExitCode == 0, output);
    }
}
