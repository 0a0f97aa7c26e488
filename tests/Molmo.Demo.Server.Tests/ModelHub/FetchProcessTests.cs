using Microsoft.AspNetCore.Http;
using Molmo.Demo.Server.Tests.Commands;
using Molmo.Demo.Tests;

namespace Molmo.Demo.Server.Tests.ModelHub;

/// <summary>The built program with a model that must come from the Hub: as a command, and while it serves.</summary>
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
            ["ask", "--model", FakeHub.Model, "--image", Path.Combine(TestData.Samples, "scene-03.png"), "How many penguins are there?"]);
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
        hub.Fault = async context =>
        {
            if (context.Request.Path.StartsWithSegments("/store")) await hold.Task;
            return false;
        };
        await using var program = new ProgramProcess(Environment(hub), ["--urls", "http://127.0.0.1:0", "--data", Path.Combine(_folder, "data"), "--model", FakeHub.Model]);
        var output = await program.UntilOutputAsync("Data ");
        var address = output.Split("Now listening on: ")[1].Split('\n')[0].Trim();
        using var client = new HttpClient { BaseAddress = new Uri(address) };

        Assert.Contains("owner/tiny", output, StringComparison.Ordinal);
        Assert.Equal(StatusCodes.Status503ServiceUnavailable, (int)(await client.GetAsync("/ready", Token)).StatusCode);
        Assert.True((await client.GetAsync("/", Token)).IsSuccessStatusCode);
        hold.SetResult();
        while (!(await client.GetAsync("/ready", Token)).IsSuccessStatusCode) await Task.Delay(100, Token);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private KeyValuePair<string, string>[] Environment(FakeHub hub)
        => [new("HF_ENDPOINT", hub.Address.ToString()), new("HF_HOME", Path.Combine(_folder, "hf")), new("HF_HUB_CACHE", ""), new("HF_TOKEN", ""), new("HF_HUB_OFFLINE", "")];

    private static async Task<FakeHub> StartAsync()
    {
        var hub = await FakeHub.StartAsync();
        foreach (var file in Directory.EnumerateFiles(TestData.TinyModel)) hub.Files[Path.GetFileName(file)] = await File.ReadAllBytesAsync(file, Token);
        return hub;
    }
}
