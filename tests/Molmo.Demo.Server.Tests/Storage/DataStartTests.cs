using System.Security.Cryptography;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Server.Tests.Commands;
using Molmo.Demo.Server.Tests.Images;

namespace Molmo.Demo.Server.Tests.Storage;

/// <summary>
/// A used data folder whose database is gone, or not the one that was there: nothing is begun and nothing deleted
/// unasked.
/// </summary>
public sealed class DataStartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Root => _folder.Combine("data");

    private string DatabaseFile => Path.Combine(Root, "molmo.db");

    private string Pictures => Path.Combine(Root, "pictures");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    [Slow]
    [Theory]
    [InlineData("missing", "There is no database")]
    [InlineData("empty", "is empty")]
    [InlineData("no tables", "is empty")]
    [InlineData("no database", "damaged, or is no database")]
    [InlineData("foreign", "another program made it")]
    [InlineData("foreign with a version", "another program made it")]
    [InlineData("of another folder", "belongs to another data folder")]
    [InlineData("older", "older than its data folder")]
    [InlineData("older of the same start", "does not know 1 of the stored pictures")]
    [InlineData("of a version before", "older than its data folder")]
    [InlineData("log of garbage", "log")]
    public async Task Start_DatabaseThatIsNotTheFoldersOwn_IsRefusedUnchangedAndAdoptSetsAside(string kind, string said)
    {
        await FillAsync("data");
        await SpoilAsync(kind);
        var before = Contents();
        Assert.Contains(before, file => file.Key.StartsWith("pictures/", StringComparison.Ordinal));

        for (var start = 0; start < 2; start++)
        {
            var refusal = Assert.Throws<RefusedDataException>(() => Use(_ => { }));
            Assert.True(refusal.Message.Contains(said, StringComparison.Ordinal), refusal.Message);
            Assert.Contains("--adopt", refusal.Message, StringComparison.Ordinal);
            Assert.Contains("backup", refusal.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', refusal.Message);
        }
        AssertSame(before, Contents());

        Use(database => Assert.Equal(0, Count(database, "images")), adopt: true);

        // Moved and not deleted; and the new one is the folder's own from now on.
        var aside = Assert.Single(Directory.GetDirectories(Root, "set-aside-*"));
        AssertSame(before, Contents(aside));
        Assert.Empty(Directory.GetFiles(Pictures));
        Use(database => Assert.Equal(0, Count(database, "images")));
        Use(database => Assert.Equal(0, Count(database, "images")), adopt: true);
        Assert.Single(Directory.GetDirectories(Root, "set-aside-*"));
    }

    [Slow]
    [Fact]
    public async Task Start_TheOtherProcess_SaysItInOneSentenceAndAdoptsWithTheSwitch()
    {
        await FillAsync("data");
        File.Delete(DatabaseFile);

        var (exitCode, _, error) = await ProgramProcess.RunAsync("--urls", "http://127.0.0.1:0", "--data", Root);
        Assert.Equal(1, exitCode);
        Assert.Contains("There is no database", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));

        await using var program = new ProgramProcess("--adopt", "--urls", "http://127.0.0.1:0", "--data", Root);
        var output = await program.UntilOutputAsync("Now listening on");
        Assert.Contains("nothing was deleted", output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Single(
            Directory.GetFiles(Path.Combine(Assert.Single(Directory.GetDirectories(Root, "set-aside-*")), "pictures")));
    }

    [Fact]
    public async Task Start_DiskFails_SetsNothingAside()
    {
        await FillAsync("data");
        using (var disk = new FaultyDisk(Root).Arm(1, SQLitePCL.raw.SQLITE_IOERR, isLasting: true))
        {
            var refusal = Assert.Throws<StartupException>(() => Use(_ => { }, adopt: true));
            Assert.Contains("Look at the disk", refusal.Message, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetDirectories(Root, "set-aside-*"));
        Use(database => Assert.Equal(1, Count(database, "images")));
    }

    [Fact]
    public async Task Start_UsedFolder_GoesOnManyTimes()
    {
        await FillAsync("data");
        var before = Contents();
        for (var start = 0; start < 3; start++)
            Use(database => Assert.Equal(1, Count(database, "images")), adopt: start == 1);
        Assert.Empty(Directory.GetDirectories(Root, "set-aside-*"));
        Assert.Equal(before.Keys, Contents().Keys);
    }

    [Fact]
    public void Start_FirstStartThatWasKilled_BeginsAgain()
    {
        Directory.CreateDirectory(Root);
        File.WriteAllBytes(DatabaseFile, []);
        Use(database => Assert.Equal(0, Count(database, "images")));
        SqliteConnection.ClearAllPools();
        foreach (var file in Directory.GetFiles(Root, "molmo.*")) File.Delete(file);
        using (var begun = new SqliteConnection($"Data Source={DatabaseFile};Pooling=false"))
        {
            begun.Open();
            begun.Execute("PRAGMA journal_mode=WAL");
        }
        Use(database => Assert.Equal(0, Count(database, "images")));
    }

    [Fact]
    public async Task Start_DatabaseOfAVersionBefore_KnowsItsFilesAndSetsOthersAside()
    {
        await FillAsync("data");
        var own = Path.GetFileName(Assert.Single(Directory.GetFiles(Pictures)));
        MakeOfAVersionBefore();
        File.Delete(Path.Combine(Root, "molmo.mark"));
        var stray = new string('b', 64);
        await File.WriteAllTextAsync(Path.Combine(Pictures, stray), "left by a crash of that version", Cancel);

        Use((database, folder) =>
        {
            Sweep(database, folder);
            Assert.Equal([own], Directory.GetFiles(Pictures).Select(Path.GetFileName));
            Assert.Equal([own], Names(database));
        });

        var aside = Assert.Single(Directory.GetDirectories(Root, "set-aside-*"));
        Assert.Equal([stray], Directory.GetFiles(Path.Combine(aside, "pictures")).Select(Path.GetFileName));
        Use((database, folder) => Assert.Equal(0, Sweep(database, folder)));
        Assert.Single(Directory.GetDirectories(Root, "set-aside-*"));
    }

    [Fact]
    public async Task Check_LargeDatabase_GoesOnInTheBackgroundAndSaysWhatItFinds()
    {
        await FillAsync("data");
        Use(database =>
        {
            using var connection = database.Open();
            connection.Execute("CREATE TABLE ballast (text TEXT)");
            connection.Execute("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
                + "INSERT INTO ballast SELECT hex(randomblob(200)) FROM n");
        });
        var page = new FileInfo(DatabaseFile).Length / 4096 / 2;
        using (var file = File.OpenWrite(DatabaseFile))
        {
            file.Position = page * 4096;
            file.Write(RandomNumberGenerator.GetBytes(64));
        }

        // Within its time the start finds it; without time the start goes on, and the service finds it.
        Assert.Contains(
            "damaged", Assert.Throws<RefusedDataException>(() => Use(_ => { })).Message, StringComparison.Ordinal);
        using var folder = new DataFolder(Root);
        using var database = new Database(folder, checkPatience: TimeSpan.Zero);
        Assert.True(database.IsUnchecked);
        var health = new StorageHealth(NullLogger<StorageHealth>.Instance);
        using var check = new DatabaseCheck(database, health, NullLogger<DatabaseCheck>.Instance);
        await check.StartAsync(Cancel);
        await check.ExecuteTask!;
        Assert.IsType<DatabaseDamaged>(health.Trouble);
    }

    private async Task SpoilAsync(string kind)
    {
        switch (kind)
        {
            case "missing": File.Delete(DatabaseFile); break;
            case "empty": File.WriteAllBytes(DatabaseFile, []); break;
            case "no tables": Replace(connection => connection.Execute("PRAGMA journal_mode=WAL")); break;
            case "no database": File.WriteAllBytes(DatabaseFile, RandomNumberGenerator.GetBytes(20_000)); break;
            case "foreign": Replace(connection => connection.Execute("CREATE TABLE bookmarks (url TEXT)")); break;
            case "foreign with a version":
                Replace(
                connection => connection.Execute("CREATE TABLE bookmarks (url TEXT); PRAGMA user_version=20")); break;
            case "of another folder":
                await FillAsync("other");
                File.Copy(Path.Combine(_folder.Combine("other"), "molmo.db"), DatabaseFile, overwrite: true);
                break;
            case "older":
                File.Copy(DatabaseFile, DatabaseFile + "-backup");
                Use(_ => { });
                File.Move(DatabaseFile + "-backup", DatabaseFile, overwrite: true);
                break;
            case "older of the same start": await RestoreWhileRunningAsync(); break;
            case "of a version before": MakeOfAVersionBefore(); break;
            case "log of garbage":
                await File.WriteAllBytesAsync(DatabaseFile + "-wal", RandomNumberGenerator.GetBytes(30_000), Cancel);
                break;
            default: throw new ArgumentException(kind, nameof(kind));
        }
    }

    // A copy of the database alone, made while the server ran, and put back after it ended: no start lies between.
    private async Task RestoreWhileRunningAsync()
    {
        var copy = _folder.Combine("copy.db");
        await using (var app = new MolmoApplication { Data = Root, KeepData = true })
        {
            using var person = app.AsNewVisitor();
            using (var connection = app.Database.Open()) connection.Execute("VACUUM INTO @copy", new { copy });
            await person.UploadAsync(Rasters.Png(red: 9));
        }
        Await(Root);
        File.Copy(copy, DatabaseFile, overwrite: true);
    }

    private void MakeOfAVersionBefore()
    {
        using var connection = new SqliteConnection($"Data Source={DatabaseFile};Pooling=false");
        connection.Open();
        connection.Execute(
            "DROP TABLE data_folder; DROP TABLE picture_files; DROP TABLE ratings; PRAGMA user_version=50; "
                + "PRAGMA application_id=0");
    }

    private void Replace(Action<SqliteConnection> make)
    {
        File.Delete(DatabaseFile);
        using var connection = new SqliteConnection($"Data Source={DatabaseFile};Pooling=false");
        connection.Open();
        make(connection);
    }

    /// <summary>A folder as a server leaves it, with one picture.</summary>
    private async Task FillAsync(string name)
    {
        await using (var app = new MolmoApplication { Data = _folder.Combine(name), KeepData = true })
        {
            using var person = app.AsNewVisitor();
            await person.UploadAsync(Rasters.Png(red: 1));
        }
        Await(_folder.Combine(name));
    }

    // A test host may still be closing its files when its end has been waited for.
    private static void Await(string folder) => new DataFolder(folder).Dispose();

    private void Use(Action<Database> use, bool adopt = false) => Use((database, _) => use(database), adopt);

    private void Use(Action<Database, DataFolder> use, bool adopt = false)
    {
        using var folder = new DataFolder(Root);
        var (database, _) = DataStart.Open(folder, new MolmoOptions { Data = Root, Adopt = adopt });
        using (database) use(database, folder);
    }

    private static int Sweep(Database database, DataFolder folder)
    {
        using var files = new ImageFiles(folder, database, new StorageHealth(NullLogger<StorageHealth>.Instance),
            TimeProvider.System, NullLogger<ImageFiles>.Instance);
        return files.Sweep();
    }

    private static List<string> Names(Database database)
    {
        using var connection = database.Open();
        return [.. connection.Query<string>("SELECT hash FROM picture_files")];
    }

    private static int Count(Database database, string table)
    {
        using var connection = database.Open();
        return connection.ExecuteScalar<int>($"SELECT COUNT(*) FROM {table}");
    }

    private SortedDictionary<string, string> Contents(string? root = null)
    {
        SqliteConnection.ClearAllPools();
        root ??= Root;
        var kept = Directory.GetFiles(root, "molmo.*").Concat(Directory.GetFiles(Path.Combine(root, "pictures")))
            .Where(file => !file.EndsWith("-shm", StringComparison.Ordinal));
        return new(
            kept.ToDictionary(file => Path.GetRelativePath(root, file),
                file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))),
            StringComparer.Ordinal);
    }

    private static void AssertSame(SortedDictionary<string, string> expected, SortedDictionary<string, string> actual)
    {
        // SQLite may bring its own log into the database when it closes what it only looked at; the log is empty then.
        Assert.Equal(expected.Where(IsTold), actual.Where(IsTold));

        static bool IsTold(KeyValuePair<string, string> file) => !file.Key.EndsWith("-wal", StringComparison.Ordinal)
            || file.Value != Convert.ToHexString(SHA256.HashData([]));
    }
}
