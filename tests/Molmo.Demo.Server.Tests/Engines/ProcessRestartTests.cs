using System.Net;
using Microsoft.AspNetCore.SignalR.Client;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.Tests.Chat;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Engines;

/// <summary>The real program as a process whose device is lost.</summary>
[Slow]
public sealed class ProcessRestartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CookieContainer _person = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null, true, 1)]
    [InlineData("0", true, 1)]
    [InlineData("1", true, 2)]
    [InlineData("2", true, null)]
    [InlineData("2", false, 0)]
    [InlineData(null, false, 0)]
    [InlineData("nonsense", true, 1)]
    public void NextLosses_AfterALoss_CountsThoseSoonAfterTheStart(string? before, bool isSoon, int? expected)
        => Assert.Equal(expected, ProcessRestart.NextLosses(before, isSoon));

    [Fact]
    public async Task DeviceLost_MidAnswer_IsKeptAndTheSameProcessBeginsAgain()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A process replaces itself on Linux only.");
        await using var program = Start(StartupHook.Once, "--model", TinyModels.Endless(_folder));
        var address = await program.UntilListeningAsync();
        var written = "";
        string id;
        await using (var hub = await ConnectedAsync(address))
        {
            (id, _) = await hub.StartAsync(Question);
            var events = await hub.ReadAsync(id);
            Assert.Equal(EndReason.Interrupted, Assert.IsType<Ended>(events[^1]).Reason);
            written = events.Prose();
            Assert.NotEmpty(written);
        }

        // It says so, ends, and listens again under the same number at the same place.
        await program.UntilOutputAsync("answers no more");
        await Sequences.UntilAsync(() => Count(program.Output, "Now listening on: ") == 2, "it has begun again");
        await using var back = await ConnectedAsync(LastAddress(program.Output));
        var kept = await back.ReadAsync(id);
        Assert.Equal((written, EndReason.Interrupted), (kept.Prose(), Assert.IsType<Ended>(kept[^1]).Reason));
        var whole = await back.ReadAsync((await back.StartAsync(Question)).GenerationId);
        Assert.Equal(EndReason.Length, Assert.IsType<Ended>(whole[^1]).Reason);
        Assert.StartsWith(written, whole.Prose(), StringComparison.Ordinal);
        Assert.Equal("", program.Error);
    }

    [Fact]
    public async Task DeviceLost_AtEveryStart_IsGivenUpInOneSentence()
    {
        await using var program = Start(StartupHook.Always);

        Assert.Equal(1, await program.EndAsync());

        Assert.Equal(OperatingSystem.IsLinux() ? 3 : 1, Count(program.Output, "answers no more. Answers end"));
        Assert.Contains("lost", Assert.Single(program.Error.Trim().Split('\n')), StringComparison.Ordinal);
    }

    private static object Question => new { text = "Describe it.", sampling = new { maxTokens = 120 } };

    private ProgramProcess Start(string when, params string[] more) => new(
        [new(StartupHook.Variable, when), new("DOTNET_STARTUP_HOOKS", typeof(StartupHook).Assembly.Location)],
        ["--urls", "http://127.0.0.1:0", "--data", _folder.Combine("data"), .. more]);

    private async Task<HubConnection> ConnectedAsync(Uri address)
    {
        var hub = await Loopback.ConnectAsync(address, _person);
        await Sequences.UntilAsync(
            () => hub.InvokeAsync<QueueStatus>("QueueStatus", Cancel).Result.Ready, "questions are answered");
        return hub;
    }

    private static int Count(string text, string word) => text.Split(word).Length - 1;

    private static Uri LastAddress(string output) => new(
        output[(output.LastIndexOf("Now listening on: ", StringComparison.Ordinal) + 18)..].Split('\n')[0].Trim());
}
