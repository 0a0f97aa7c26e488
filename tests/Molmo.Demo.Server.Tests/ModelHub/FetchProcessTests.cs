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
            hub.Files.Where(file => file.Key != "golden.json").Sum(file => (long)file.Value.Length),
            progress["totalBytes"]!.GetValue<long>(), 10_000.0);
        Assert.InRange(progress["share"]!.GetValue<double>(), 0.1, 0.6);
        var page = await client.GetStringAsync("/", Token);
        Assert.Contains("role=\"progressbar\"", page, StringComparison.Ordinal);
        Assert.Contains("Fetching owner/tiny", page, StringComparison.Ordinal);
        Assert.Contains("/samples/", page, StringComparison.Ordinal);

        hold.SetResult();
        while (!(await client.GetAsync("/ready", Token)).IsSuccessStatusCode) await Task.Delay(100, Token);
        Assert.DoesNotContain("progressbar", await client.GetStringAsync("/", Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Breakage.NeverAnswers, "did not answer within 1 second.")]
    [InlineData(Breakage.DropsConnections, "no connection to HUB came about within 1 second.")]
    [InlineData(Breakage.SilentAfterHeaders, "did not end it within 5 seconds.")]
    [InlineData(Breakage.WebPage, "answered with a web page instead of the model")]
    public async Task Fetch_HubFails_IsOneSentence(Breakage breakage, string expected)
    {
        using var server = new BrokenServer(breakage);
        // Each has a limit of its own, and the one that is tried must be the first to pass.
        var (connect, answer) = breakage switch
        {
            Breakage.DropsConnections => ("1", "20"),
            Breakage.NeverAnswers => ("20", "1"),
            Breakage.SilentAfterHeaders => ("20", "5"),
            _ => ("20", "20"),
        };

        await using var fetch = new ProgramProcess(
            [.. Environment(server.Address), new("Molmo__HubConnectSeconds", connect),
                new("Molmo__HubAnswerSeconds", answer)],
            ["fetch", FakeHub.Model]);

        Assert.Equal(1, await fetch.EndAsync());
        Assert.Equal("", fetch.Output);
        var sentence = fetch.Error.Trim().Split('\n')[^1];
        Assert.StartsWith("owner/tiny could not be fetched: ", sentence, StringComparison.Ordinal);
        Assert.Contains(
            expected.Replace("HUB", server.Address.Authority, StringComparison.Ordinal), sentence,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Breakage.Refuses, "HTTP_PROXY", "http", "the proxy PROXY refuses connections. Check HTTPS_PROXY")]
    [InlineData(Breakage.Status407, "HTTPS_PROXY", "https",
        "the proxy PROXY lets nothing through to hub.invalid (it answered 407). Check HTTPS_PROXY")]
    public async Task Fetch_ProxyFails_IsNamedWithoutItsPassword(
        Breakage breakage, string variable, string scheme, string expected)
    {
        using var proxy = new BrokenServer(breakage);

        await using var fetch = new ProgramProcess(
            [.. Environment(new Uri($"{scheme}://hub.invalid")), new("NO_PROXY", ""),
                new(variable, $"http://ada:secret@{proxy.Address.Authority}")],
            ["fetch", FakeHub.Model]);

        Assert.Equal(1, await fetch.EndAsync());
        Assert.Contains(
            expected.Replace("PROXY ", $"{proxy.Address.Authority} ", StringComparison.Ordinal), fetch.Error,
            StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fetch.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_HubDoesNotAnswer_ReadyAndPageSayWhyAndWhatToDo()
    {
        using var server = new BrokenServer(Breakage.NeverAnswers);
        await using var program = new ProgramProcess(
            [.. Environment(server.Address), new("Molmo__HubAnswerSeconds", "3")],
            ["--urls", "http://127.0.0.1:0", "--data", Path.Combine(_folder, "data"), "--model", FakeHub.Model]);
        using var client = new HttpClient { BaseAddress = await program.UntilListeningAsync() };
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var hindrance = $"{server.Address.Authority} did not answer within 3 seconds";

        // Between the tries it says what it waits for.
        await UntilAsync(client, state => state["progress"]?["hindrance"]?.GetValue<string>() == hindrance);
        var state = await UntilAsync(client, state => state.Text("code") == "modelRefused");

        // Four tries of 3 seconds, and 7 between them.
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(60));
        var sentence = $"owner/tiny could not be fetched: {hindrance}. Try again when the network is in order; what "
            + "has arrived is kept. This server tries again when it is started again.";
        Assert.Equal($"The model could not be loaded. {sentence}", state.Text("message"));
        // The log is written by a thread of its own, and may come after the answer.
        await program.UntilOutputAsync($"The model could not be loaded: {sentence}");
        var page = await client.GetStringAsync("/", Token);
        Assert.Contains("role=\"alert\"", page, StringComparison.Ordinal);
        Assert.Contains(sentence, page, StringComparison.Ordinal);
        Assert.DoesNotContain("progressbar", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_OfflineWithAPartOfTheModel_NamesTheFilesAndTheCommand()
    {
        CachedModel.Write(Path.Combine(_folder, "hf", "hub"), CachedModel.Shards.SkipLast(1));
        await using var program = new ProgramProcess(
            [.. Environment(new Uri("http://127.0.0.1:9")), new("HF_HUB_OFFLINE", "yes")],
            ["--urls", "http://127.0.0.1:0", "--data", Path.Combine(_folder, "data"), "--model", FakeHub.Model]);
        using var client = new HttpClient { BaseAddress = await program.UntilListeningAsync() };

        var state = await UntilAsync(client, state => state.Text("code") == "modelRefused");

        Assert.Contains(
            "The cache has owner/tiny without model-00002-of-00002.safetensors, and HF_HUB_OFFLINE forbids to fetch. "
                + "Run \"fetch owner/tiny\" without it",
            state.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_CompleteModelInTheCache_StartsThoughTheHubIsGone()
    {
        await using (var hub = await StartAsync())
        {
            await using var fetch = new ProgramProcess(
                Environment(hub).Select(given => given.Key != "HF_HOME" ? given : new(given.Key, "~/$PART")).Append(
                    new("HOME", _folder)).Append(new("PART", "hf")), ["fetch", FakeHub.Model]);
            Assert.True(await fetch.EndAsync() == 0, fetch.Error);
        }

        using var gone = new BrokenServer(Breakage.NeverAnswers);
        await using var program = new ProgramProcess(Environment(gone.Address),
            ["--urls", "http://127.0.0.1:0", "--data", Path.Combine(_folder, "data"), "--model", FakeHub.Model]);
        using var client = new HttpClient { BaseAddress = await program.UntilListeningAsync() };
        while (!(await client.GetAsync("/ready", Token)).IsSuccessStatusCode) await Task.Delay(50, Token);

        Assert.Equal(0, gone.Taken);
    }

    /// <summary>Asks whether it is ready, which it is not, until it says what is waited for.</summary>
    private static async Task<JsonObject> UntilAsync(HttpClient client, Func<JsonObject, bool> isThere)
    {
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(Token);
        guard.CancelAfter(TimeSpan.FromMinutes(2));
        while (true)
        {
            using var answer = await client.GetAsync("/ready", guard.Token);
            Assert.Equal(StatusCodes.Status503ServiceUnavailable, (int)answer.StatusCode);
            var state = await answer.JsonAsync();
            if (isThere(state)) return state;
            await Task.Delay(20, guard.Token);
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private KeyValuePair<string, string>[] Environment(FakeHub hub) => Environment(hub.Address);

    private KeyValuePair<string, string>[] Environment(Uri hub)
        => [new("HF_ENDPOINT", hub.ToString()), new("HF_HOME", Path.Combine(_folder, "hf")),
            new("HF_HUB_CACHE", ""), new("HF_TOKEN", ""), new("HF_HUB_OFFLINE", "")];

    private static async Task<FakeHub> StartAsync()
    {
        var hub = await FakeHub.StartAsync();
        foreach (var file in Directory.EnumerateFiles(TestData.TinyModel))
            hub.Files[Path.GetFileName(file)] = await File.ReadAllBytesAsync(file, Token);
        return hub;
    }
}
