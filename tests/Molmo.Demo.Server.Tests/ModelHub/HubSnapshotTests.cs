using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.ModelHub;

namespace Molmo.Demo.Server.Tests.ModelHub;

/// <summary>Caches that hold a part of a model: what is missing is fetched, or named where it cannot be.</summary>
public sealed class HubSnapshotTests : IDisposable
{
    private const string Pointer =
        "version https://git-lfs.github.com/spec/v1\n"
        + "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";

    private readonly string _cache = Directory.CreateTempSubdirectory("molmo-hub-").FullName;
    private readonly HubModel _model = HubModel.Parse(FakeHub.Model)!;

    public void Dispose() => Directory.Delete(_cache, recursive: true);

    public static TheoryData<string, string[]> Damages => new()
    {
        { "one shard", ["model-00002-of-00002.safetensors"] },
        { "config", ["config.json"] },
        { "tokenizer", ["tokenizer.json"] },
        { "preprocessor", ["preprocessor_config.json"] },
        { "index", ["model.safetensors.index.json"] },
        { "all weights", ["model.safetensors"] },
        { "broken link", ["model-00001-of-00002.safetensors"] },
        { "broken link of config", ["config.json"] },
        { "incomplete blob", ["model-00002-of-00002.safetensors"] },
        { "pointer", ["model-00001-of-00002.safetensors (a Git LFS pointer)"] },
        { "page as config", ["config.json (a web page (HTML))"] },
        { "page as tokenizer", ["tokenizer.json (a web page (HTML))"] },
        { "pointer as index", ["model.safetensors.index.json (a Git LFS pointer)"] },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Run_OfflineWithAPart_NamesEachFileAndTheCommand(string damage, string[] missing)
    {
        var snapshot = Damage(damage);
        Assert.Equal(missing, HubSnapshot.Missing(snapshot));

        var refusal = await Assert.ThrowsAsync<ModelHubException>(() => new HubFetch(
            new HubSettings(new Uri("http://127.0.0.1:9/"), _cache, null, Offline: true), TimeProvider.System)
            .RunAsync(_model, null, Token));

        Assert.Equal(
            $"The cache has owner/tiny without {string.Join(", ", missing)}, and HF_HUB_OFFLINE forbids to fetch. Run "
                + "\"fetch owner/tiny\" without it, where the Hub can be reached.",
            refusal.Message);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Run_OnlineWithAPart_CompletesIt(string damage, string[] missing)
    {
        var snapshot = Damage(damage);
        Assert.NotEmpty(missing);
        await using var hub = await FakeHub.StartAsync();
        CachedModel.Publish(hub);

        var folder = await new HubFetch(new HubSettings(hub.Address, _cache, null, false), TimeProvider.System)
            .RunAsync(_model, null, Token);

        Assert.Equal(snapshot, folder);
        Assert.Empty(HubSnapshot.Missing(folder));
        Assert.All(CachedModel.Shards, file => Assert.Equal(
            CachedModel.ContentOf(file), File.ReadAllBytes(Path.Combine(folder, file))));
    }

    [Fact]
    public async Task Run_BranchOfASnapshotThatIsGone_FetchesIt()
    {
        var snapshot = CachedModel.Write(_cache, CachedModel.Shards);
        Directory.Delete(snapshot, recursive: true);
        await using var hub = await FakeHub.StartAsync();
        CachedModel.Publish(hub);
        var settings = new HubSettings(hub.Address, _cache, null, Offline: true);

        var refusal = await Assert.ThrowsAsync<ModelHubException>(
            () => new HubFetch(settings, TimeProvider.System).RunAsync(_model, null, Token));
        Assert.StartsWith("owner/tiny is not in the cache", refusal.Message, StringComparison.Ordinal);

        var folder = await new HubFetch(settings with { Offline = false }, TimeProvider.System)
            .RunAsync(_model, null, Token);
        Assert.Empty(HubSnapshot.Missing(folder));
        // Blobs that were there need no bytes.
        Assert.DoesNotContain(hub.Requests, request => request.Range is not null);
    }

    [Theory]
    [InlineData("../../../../outside")]
    [InlineData("not a commit")]
    [InlineData("")]
    public void FindSnapshot_BranchHoldsNoCommit_FindsNothing(string text)
    {
        CachedModel.Write(_cache, CachedModel.Shards);
        File.WriteAllText(Path.Combine(_cache, "models--owner--tiny", "refs", "main"), text);

        Assert.Null(new HubCache(_cache).FindSnapshot(_model));
    }

    [Fact]
    public async Task Run_CompleteAndOffline_AsksNobody()
    {
        var snapshot = CachedModel.Write(_cache, CachedModel.Shards);

        Assert.Equal(snapshot, await new HubFetch(
            new HubSettings(new Uri("http://127.0.0.1:9/"), _cache, null, Offline: true), TimeProvider.System)
            .RunAsync(_model, null, Token));
    }

    [Fact]
    public void Choose_TorchShards_AreTakenWhereThereIsNothingElse()
    {
        string[] files = ["README.md", "config.json", "tokenizer.json", "pytorch_model.bin.index.json",
            "pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin", "training_args.bin"];

        Assert.Equal(files[1..^1], HubSnapshot.Choose(files, _model));
    }

    [Fact]
    public void HubOf_Settings_AreTheLimits()
    {
        var limits = ModelSource.HubOf(new MolmoOptions
        {
            HubConnectSeconds = 1,
            HubAnswerSeconds = 2,
            HubStallSeconds = 3,
            HubGiveUpSeconds = 4,
        }).Limits;

        Assert.Equal([1, 2, 3, 4], new[] { limits.Connect, limits.Answer, limits.Stall, limits.GiveUp }
            .Select(limit => limit.TotalSeconds));
        Assert.Equal(HubLimits.Default, ModelSource.HubOf(new MolmoOptions()).Limits);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Damage(string damage)
    {
        var (config, tokenizer, index) = ("config.json", "tokenizer.json", "model.safetensors.index.json");
        var (one, two) = (CachedModel.Shards[^2], CachedModel.Shards[^1]);
        var snapshot = CachedModel.Write(_cache, CachedModel.Shards.Except(damage switch
        {
            "one shard" or "incomplete blob" => [two],
            "config" => [config],
            "tokenizer" => [tokenizer],
            "preprocessor" => ["preprocessor_config.json"],
            "index" => [index],
            "all weights" => [index, one, two],
            _ => [],
        }));
        switch (damage)
        {
            case "broken link":
                File.Delete(Blob(one));
                break;
            case "broken link of config":
                File.Delete(Blob(config));
                break;
            case "incomplete blob":
                File.WriteAllBytes(Blob(two) + ".incomplete", CachedModel.ContentOf(two)[..3]);
                break;
            case "pointer":
                File.WriteAllText(Blob(one), Pointer);
                break;
            case "page as config":
                File.WriteAllText(Blob(config), "\n<!doctype HTML><p>Sign in");
                break;
            case "page as tokenizer":
                // A file of its own, as a cache has it where links are not allowed.
                File.Delete(Path.Combine(snapshot, tokenizer));
                File.WriteAllText(Path.Combine(snapshot, tokenizer), "\uFEFF<html>");
                break;
            case "pointer as index":
                File.WriteAllText(Blob(index), Pointer);
                break;
        }
        return snapshot;

        string Blob(string file) => new HubCache(_cache).Blob(_model, CachedModel.TagOf(file));
    }
}
