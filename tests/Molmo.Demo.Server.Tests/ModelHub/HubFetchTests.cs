using Microsoft.AspNetCore.Http;
using Molmo.Demo.Server.ModelHub;

namespace Molmo.Demo.Server.Tests.ModelHub;

public sealed class HubFetchTests : IDisposable
{
    private readonly string _cache = Directory.CreateTempSubdirectory("molmo-hub-").FullName;
    private readonly byte[] _weights = new byte[(2 * PartialBlob.ChunkBytes) + 12345];
    private readonly HubModel _model = HubModel.Parse(FakeHub.Model)!;

    public HubFetchTests() => new Random(7).NextBytes(_weights);

    public void Dispose() => Directory.Delete(_cache, recursive: true);

    [Fact]
    public async Task Run_EmptyCache_LaysOutBlobsSnapshotsAndRefs()
    {
        await using var hub = await StartAsync();
        var reports = new List<FetchProgress>();

        var snapshot = await Fetch(hub).RunAsync(_model, new Collect(reports), Token);

        Assert.Equal(Path.Combine(_cache, "models--owner--tiny", "snapshots", FakeHub.Commit), snapshot);
        Assert.Equal(FakeHub.Commit, File.ReadAllText(Path.Combine(_cache, "models--owner--tiny", "refs", "main")));
        Assert.Equal(_weights, File.ReadAllBytes(Path.Combine(snapshot, "model.safetensors")));
        var link = new FileInfo(Path.Combine(snapshot, "model.safetensors")).LinkTarget;
        Assert.Equal(Path.Combine("..", "..", "blobs", FakeHub.Sha256(_weights)), link);
        var small = new FileInfo(Path.Combine(snapshot, "config.json")).LinkTarget;
        Assert.Equal(FakeHub.GitHash(hub.Files["config.json"]), Path.GetFileName(small));
        Assert.False(File.Exists(Path.Combine(snapshot, "README.md")), "only what the program reads is fetched");
        Assert.Equal(reports[^1].TotalBytes, reports[^1].DoneBytes);
        Assert.True(HubSnapshot.IsComplete(snapshot));
        Assert.DoesNotContain(Directory.GetFiles(_cache, "*", SearchOption.AllDirectories), file =>
            file.EndsWith(".part", StringComparison.Ordinal) || file.EndsWith(".chunks", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_CompleteCache_FetchesNoBytesAgain()
    {
        await using var hub = await StartAsync();
        await Fetch(hub).RunAsync(_model, null, Token);
        hub.Requests.Clear();

        await Fetch(hub).RunAsync(_model, null, Token);

        Assert.DoesNotContain(hub.Requests, request => request.Path.StartsWith("/store/", StringComparison.Ordinal));
        hub.Requests.Clear();
        await new HubFetch(Settings(hub) with { Offline = true }, TimeProvider.System).RunAsync(_model, null, Token);
        Assert.Empty(hub.Requests);
    }

    [Slow]
    [Fact]
    public async Task Run_ConnectionDropsInEveryChunk_EndsWithTheRightBytes()
    {
        await using var hub = await StartAsync();
        var drops = 0;
        hub.Fault = async context =>
        {
            if (!context.Request.Path.StartsWithSegments("/store") || Interlocked.Increment(ref drops) > 6)
                return false;
            var range = context.Request.GetTypedHeaders().Range!.Ranges.Single();
            var from = (int)range.From!.Value;
            context.Response.StatusCode = 206;
            context.Response.GetTypedHeaders().ContentRange = new(from, range.To!.Value, _weights.Length);
            context.Response.ContentLength = range.To.Value - from + 1;
            await context.Response.Body.WriteAsync(
                _weights.AsMemory(from, Math.Min(100_000, _weights.Length - from - 1)));
            await context.Response.Body.FlushAsync();
            context.Abort();
            return true;
        };

        var snapshot = await Fetch(hub).RunAsync(_model, null, Token);

        Assert.Equal(_weights, File.ReadAllBytes(Path.Combine(snapshot, "model.safetensors")));
        Assert.True(drops > 6);
    }

    [Slow]
    [Fact]
    public async Task Run_SecondTryAfterFailure_FetchesOnlyMissingChunks()
    {
        await using var hub = await StartAsync();
        hub.Fault = async context =>
        {
            if (context.Request.GetTypedHeaders().Range?.Ranges.Single().From != PartialBlob.ChunkBytes) return false;
            while (!HasMarks(1, 0, 1)) await Task.Delay(20, Token);
            return Deny(context, true, 404);
        };
        await Assert.ThrowsAsync<ModelHubException>(() => Fetch(hub).RunAsync(_model, null, Token));
        hub.Fault = _ => Task.FromResult(false);
        hub.Requests.Clear();

        var snapshot = await Fetch(hub).RunAsync(_model, null, Token);

        Assert.Equal(_weights, File.ReadAllBytes(Path.Combine(snapshot, "model.safetensors")));
        Assert.Contains(hub.Requests,
            request => request.Range == $"bytes={PartialBlob.ChunkBytes}-{(2 * PartialBlob.ChunkBytes) - 1}");
        Assert.True(hub.Requests.Count(request => request.Path.StartsWith("/store/", StringComparison.Ordinal)) == 1,
            "finished chunks are not fetched again");
    }

    [Fact]
    public async Task Run_WrongBytes_AreThrownAwayAndNamed()
    {
        await using var hub = await StartAsync();
        hub.Fault = async context =>
        {
            if (!context.Request.Path.StartsWithSegments("/store")) return false;
            var range = context.Request.GetTypedHeaders().Range!.Ranges.Single();
            context.Response.StatusCode = 206;
            context.Response.GetTypedHeaders().ContentRange = new(range.From!.Value, range.To!.Value, _weights.Length);
            await context.Response.Body.WriteAsync(new byte[range.To.Value - range.From.Value + 1]);
            return true;
        };

        var refusal = await Assert.ThrowsAsync<ModelHubException>(() => Fetch(hub).RunAsync(_model, null, Token));

        Assert.Contains("model.safetensors", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("hash", refusal.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(new HubCache(_cache).Blob(_model, FakeHub.Sha256(_weights))));
        hub.Fault = _ => Task.FromResult(false);
        var snapshot = await Fetch(hub).RunAsync(_model, null, Token);
        Assert.Equal(_weights, File.ReadAllBytes(Path.Combine(snapshot, "model.safetensors")));
    }

    [Theory]
    [InlineData(401, "HF_TOKEN")]
    [InlineData(403, "HF_TOKEN")]
    [InlineData(404, "Check owner")]
    public async Task Run_Refused_SaysWhatToDo(int status, string expected)
    {
        await using var hub = await StartAsync();
        hub.Fault = context => Task.FromResult(Deny(context, true, status));

        var refusal = await Assert.ThrowsAsync<ModelHubException>(() => Fetch(hub).RunAsync(_model, null, Token));

        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        Assert.Single(hub.Requests); // no second try where it cannot help
    }

    [Fact]
    public async Task Run_TooManyRequestsAndServerErrors_AreTriedAgain()
    {
        await using var hub = await StartAsync();
        var count = 0;
        hub.Fault = context =>
        {
            var turn = Interlocked.Increment(ref count);
            context.Response.Headers.RetryAfter = "0";
            return Task.FromResult(Deny(context, turn is 1 or 3 or 5, turn == 1 ? 429 : 503));
        };

        var snapshot = await Fetch(hub).RunAsync(_model, null, Token);

        Assert.True(HubSnapshot.IsComplete(snapshot));
    }

    [Fact]
    public async Task Run_WithToken_SendsItToTheHubAndNotToTheStore()
    {
        await using var hub = await StartAsync();

        await new HubFetch(Settings(hub) with { Token = "hf_secret" }, TimeProvider.System)
            .RunAsync(_model, null, Token);

        Assert.All(hub.Requests,
            request => Assert.Equal(request.Host == "localhost" ? null : "Bearer hf_secret", request.Authorization));
        Assert.Contains(hub.Requests, request => request.Host == "localhost");
    }

    [Fact]
    public async Task Run_FileReplacedBetweenTries_TakesTheNewOne()
    {
        await using var hub = await StartAsync();
        hub.Fault = context => Task.FromResult(Deny(
            context, context.Request.GetTypedHeaders().Range?.Ranges.Single().From == PartialBlob.ChunkBytes, 404));
        await Assert.ThrowsAsync<ModelHubException>(() => Fetch(hub).RunAsync(_model, null, Token));
        hub.Fault = _ => Task.FromResult(false);
        var replaced = _weights[..^77];
        new Random(8).NextBytes(replaced);
        hub.Files["model.safetensors"] = replaced;

        var snapshot = await Fetch(hub).RunAsync(_model, null, Token);

        Assert.Equal(replaced, File.ReadAllBytes(Path.Combine(snapshot, "model.safetensors")));
    }

    [Fact]
    public async Task Run_FileReplacedWhileFetching_TakesTheNewOne()
    {
        await using var hub = await StartAsync();
        var replaced = _weights[..^100];
        new Random(9).NextBytes(replaced);
        hub.Fault = context =>
        {
            if (context.Request.Path.StartsWithSegments("/store")) hub.Files["model.safetensors"] = replaced;
            return Task.FromResult(false);
        };

        var snapshot = await Fetch(hub).RunAsync(_model, null, Token);

        Assert.Equal(replaced, File.ReadAllBytes(Path.Combine(snapshot, "model.safetensors")));
    }

    [Fact]
    public async Task Run_Offline_WithoutCache_IsRefused()
    {
        await using var hub = await StartAsync();

        var refusal = await Assert.ThrowsAsync<ModelHubException>(() =>
            new HubFetch(Settings(hub) with { Offline = true }, TimeProvider.System).RunAsync(_model, null, Token));

        Assert.Contains("HF_HUB_OFFLINE", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(hub.Requests);
    }

    [Theory]
    [InlineData("allenai/Molmo-7B-D-0924", "allenai", "Molmo-7B-D-0924", "main")]
    [InlineData("a/b@refs/pr/3", "a", "b", "refs/pr/3")]
    public void Parse_WrittenForm_IsRead(string text, string owner, string name, string revision)
        => Assert.Equal(new HubModel(owner, name, revision), HubModel.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("name")]
    [InlineData("../b")]
    [InlineData("a/b/c")]
    [InlineData("/a/b")]
    [InlineData("a/b@../../x")]
    [InlineData("a/b--c")]
    [InlineData("a b/c")]
    public void Parse_PathsAndNonsense_AreNoModel(string text) => Assert.Null(HubModel.Parse(text));

    [Fact]
    public void FromEnvironment_PythonVariables_AreRespected()
    {
        var variables = new Dictionary<string, string?>
        {
            ["HF_HOME"] = _cache,
            ["HF_TOKEN"] = " t ",
            ["HF_ENDPOINT"] = "http://mirror.test/hf/",
            ["HF_HUB_OFFLINE"] = "1"
        };

        var settings = HubSettings.FromEnvironment(name => variables.GetValueOrDefault(name));

        Assert.Equal(Path.Combine(_cache, "hub"), settings.Cache);
        Assert.Equal("t", settings.Token);
        Assert.Equal("http://mirror.test/hf/", settings.Endpoint.ToString());
        Assert.True(settings.Offline);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private bool HasMarks(params byte[] marks)
    {
        using var file = new FileStream(new HubCache(_cache).Blob(_model, FakeHub.Sha256(_weights)) + ".chunks",
            FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var found = new byte[marks.Length];
        file.ReadAtLeast(found, found.Length, throwOnEndOfStream: false);
        return found.AsSpan().SequenceEqual(marks);
    }

    private static bool Deny(HttpContext context, bool when, int status)
    {
        if (when) context.Response.StatusCode = status;
        return when;
    }

    private HubSettings Settings(FakeHub hub) => new(hub.Address, _cache, null, false)
    {
        Limits = HubLimits.Default with { FirstWait = TimeSpan.FromMilliseconds(50) },
    };

    private HubFetch Fetch(FakeHub hub) => new(Settings(hub), TimeProvider.System);

    private async Task<FakeHub> StartAsync()
    {
        var hub = await FakeHub.StartAsync();
        hub.Files["config.json"] = "{}"u8.ToArray();
        hub.Files["preprocessor_config.json"] = "{  }"u8.ToArray();
        hub.Files["tokenizer.json"] = "{ }"u8.ToArray();
        hub.Files["README.md"] = "read me"u8.ToArray();
        hub.Files["model.safetensors"] = _weights;
        return hub;
    }

    private sealed class Collect(List<FetchProgress> into) : IProgress<FetchProgress>
    {
        public void Report(FetchProgress value)
        {
            lock (into) into.Add(value);
        }
    }
}
