using System.Diagnostics;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.Hosting;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Sharing;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Server.Tests.Chat;
using Molmo.Demo.Server.Tests.Images;
using Molmo.Demo.Server.Web;
using static SQLitePCL.raw;

namespace Molmo.Demo.Server.Tests.Storage;

/// <summary>
/// A start, uploads, an answer, a link and deletions, with the n-th write, flush or rename failing, for every n: what
/// was acknowledged is there afterwards, what was refused is not there by halves, and an answer that was read to its
/// end is kept once the disk works again.
/// </summary>
[Slow]
public sealed class WriteFaultTests
{
    private const string Memory = "/dev/shm";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SQLITE_FULL, true, 1)]
    [InlineData(SQLITE_IOERR, false, 3)]
    [InlineData(SQLITE_FULL, false, 7)]
    [InlineData(SQLITE_READONLY, true, 7)]
    public async Task EveryWrite_Fails_NothingAcknowledgedIsLost(int code, bool isLasting, int step)
    {
        var reached = 0;
        for (var at = 1; ; at += step)
        {
            if (!await RunAsync(at, code, isLasting)) break;
            reached = at;
        }
        Assert.True(reached > 60, $"Only {reached} writes were let fail.");
    }

    /// <returns>Whether so many writes came that one failed.</returns>
    private static async Task<bool> RunAsync(int at, int code, bool isLasting)
    {
        // In memory where there is such a place: a thousand runs flush a hundred times each.
        var data = Directory.Exists(Memory)
            ? Path.Combine(Memory, $"molmo-test-{Guid.NewGuid():N}")
            : Directory.CreateTempSubdirectory("molmo-test-").FullName;
        try
        {
            using var disk = new FaultyDisk(data).Arm(at, code, isLasting);
            var kept = new Acknowledged();
            try
            {
                await using var scenario = new Scenario(data, disk);
                await scenario.PlayAsync(kept);
                await CheckKilledAsync(data, at);
                disk.Heal();
                await scenario.SettleAsync(kept);
            }
            catch (StartupException e)
            {
                Assert.True(disk.HasFailed, e.Message);
            }
            disk.Heal();
            try
            {
                Check(data, kept);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException(
                    $"With write {at} failing ({code}, {(isLasting ? "and all later ones" : "once")}).", e);
            }
            return disk.HasFailed;
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>
    /// What the next process would find if this one were killed now, with the disk still failing: a log whose last
    /// commit may have been refused after it was written, which is then taken for a commit like others.
    /// </summary>
    private static async Task CheckKilledAsync(string data, int at)
    {
        var copy = $"{data}-killed";
        try
        {
            // By another process: closing the database's file here would let go of the locks that SQLite holds on it.
            using var copying = Process.Start("cp", ["-r", data, copy]);
            await copying.WaitForExitAsync(Cancel);
            using var folder = new DataFolder(copy);
            using var database = new Database(folder);
            using var connection = database.Open();
            var named = connection.Query<string>("SELECT hash FROM images UNION SELECT hash FROM share_pictures")
                .ToHashSet();
            named.ExceptWith(folder.ImageHashes);
            Assert.True(
                named.Count == 0, $"Killed after write {at} failed: {named.Count} pictures are named and not there.");
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    /// <summary>What the next process finds.</summary>
    private static void Check(string data, Acknowledged kept)
    {
        using var folder = new DataFolder(data);
        using var database = new Database(folder);
        var health = new StorageHealth(NullLogger<StorageHealth>.Instance);
        using var files = new ImageFiles(
            folder, database, health, TimeProvider.System, NullLogger<ImageFiles>.Instance);
        files.Sweep();
        using var connection = database.Open();
        Assert.Equal("ok", connection.ExecuteScalar<string>("PRAGMA integrity_check"));
        var named = connection.Query<string>("SELECT hash FROM images UNION SELECT hash FROM share_pictures")
            .Order(StringComparer.Ordinal);
        Assert.Equal(named,
            Directory.GetFiles(folder.Pictures).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal));
        var images = connection.Query<string>("SELECT id FROM images").ToHashSet();
        Assert.Superset(kept.Pictures.Select(id => id.Value).ToHashSet(), images);
        Assert.DoesNotContain(kept.Deleted, id => images.Contains(id.Value));
        foreach (var share in kept.Shares)
            Assert.Contains(
                Scenario.Words, connection.QuerySingle<string>(
                    "SELECT body FROM shares WHERE id = @id AND revoked_at IS NULL", new { id = share.Value }),
                StringComparison.Ordinal);
        foreach (var (id, events) in kept.Answers)
        {
            var stored = connection.Query<string>(
                "SELECT body FROM events WHERE generation = @id ORDER BY seq", new { id = id.Value })
                .Select(body => JournalEntry.FromBody(body).Event);
            Assert.Equal(events, stored);
            Assert.Equal(Scenario.Words, connection.QuerySingle<string>(
                "SELECT text FROM generations WHERE id = @id AND ended_at IS NOT NULL", new { id = id.Value }));
        }
        foreach (var gone in kept.DeletedConversations)
            Assert.Equal(0, connection.ExecuteScalar<int>(
                "SELECT COUNT(*) FROM conversations WHERE id = @id", new { id = gone.Value }));
    }

    private sealed class Acknowledged
    {
        public HashSet<ImageId> Pictures { get; } = [];
        public List<ImageId> Deleted { get; } = [];
        public List<ShareId> Shares { get; } = [];
        public Dictionary<GenerationId, List<GenerationEvent>> Answers { get; } = [];
        public List<ConversationId> DeletedConversations { get; } = [];
    }

    /// <summary>The product's own services, without a port.</summary>
    private sealed class Scenario : IAsyncDisposable
    {
        public const string Words = "One two three.";

        private readonly VisitorId _ann = VisitorId.New();
        private readonly WebApplication _app;

        public Scenario(string data, FaultyDisk disk)
        {
            var options = new MolmoOptions { Data = data };
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton(options);
            IModule[] modules =
            [
                new StorageModule(), new MetricsModule(), new GuardsModule(), new ImagesModule(), new ChatModule(),
                new OwnChatsModule(), new SharingModule(),
            ];
            foreach (var module in modules) module.Add(builder, options);
            builder.Services.AddSingleton<IAnsweringModel, ScriptedModel>();
            builder.Services.AddSingleton<IAnswerSource, EngineAnswers>();
            builder.Services.AddSingleton(provider => new JournalWriter(
                provider.GetRequiredService<JournalTable>(), provider.GetRequiredService<StorageHealth>(),
                NullLogger<JournalWriter>.Instance, TimeSpan.FromMilliseconds(2)));
            _app = builder.Build();
            // As in the host: the database is closed at the end, and before the folder.
            Get<DataFolder>();
            Get<Database>();
            disk.Join(Get<ImageFiles>());
            Get<GenerationService>().Recover();
            Get<JournalWriter>().Start();
        }

        public async Task PlayAsync(Acknowledged kept)
        {
            var first = await TryAsync(() => UploadAsync(1));
            var second = await TryAsync(() => UploadAsync(2));
            if (first is { } picture) kept.Pictures.Add(picture.Id);
            if (second is { } other) kept.Pictures.Add(other.Id);
            var (conversation, passing) = (ConversationId.New(), ConversationId.New());
            await AskAsync(conversation, first?.Id, kept);
            if (await TryAsync(async () => (ShareId?)await Get<ShareStore>()
                .CreateAsync(_ann, conversation, new ShareChoice(), Cancel)) is { } share) kept.Shares.Add(share);
            if (second is { } unused
                && await TryAsync(async () => (bool?)await Get<ImageStore>().DeleteAsync(_ann, unused.Id, Cancel))
                    is true)
            {
                kept.Pictures.Remove(unused.Id);
                kept.Deleted.Add(unused.Id);
            }
            var passed = new Acknowledged();
            await AskAsync(passing, null, passed);
            if (passed.Answers.Count > 0 && await TryAsync(
                async () => (bool?)await Get<ConversationLibrary>().DeleteAsync(_ann, passing, Cancel)) is true)
                kept.DeletedConversations.Add(passing);
            else foreach (var (id, events) in passed.Answers) kept.Answers[id] = events;
        }

        /// <summary>The disk works: what is in memory goes to it, and nothing is said any more.</summary>
        public async Task SettleAsync(Acknowledged kept)
        {
            var writer = Get<JournalWriter>();
            await Sequences.UntilAsync(() => writer.Unstored == 0, "everything is stored");
            await Sequences.UntilAsync(
                () => kept.Answers.Keys.All(id => writer.TroubleOf(id) is null), "the notice is gone");
        }

        public async ValueTask DisposeAsync()
        {
            await Get<JournalWriter>().StopAsync();
            await _app.DisposeAsync();
        }

        private T Get<T>() where T : notnull => _app.Services.GetRequiredService<T>();

        private async Task<ImageInfo?> UploadAsync(byte red)
            => (await Get<ImageStore>().AddAsync(_ann, null, Rasters.Png(red: red), "photo.png", Cancel)).Info;

        // Read to its end, so that a person has seen it whole.
        private async Task AskAsync(ConversationId conversation, ImageId? picture, Acknowledged kept)
        {
            var service = Get<GenerationService>();
            if (await TryAsync(async () => (GenerationId?)await service.StartAsync(_ann,
                new Question(conversation, "How many?", picture, SamplingChoice.Greedy), Cancel)) is not { } id) return;
            var events = await service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();
            Assert.Equal(Words, events.Prose());
            kept.Answers[id] = events;
        }

        /// <summary>What it gives, null where it was refused in the way that people are told of.</summary>
        private static async Task<T?> TryAsync<T>(Func<Task<T?>> act)
        {
            try
            {
                return await act();
            }
            catch (Exception e) when (e is ImageRefusedException or ChatRefusedException
                || StorageFault.Of(e) is not null)
            {
                return default;
            }
        }
    }
}
