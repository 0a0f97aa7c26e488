using System.Diagnostics;
using Molmo.Demo.Server.ModelHub;

namespace Molmo.Demo.Server.Tests.ModelHub;

/// <summary>A Hub that fails in every way a server can, over real sockets: one sentence, and in time.</summary>
public sealed class HubFailureTests : IDisposable
{
    private static readonly TimeSpan GiveUp = TimeSpan.FromSeconds(20);

    private readonly string _cache = Directory.CreateTempSubdirectory("molmo-hub-").FullName;
    private readonly HubModel _model = HubModel.Parse(FakeHub.Model)!;

    public void Dispose() => Directory.Delete(_cache, recursive: true);

    [Theory]
    [InlineData(Breakage.Refuses, "HUB refuses connections.")]
    [InlineData(Breakage.DropsConnections, "no connection to HUB came about within 1 second.")]
    [InlineData(Breakage.NeverAnswers, "HUB did not answer within 1 second.")]
    [InlineData(Breakage.DripsHeaders, "HUB did not answer within 1 second.")]
    [InlineData(Breakage.SilentAfterHeaders, "HUB began its answer and did not end it within 3 seconds.")]
    [InlineData(Breakage.CutInTheMiddle, "the connection to HUB broke off.")]
    [InlineData(Breakage.EndsTooEarly, "the connection to HUB broke off.")]
    [InlineData(Breakage.Status407, "the proxy wants a login. Write it into HTTPS_PROXY or HTTP_PROXY")]
    [InlineData(Breakage.Status500, "HUB is out of order, it answered 500. Try again later;")]
    [InlineData(Breakage.Status503, "HUB is out of order, it answered 503. Try again later;")]
    [InlineData(Breakage.Status429, "HUB has had too many requests from here (429). Wait some minutes,")]
    [InlineData(Breakage.Status429WithShortWait, "asks to wait 1 second (429). Wait for that long,")]
    [InlineData(Breakage.Status429WithLongWait, "asks to wait 3600 seconds (429). Wait for that long,")]
    [InlineData(Breakage.Status511, "HUB answered with a web page instead of the model")]
    [InlineData(Breakage.WebPage, "HUB answered with a web page instead of the model, as a network does that wants a "
        + "login. Open a browser on this network and sign in,")]
    [InlineData(Breakage.RedirectToWebPage, "HUB answered with a web page instead of the model")]
    [InlineData(Breakage.RedirectCircle, "HUB redirects in a circle. Check HF_ENDPOINT,")]
    [InlineData(Breakage.RedirectToNowhere, "HUB answered 302 and names no other address.")]
    [InlineData(Breakage.RedirectToFile, "HUB answered 302 and names no other address.")]
    [InlineData(Breakage.NoHttp, "HUB answered with something that is not HTTP.")]
    [InlineData(Breakage.NoJson, "HUB answered with something else than a list of files. Check HF_ENDPOINT,")]
    [InlineData(Breakage.NoList, "HUB answered with something else than a list of files.")]
    [InlineData(Breakage.UntrustedCertificate, "the certificate of HUB is not to be trusted: no authority that this "
        + "machine trusts has signed it. Check the clock")]
    [InlineData(Breakage.PlainInPlaceOfTls, "there is no secure connection to HUB: ")]
    [InlineData(Breakage.UnknownName, "the name of HUB is not known on this network.")]
    public async Task Run_HubFails_EndsWithASentenceInTime(Breakage breakage, string sentence)
    {
        using var server = new BrokenServer(breakage);
        var told = new List<FetchProgress>();

        var (refusal, took) = await RefuseAsync(server.Address, told, LimitsFor(breakage));

        Assert.StartsWith("owner/tiny could not be fetched: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(
            sentence.Replace("HUB", server.Address.Authority, StringComparison.Ordinal), refusal.Message,
            StringComparison.Ordinal);
        Assert.EndsWith(".", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
        Assert.True(refusal.IsUnreachable);
        // Four tries of three seconds at most, and the waits between them.
        Assert.InRange(took, TimeSpan.Zero, GiveUp);
        Assert.All(told, progress => Assert.Contains(progress.Hindrance!, refusal.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Breakage.Status429WithLongWait)]
    [InlineData(Breakage.WebPage)]
    [InlineData(Breakage.RedirectToNowhere)]
    [InlineData(Breakage.UntrustedCertificate)]
    public async Task Run_WaitingWouldNotHelp_AsksOnce(Breakage breakage)
    {
        using var server = new BrokenServer(breakage);
        var told = new List<FetchProgress>();

        await RefuseAsync(server.Address, told);

        Assert.Equal(1, server.Taken);
        Assert.Empty(told);
    }

    [Fact]
    public async Task Run_NothingEverComes_IsGivenUpWithinTheWholeLimit()
    {
        using var server = new BrokenServer(Breakage.NeverAnswers);
        var limits = Limits with { Answer = TimeSpan.FromMinutes(2), GiveUp = TimeSpan.FromSeconds(2) };

        var (refusal, took) = await RefuseAsync(server.Address, [], limits);

        Assert.Contains("nothing came for 2 seconds. Try again", refusal.Message, StringComparison.Ordinal);
        Assert.InRange(took, TimeSpan.FromSeconds(1.5), GiveUp);
    }

    [Fact]
    public async Task Run_PersonEndsIt_IsNoFailureOfTheHub()
    {
        using var server = new BrokenServer(Breakage.NeverAnswers);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        stop.CancelAfter(TimeSpan.FromMilliseconds(200));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new HubFetch(
            Settings(server.Address, HubLimits.Default), TimeProvider.System).RunAsync(_model, null, stop.Token));
    }

    [Theory]
    [InlineData(Breakage.Refuses)]
    [InlineData(Breakage.NeverAnswers)]
    [InlineData(Breakage.Status503)]
    [InlineData(Breakage.WebPage)]
    [InlineData(Breakage.UntrustedCertificate)]
    public async Task Run_HubFailsAndTheCacheIsComplete_TakesTheCacheAndSaysSo(Breakage breakage)
    {
        var snapshot = CachedModel.Write(_cache, CachedModel.Shards);
        using var server = new BrokenServer(breakage);
        var notes = new List<string>();

        var folder = await new HubFetch(Settings(server.Address, LimitsFor(breakage)), TimeProvider.System)
            .RunAsync(_model, null, Token, notes.Add);

        Assert.Equal(snapshot, folder);
        Assert.Contains("what the cache has of it, which is complete", Assert.Single(notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_HubFailsAndTheCacheLacksFiles_NamesThem()
    {
        CachedModel.Write(_cache, CachedModel.Shards.Except(["model-00002-of-00002.safetensors", "tokenizer.json"]));
        using var server = new BrokenServer(Breakage.Refuses);

        var (refusal, _) = await RefuseAsync(server.Address, []);

        Assert.EndsWith(
            "The cache has owner/tiny without model-00002-of-00002.safetensors, tokenizer.json.", refusal.Message,
            StringComparison.Ordinal);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static HubLimits Limits => new()
    {
        Connect = TimeSpan.FromSeconds(10),
        Answer = TimeSpan.FromSeconds(10),
        Stall = TimeSpan.FromSeconds(1),
        GiveUp = GiveUp,
        FirstWait = TimeSpan.FromMilliseconds(20),
    };

    /// <summary>Short where silence is the fault; elsewhere a busy machine gets time to fail in its own way.</summary>
    private static HubLimits LimitsFor(Breakage breakage) => breakage switch
    {
        Breakage.DropsConnections => Limits with { Connect = TimeSpan.FromSeconds(1) },
        Breakage.NeverAnswers or Breakage.DripsHeaders => Limits with { Answer = TimeSpan.FromSeconds(1) },
        // Its headers must come within the same limit.
        Breakage.SilentAfterHeaders => Limits with { Answer = TimeSpan.FromSeconds(3) },
        _ => Limits,
    };

    private HubSettings Settings(Uri address, HubLimits limits)
        => new(address, _cache, null, false) { Limits = limits };

    private async Task<(ModelHubException Refusal, TimeSpan Took)> RefuseAsync(
        Uri address, List<FetchProgress> told, HubLimits? limits = null)
    {
        var watch = Stopwatch.StartNew();
        var refusal = await Assert.ThrowsAsync<ModelHubException>(() => new HubFetch(
            Settings(address, limits ?? Limits), TimeProvider.System).RunAsync(_model, new Collect(told), Token));
        return (refusal, watch.Elapsed);
    }

    private sealed class Collect(List<FetchProgress> into) : IProgress<FetchProgress>
    {
        public void Report(FetchProgress value) => into.Add(value);
    }
}
