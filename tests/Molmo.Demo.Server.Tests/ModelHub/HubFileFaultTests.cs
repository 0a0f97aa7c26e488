using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Molmo.Demo.Server.ModelHub;

namespace Molmo.Demo.Server.Tests.ModelHub;

/// <summary>What can go wrong with the bytes of a file, once the Hub has described it.</summary>
public sealed class HubFileFaultTests : IDisposable
{
    private static readonly TimeSpan GiveUp = TimeSpan.FromSeconds(20);

    private readonly string _cache = Directory.CreateTempSubdirectory("molmo-hub-").FullName;
    private readonly byte[] _weights = new byte[3 << 20];
    private readonly HubModel _model = HubModel.Parse(FakeHub.Model)!;
    private readonly List<FetchProgress> _told = [];

    public HubFileFaultTests() => new Random(11).NextBytes(_weights);

    public void Dispose() => Directory.Delete(_cache, recursive: true);

    [Fact]
    public async Task Run_BytesStandStill_EndsInTimeAndKeepsWhatCame()
    {
        await using var hub = await StartAsync();
        hub.Fault = async context =>
        {
            if (Range(context) is not { } range) return false;
            Begin(context, range.From, range.To);
            await context.Response.Body.WriteAsync(_weights.AsMemory(0, range.From == 0 ? 1_500_000 : 0), Token);
            await context.Response.Body.FlushAsync(Token);
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
            return true;
        };

        var refusal = await RefuseAsync(hub);

        Assert.Contains("sent next to nothing for 1 second. Try again", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("what has arrived is kept", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(_told, progress => progress is { DoneBytes: > 1_000_000, Hindrance: not null });
    }

    [Fact]
    public async Task Run_BytesDripForEver_CountsAsStandingStill()
    {
        await using var hub = await StartAsync();
        hub.Fault = async context =>
        {
            if (Range(context) is not { } range) return false;
            Begin(context, range.From, range.To);
            while (true)
            {
                await context.Response.Body.WriteAsync(new byte[1], Token);
                await context.Response.Body.FlushAsync(Token);
                await Task.Delay(50, Token);
            }
        };

        var refusal = await RefuseAsync(hub);

        Assert.Contains("sent next to nothing for 1 second.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_EachAnswerIsCutAfterAFewBytes_EndsInTime()
    {
        await using var hub = await StartAsync();
        hub.Fault = async context =>
        {
            if (Range(context) is not { } range) return false;
            Begin(context, range.From, range.To);
            await context.Response.Body.WriteAsync(_weights.AsMemory((int)range.From, 20), Token);
            await context.Response.Body.FlushAsync(Token);
            context.Abort();
            return true;
        };

        var refusal = await RefuseAsync(hub);

        Assert.Contains("the connection to localhost", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("broke off", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ServerWithoutRanges_StillArrives()
    {
        await using var hub = await StartAsync();
        var cuts = 0;
        hub.Fault = async context =>
        {
            if (Range(context) is null) return false;
            context.Response.ContentLength = _weights.Length;
            var count = Interlocked.Increment(ref cuts) == 1 ? 1_000_000 : _weights.Length;
            await context.Response.Body.WriteAsync(_weights.AsMemory(0, count), Token);
            await context.Response.Body.FlushAsync(Token);
            if (count < _weights.Length) context.Abort();
            return true;
        };

        var snapshot = await FetchAsync(hub);

        Assert.Equal(_weights, File.ReadAllBytes(Path.Combine(snapshot, "model.safetensors")));
        Assert.Equal(2, cuts);
    }

    [Theory]
    [InlineData(416)]
    [InlineData(206)]
    [InlineData(200)]
    public async Task Run_WhatComesIsNeverWhatWasDescribed_SaysThat(int status)
    {
        await using var hub = await StartAsync();
        hub.Fault = context =>
        {
            if (Range(context) is not { } range) return Task.FromResult(false);
            context.Response.StatusCode = status;
            if (status == 206)
                context.Response.GetTypedHeaders().ContentRange = new(range.From, range.To - 1, _weights.Length + 1);
            if (status == 200) context.Response.ContentLength = 0;
            return Task.FromResult(true);
        };

        var refusal = await RefuseAsync(hub);

        Assert.Equal(
            "What the Hub sends of model.safetensors of owner/tiny is not what it describes: sizes differ. Check "
                + "HF_ENDPOINT and proxies, or try again later; what has arrived is kept.",
            refusal.Message);
    }

    [Fact]
    public async Task Run_FileGrowsEachTime_IsToldToNameACommit()
    {
        await using var hub = await StartAsync();
        hub.Fault = context =>
        {
            if (Range(context) is not null) hub.Files["model.safetensors"] = [.. hub.Files["model.safetensors"], 1];
            return Task.FromResult(false);
        };

        var refusal = await RefuseAsync(hub);

        Assert.Contains("keeps changing on the Hub. Name a commit", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_LinkToTheStoreHasEnded_AsksTheHubForAnother()
    {
        await using var hub = await StartAsync();
        var refused = 0;
        hub.Fault = context => Task.FromResult(
            Range(context) is not null && Interlocked.Increment(ref refused) == 1 && Status(context, 403));

        var snapshot = await FetchAsync(hub);

        Assert.Equal(_weights, File.ReadAllBytes(Path.Combine(snapshot, "model.safetensors")));
        Assert.Equal(2, hub.Requests.Count(request => request.Path.EndsWith("/model.safetensors",
            StringComparison.Ordinal) && request.Method == "HEAD"));
    }

    [Fact]
    public async Task Run_StoreAlwaysRefuses_IsNotBlamedOnTheToken()
    {
        await using var hub = await StartAsync();
        hub.Fault = context => Task.FromResult(Range(context) is not null && Status(context, 403));

        var refusal = await RefuseAsync(hub, "hf_secret");

        Assert.Contains(
            "where the Hub keeps model.safetensors, answered 403. Try again later", refusal.Message,
            StringComparison.Ordinal);
        Assert.All(hub.Requests.Where(request => request.Host == "localhost"),
            request => Assert.Null(request.Authorization));
    }

    [Fact]
    public async Task Run_WebPageInPlaceOfBytes_IsCalledOne()
    {
        await using var hub = await StartAsync();
        hub.Fault = async context =>
        {
            if (Range(context) is null) return false;
            context.Response.ContentType = "text/html; charset=utf-8";
            await context.Response.WriteAsync("<!DOCTYPE html><title>Sign in</title>", Token);
            return true;
        };

        var refusal = await RefuseAsync(hub);

        Assert.Contains("answered with a web page instead of the model", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(
            Directory.GetFiles(_cache, "model.safetensors", SearchOption.AllDirectories), File.Exists);
    }

    [Theory]
    [InlineData("X-Linked-Size", "many")]
    [InlineData("X-Linked-Size", "-5")]
    [InlineData("X-Linked-Size", "9000000000000000000")]
    [InlineData("X-Linked-Etag", "\"../../../etc/passwd\"")]
    [InlineData("X-Repo-Commit", "../../x")]
    public async Task Run_DescriptionIsNonsense_IsRefused(string header, string value)
    {
        await using var hub = await StartAsync();
        hub.Fault = context =>
        {
            if (context.Request.Method == "HEAD")
                context.Response.OnStarting(() =>
                {
                    context.Response.Headers[header] = value;
                    return Task.CompletedTask;
                });
            return Task.FromResult(false);
        };

        var refusal = await RefuseAsync(hub);

        Assert.Contains("has no usable size and hash. Check HF_ENDPOINT", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Copy_DiskIsFull_IsNotTriedAgainAsIfTheNetworkHadFailed()
    {
        await using var hub = await StartAsync();
        using var client = new HubClient(Settings(hub), TimeProvider.System);
        var file = await client.DescribeAsync(_model, "model.safetensors", Token);
        var writes = 0;

        var full = await Assert.ThrowsAsync<IOException>(() => client.CopyAsync(
            _model, file, 0, file.Size,
            (_, _) => ++writes > 0 ? throw new IOException("No space left on device") : default, Token));

        Assert.Equal("No space left on device", full.Message);
        Assert.Equal(1, writes);
    }

    [Fact]
    public async Task Run_CacheCannotBeWritten_SaysWhereAndWhy()
    {
        await using var hub = await StartAsync();
        var file = Path.Combine(_cache, "file");
        File.WriteAllText(file, "");

        var refusal = await Assert.ThrowsAsync<ModelHubException>(() => new HubFetch(
            Settings(hub) with { Cache = file }, TimeProvider.System).RunAsync(_model, null, Token));

        Assert.StartsWith($"owner/tiny could not be written to {file}: ", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith("or set HF_HUB_CACHE to another folder.", refusal.Message, StringComparison.Ordinal);
        Assert.False(refusal.IsUnreachable);
    }

    [Theory]
    [InlineData(401, "RepoNotFound", null, "The Hub has no owner/tiny, or shows it only to a login.")]
    [InlineData(401, null, null, "owner/tiny asks for a login.")]
    [InlineData(401, null, "hf_old", "The token in HF_TOKEN is not valid, or has no right to owner/tiny.")]
    [InlineData(403, "GatedRepo", null, "Accept them at HUBowner/tiny, then set HF_TOKEN")]
    [InlineData(403, "GatedRepo", "hf_new", "Accept them at HUBowner/tiny with the account of the token in HF_TOKEN")]
    [InlineData(403, "DisabledRepo", null, "The Hub has closed owner/tiny")]
    [InlineData(404, "RevisionNotFound", null, "The Hub has owner/tiny, but no revision main of it.")]
    [InlineData(404, null, null, "The Hub has no owner/tiny.")]
    public async Task Run_HubRefusesTheModel_SaysWhyAndWhatToDo(
        int status, string? code, string? token, string expected)
    {
        await using var hub = await StartAsync();
        hub.Fault = context =>
        {
            if (code is not null) context.Response.Headers["X-Error-Code"] = code;
            return Task.FromResult(Status(context, status));
        };

        var refusal = await RefuseAsync(hub, token);

        Assert.Contains(
            expected.Replace("HUB", hub.Address.ToString(), StringComparison.Ordinal), refusal.Message,
            StringComparison.Ordinal);
        Assert.Single(hub.Requests);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static (long From, long To)? Range(HttpContext context)
        => context.Request.Path.StartsWithSegments("/store")
            && context.Request.GetTypedHeaders().Range?.Ranges.Single() is { From: { } from, To: { } to }
            ? (from, to + 1) : null;

    private static bool Status(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return true;
    }

    private void Begin(HttpContext context, long from, long to)
    {
        context.Response.StatusCode = StatusCodes.Status206PartialContent;
        context.Response.GetTypedHeaders().ContentRange = new(from, to - 1, _weights.Length);
        context.Response.ContentLength = to - from;
    }

    private HubSettings Settings(FakeHub hub, string? token = null) => new(hub.Address, _cache, token, false)
    {
        Limits = new HubLimits
        {
            Stall = TimeSpan.FromSeconds(1),
            GiveUp = GiveUp,
            FirstWait = TimeSpan.FromMilliseconds(20),
        },
    };

    private Task<string> FetchAsync(FakeHub hub, string? token = null)
        => new HubFetch(Settings(hub, token), TimeProvider.System).RunAsync(_model, new Collect(_told), Token);

    private async Task<ModelHubException> RefuseAsync(FakeHub hub, string? token = null)
    {
        var watch = Stopwatch.StartNew();
        var refusal = await Assert.ThrowsAsync<ModelHubException>(() => FetchAsync(hub, token));
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, GiveUp);
        return refusal;
    }

    private async Task<FakeHub> StartAsync()
    {
        var hub = await FakeHub.StartAsync();
        foreach (var file in CachedModel.Shards.Take(3)) hub.Files[file] = CachedModel.ContentOf(file);
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
