using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Molmo.Demo.Server.Tests.Chat;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.ModelHub;

/// <summary>The built program with a model that must come from the Hub: as a command, and while it serves.</summary>
[Slow]
public sealed class FetchProcessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("molmo-fetch-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Fetch_Command_PrintsTheFolderThatAskThenUses()
    {
        await using var hub = await StartAsync();

        await using var fetch = new ProgramProcess(Environment(hub), ["fetch", FakeHub.Model]);
        Assert.True(await fetch.EndAsync() == 0, fetch.Error);
        var folder = fetch.Output.Trim();
        Assert.True(File.Exists(Path.Combine(folder, "model.safetensors")), folder);
        Assert.Contains("MB", fetch.Error, StringComparison.Ordinal);

        await using var ask = new ProgramProcess(
            [.. Environment(hub), new("HF_HUB_OFFLINE", "1")],
            ["ask", "--model", FakeHub.Model, "--image", Path.Combine(TestData.Samples, "scene-03.png"),
                "How many penguins are there?"]);
        Assert.True(await ask.EndAsync() == 0, ask.Error);
        Assert.Contains("shows a total of 4", ask.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_UnknownModel_IsOneSentence()
    {
        await using var hub = await StartAsync();

        await using var fetch = new ProgramProcess(Environment(hub), ["fetch", "owner/other"]);

        Assert.Equal(1, await fetch.EndAsync());
        Assert.Equal("The Hub has no owner/other. Check owner, name and revision.", fetch.Error.Trim());
    }

    [Fact]
    public async Task Serve_ModelOfTheHub_ServesPagesWhileItArrives()
    {
        await using var hub = await StartAsync();
        var hold = new TaskCompletionSource();
        // A slow line, which stands still in the middle of the file.
        hub.BeforePiece = at => at < 6 << 20 ? Task.Delay(100, Token) : hold.Task;
        await using var program = new ProgramProcess(Environment(hub),
            ["--urls", "http://127.0.0.1:0", "--data", Path.Combine(_folder, "data"), "--model", FakeHub.Model]);
        using var client = new HttpClient { BaseAddress = await program.UntilListeningAsync() };

        Assert.Contains("owner/tiny", program.Output, StringComparison.Ordinal);
        await Sequences.UntilAsync(
            () => program.Error.Contains("Fetching owner/tiny: ", StringComparison.Ordinal), "the console tells of it");
        JsonObject progress;
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(Token);
        guard.CancelAfter(TimeSpan.FromMinutes(2));
        do
        {
            await Task.Delay(20, guard.Token);
            using var waiting = await client.GetAsync("/ready", Token);
            Assert.Equal(StatusCodes.Status503ServiceUnavailable, (int)waiting.StatusCode);
            progress = (await waiting.JsonAsync())["progress"]!.AsObject();
            Assert.Equal("Fetching", progress.Text("stage"));
        }
        while (progress["doneBytes"]!.GetValue<long>() < 2 << 20 || progress["secondsLeft"] is null);
        Assert.Equal(
            hub.Files.Sum(file => (long)file.Value.Length), progress["totalBytes"]!.GetValue<long>(), 100_000.0);
        Assert.InRange(progress["share"]!.GetValue<double>(), 0.1, 0.6);
        var page = await client.GetStringAsync("/", Token);
        Assert.Contains("role=\"progressbar\"", page, StringComparison.Ordinal);
        Assert.Contains("Fetching owner/tiny", page, StringComparison.Ordinal);
        Assert.Contains("/samples/", page, StringComparison.Ordinal);

        hold.SetResult();
        while (!(await client.GetAsync("/ready", Token)).IsSuccessStatusCode) await Task.Delay(100, Token);
        Assert.DoesNotContain("progressbar", await client.GetStringAsync("/", Token), StringComparison.Ordinal);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private KeyValuePair<string, string>[] Environment(FakeHub hub)
        => [new("HF_ENDPOINT", hub.Address.ToString()), new("HF_HOME", Path.Combine(_folder, "hf")),
            new("HF_HUB_CACHE", ""), new("HF_TOKEN", ""), new("HF_HUB_OFFLINE", "")];

    private static async Task<FakeHub> StartAsync()
    {
        var hub = await FakeHub.StartAsync();
        foreach (var file in Directory.EnumerateFiles(TestData.TinyModel))
            hub.Files[Path.GetFileName(file)] = await File.ReadAllBytesAsync(file, Token);
        return hub;
    }
}
