using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Server.Tests.Chat;
using Molmo.Demo.Server.Tests.Images;

namespace Molmo.Demo.Server.Tests.Storage;

/// <summary>
/// An answer goes on while nothing can be written: that is said from the first failed write on, and until all of it
/// is kept.
/// </summary>
public sealed class DegradedTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Slow]
    [Theory]
    [InlineData(SQLitePCL.raw.SQLITE_FULL, StorageFault.Full, "storage is full")]
    [InlineData(SQLitePCL.raw.SQLITE_READONLY, StorageFault.ReadOnly, "cannot be written")]
    [InlineData(SQLitePCL.raw.SQLITE_IOERR, StorageFault.Failed, "storage fails")]
    public async Task Answer_DiskFailsMeanwhile_IsSaidUntilAllOfItIsKept(int code, StorageFault fault, string said)
    {
        var data = Directory.CreateTempSubdirectory("molmo-test-").FullName;
        using var disk = new FaultyDisk(data);
        await using var chat = await ChatApplication.StartAsync(data: data);
        var gate = chat.Model.HoldSteps();
        var (ann, conversation) = (VisitorId.New(), ConversationId.New());
        var id = await chat.Service.StartAsync(
            ann, new Question(conversation, "How many?", null, SamplingChoice.Greedy), Cancel);
        gate.Release();
        await Sequences.UntilAsync(
            () => Stored(chat, id).Contains("One", StringComparison.Ordinal), "the beginning is stored");
        await AssertReadyAsync(chat, true, null);

        disk.Arm(1, code, isLasting: true);
        gate.Release(100);
        var events = await chat.Service.ReadAsync(ann, id, 1, Cancel).ToListAsync();
        var keeping = chat.Services.GetRequiredService<IAnswerKeeping>();
        await Sequences.UntilAsync(() => keeping.TroubleOf(id) is not null, "the page is told");
        Assert.True(fault == keeping.TroubleOf(id), string.Join(
            " / ", chat.Log.All.Where(l => l.Level >= LogLevel.Error).Select(l => $"{l.Text} {l.Exception}")));
        Assert.Null(keeping.TroubleOf(GenerationId.New()));
        await AssertReadyAsync(chat, false, said);
        Assert.True(await MetricAsync(chat, "molmo_storage_failures_total") > 0);
        Assert.Equal(1, await MetricAsync(chat, "molmo_storage_degraded"));
        Assert.True(await MetricAsync(chat, "molmo_events_unstored") > 0);
        Assert.DoesNotContain("three", Stored(chat, id), StringComparison.Ordinal);
        await Task.Delay(1500, Cancel);
        Assert.Single(chat.Log.All, line => line.Level >= LogLevel.Error);

        disk.Heal();
        await Sequences.UntilAsync(() => keeping.TroubleOf(id) is null, "the notice goes");
        Assert.Equal("One two three.", Stored(chat, id));
        await Sequences.UntilAsync(() => MetricAsync(chat, "molmo_storage_degraded").Result == 0, "all is well");
        await AssertReadyAsync(chat, true, null);
        Assert.Equal(0, await MetricAsync(chat, "molmo_events_unstored"));

        await chat.StopAsync();
        await using var next = await ChatApplication.StartAsync(data: chat.Data);
        Assert.Equal(events, await next.Service.ReadAsync(ann, id, 1, Cancel).ToListAsync());
    }

    [Slow]
    [Fact]
    public async Task Answer_DatabaseHeldByAnotherProgram_IsSaidAndKeptWhenItLetsGo()
    {
        await using var chat = await ChatApplication.StartAsync();
        var gate = chat.Model.HoldSteps();
        var ann = VisitorId.New();
        var id = await chat.Service.StartAsync(
            ann, new Question(ConversationId.New(), "How many?", null, SamplingChoice.Greedy), Cancel);
        using (var other = new SqliteConnection($"Data Source={Path.Combine(chat.Data, "molmo.db")};Pooling=false"))
        {
            other.Open();
            other.Execute("BEGIN IMMEDIATE");
            gate.Release(100);
            await chat.Service.ReadAsync(ann, id, 1, Cancel).ToListAsync();
            var keeping = chat.Services.GetRequiredService<IAnswerKeeping>();
            await Sequences.UntilAsync(() => keeping.TroubleOf(id) == StorageFault.Locked, "the page is told");
            await AssertReadyAsync(chat, false, "Another program");
            other.Execute("COMMIT");
            await Sequences.UntilAsync(() => keeping.TroubleOf(id) is null, "the notice goes");
        }
        Assert.Equal("One two three.", Stored(chat, id));
        await AssertReadyAsync(chat, true, null);
    }

    [Fact]
    public async Task Upload_DiskFullForAWhile_IsSaidOnceAndWellAgainByItself()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        await Sequences.UntilAsync(
            () => person.GetAsync("/ready", Cancel).Result.IsSuccessStatusCode, "the model is ready");
        var files = app.Services.GetRequiredService<ImageFiles>();
        var isFull = true;
        files.BeforeStep = step =>
        {
            if (isFull && step == "write") throw new IOException("No space left on device", 28);
        };
        var health = app.Services.GetRequiredService<StorageHealth>();
        using (var refused = await person.PostImageAsync(Rasters.Png()))
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal(new StorageFull(), health.Trouble);
        using (var ready = await person.GetAsync("/ready", Cancel))
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);

        isFull = false;
        await Sequences.UntilAsync(() => health.Trouble is null, "a probe found it well");
        using (var ready = await person.GetAsync("/ready", Cancel)) Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        await person.UploadAsync(Rasters.Png());
        Assert.Single(app.ImageFiles);
    }

    [Fact]
    public async Task Stop_DiskStillFull_SaysHowMuchIsLost()
    {
        var data = Directory.CreateTempSubdirectory("molmo-test-").FullName;
        using var disk = new FaultyDisk(data);
        await using var chat = await ChatApplication.StartAsync(data: data);
        var ann = VisitorId.New();
        var gate = chat.Model.HoldSteps();
        var id = await chat.Service.StartAsync(
            ann, new Question(ConversationId.New(), "How many?", null, SamplingChoice.Greedy), Cancel);
        disk.Arm(1, SQLitePCL.raw.SQLITE_FULL, isLasting: true);
        gate.Release(100);
        await chat.Service.ReadAsync(ann, id, 1, Cancel).ToListAsync();
        await Sequences.UntilAsync(
            () => chat.Services.GetRequiredService<JournalWriter>().TroubleOf(id) is not null, "a write failed");
        await chat.StopAsync();
        Assert.Contains(chat.Log.All, line => line.Text.Contains("are lost", StringComparison.Ordinal));
    }

    private static string Stored(ChatApplication chat, GenerationId id)
    {
        using var connection = chat.Database.Open();
        return connection.QuerySingle<string>("SELECT text FROM generations WHERE id = @id", new { id = id.Value });
    }

    private static async Task AssertReadyAsync(ChatApplication chat, bool isReady, string? said)
    {
        using var client = new HttpClient { BaseAddress = chat.Address };
        using var response = await client.GetAsync("/ready", Cancel);
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!;
        Assert.Equal(isReady ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(isReady, body["ready"]!.GetValue<bool>());
        if (said is null) return;
        Assert.True(body["degraded"]!.GetValue<bool>());
        Assert.Contains(said, body["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    private static async Task<double> MetricAsync(ChatApplication chat, string name)
    {
        using var client = new HttpClient { BaseAddress = chat.Address };
        return (await client.GetStringAsync("/metrics", Cancel)).Split('\n')
            .Where(line => line.StartsWith(name, StringComparison.Ordinal))
            .Sum(line => double.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture));
    }
}
