using System.Net;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Server.Tests.Images;

namespace Molmo.Demo.Server.Tests.Storage;

/// <summary>
/// Each step of writing fails once: afterwards there is all of it or nothing, and everything goes on.
/// </summary>
public sealed class StorageFaultTests
{
    private const int NoSpace = 28;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Slow]
    [Theory]
    [InlineData("write")]
    [InlineData("flush")]
    [InlineData("note")]
    [InlineData("rename")]
    [InlineData("commit")]
    public async Task Upload_DiskFullAtAnyStep_IsRefusedAndLeavesNothing(string step)
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var before = await person.UploadAsync(Rasters.Png(red: 1));
        FailOnce(app, step, new IOException("No space left on device", NoSpace));

        using var response = await person.PostImageAsync(Rasters.Png(red: 2));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("storage is full", await response.RefusalAsync(), StringComparison.Ordinal);
        Assert.Single(app.ImageFiles);
        Assert.Equal(1, Count(app, "images"));
        using var still = await person.GetAsync($"/img/{before.Text("id")}", Cancellation);
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
        await person.UploadAsync(Rasters.Png(red: 2));
    }

    [Fact]
    public async Task Upload_FailsForAContentThatIsStored_KeepsTheStoredOne()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var before = await person.UploadAsync(Rasters.Png());
        FailOnce(app, "commit", new IOException("No space left on device", NoSpace));

        using var response = await person.PostImageAsync(Rasters.Png());

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        using var still = await person.GetAsync($"/img/{before.Text("id")}", Cancellation);
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
    }

    [Fact]
    public async Task Delete_FileCannotGo_IsSweptAtTheNextStart()
    {
        var data = Directory.CreateTempSubdirectory("molmo-test-").FullName;
        await using (var app = new MolmoApplication { Data = data, KeepData = true })
        {
            using var person = app.AsNewVisitor();
            var id = (await person.UploadAsync(Rasters.Png())).Text("id");
            FailOnce(app, "delete", new IOException("busy"));
            using var deletion = await person.DeleteAsync($"/api/images/{id}", Cancellation);
            Assert.Equal(HttpStatusCode.NoContent, deletion.StatusCode);
            Assert.Single(app.ImageFiles);
            using var gone = await person.GetAsync($"/img/{id}", Cancellation);
            Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        }

        await using var restarted = new MolmoApplication { Data = data };
        using var _ = restarted.AsNewVisitor();

        Assert.Empty(restarted.ImageFiles);
    }

    [Fact]
    public async Task Start_AfterAKill_SweepsWhatNoRowNames()
    {
        var data = Directory.CreateTempSubdirectory("molmo-test-").FullName;
        string hash;
        await using (var app = new MolmoApplication { Data = data, KeepData = true })
        {
            using var person = app.AsNewVisitor();
            hash = (await person.UploadAsync(Rasters.Png())).Text("contentHash");
        }
        string id;
        using (var folder = new DataFolder(data))
        using (var database = new Database(folder))
        using (var connection = database.Open())
        {
            id = database.Id;
            connection.Execute("INSERT INTO picture_files (hash) VALUES (@hash)", new { hash = new string('a', 64) });
        }
        var pictures = Path.Combine(data, "pictures");
        await File.WriteAllTextAsync(
            Path.Combine(pictures, new string('a', 64)), "noted and renamed, never committed", Cancellation);
        await File.WriteAllTextAsync(Path.Combine(pictures, $"{id}-0123.tmp"), "never renamed", Cancellation);
        await File.WriteAllTextAsync(Path.Combine(pictures, "0123.tmp"), "somebody else's", Cancellation);
        await File.WriteAllTextAsync(Path.Combine(pictures, "notes.txt"), "somebody else's", Cancellation);

        await using var restarted = new MolmoApplication { Data = data };
        using var _ = restarted.AsNewVisitor();

        Assert.Equal([hash, "notes.txt", "0123.tmp"],
            restarted.ImageFiles.Select(Path.GetFileName).OrderByDescending(name => name!.Length));
    }

    [Fact]
    public async Task Share_DiskFull_IsRefusedAndLeavesNoHalfLink()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        var conversation = app.Seed(app.OwnerOf(image), ("What?", "A square.", image, EndReason.Finished));
        FailOnce(app, "commit", new SqliteException("database or disk is full", SQLitePCL.raw.SQLITE_FULL));

        using var response = await person.PostAsync("/api/shares", JsonContent(conversation), Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("storage is full", await response.RefusalAsync(), StringComparison.Ordinal);
        Assert.Equal(0, Count(app, "shares") + Count(app, "share_pictures"));
        await person.ShareAsync(conversation);
    }

    [Slow]
    [Fact]
    public async Task Upload_DatabaseLockedForAMoment_Waits()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        await person.UploadAsync(Rasters.Png(red: 1));
        using var other = new SqliteConnection($"Data Source={Path.Combine(app.Data, "molmo.db")};Pooling=false");
        other.Open();
        other.Execute("BEGIN IMMEDIATE");

        var upload = person.UploadAsync(Rasters.Png(red: 2));
        await Task.WhenAny(upload, Task.Delay(TimeSpan.FromSeconds(1), Cancellation));
        Assert.False(upload.IsCompleted);
        other.Execute("COMMIT");

        await upload;
    }

    [Fact]
    public async Task Upload_DatabaseLockedForLong_IsRefusedAndLeavesNothing()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        FailOnce(app, "commit", new SqliteException("database is locked", SQLitePCL.raw.SQLITE_BUSY));

        using var response = await person.PostImageAsync(Rasters.Png());

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("did not answer", await response.RefusalAsync(), StringComparison.Ordinal);
        Assert.Empty(app.ImageFiles);
    }

    [Fact]
    public void Of_OtherErrors_AreNotTheStorages()
    {
        Assert.Equal(StorageFault.Full, StorageFault.Of(new IOException("full", NoSpace)));
        Assert.Equal(StorageFault.ReadOnly, StorageFault.Of(new UnauthorizedAccessException()));
        Assert.Equal(StorageFault.Locked, StorageFault.Of(new SqliteException("busy", SQLitePCL.raw.SQLITE_BUSY)));
        Assert.Equal(StorageFault.Failed, StorageFault.Of(new SqliteException("error", SQLitePCL.raw.SQLITE_IOERR)));
        Assert.Null(StorageFault.Of(new InvalidOperationException()));
    }

    private static StringContent JsonContent(string conversation)
        => new($$"""{"conversation":"{{conversation}}"}""", System.Text.Encoding.UTF8, "application/json");

    private static int Count(MolmoApplication app, string table)
    {
        using var connection = app.Database.Open();
        return connection.ExecuteScalar<int>($"SELECT COUNT(*) FROM {table}");
    }

    private static void FailOnce(MolmoApplication app, string step, Exception failure)
    {
        var files = app.Services.GetRequiredService<ImageFiles>();
        files.BeforeStep = reached =>
        {
            if (reached != step) return;
            files.BeforeStep = null;
            throw failure;
        };
    }
}
