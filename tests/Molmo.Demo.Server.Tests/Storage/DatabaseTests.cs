using Dapper;
using Microsoft.Data.Sqlite;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Tests.Storage;

public sealed class DatabaseTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("molmo-test-").FullName;

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Fact]
    public void Database_FirstStart_IsEmpty()
    {
        using var folder = new DataFolder(_path);
        using var database = new Database(folder);

        using var connection = database.Open();

        Assert.Equal(0, connection.ExecuteScalar<int>("SELECT COUNT(*) FROM images"));
        Assert.Equal("wal", connection.ExecuteScalar<string>("PRAGMA journal_mode"));
        Assert.Equal(2, connection.ExecuteScalar<int>("PRAGMA synchronous"));
        Assert.Equal(1, connection.ExecuteScalar<int>("PRAGMA foreign_keys"));
    }

    [Fact]
    public void Database_SecondStart_KeepsWhatIsThere()
    {
        Start(database =>
        {
            using var connection = database.Open();
            connection.Execute("INSERT INTO conversations (id, visitor, title, created_at, "
                + "updated_at) VALUES ('c', 'v', 'kept', 1, 1)");
        });

        Start(database =>
        {
            using var connection = database.Open();
            Assert.Equal("kept", connection.ExecuteScalar<string>("SELECT title FROM conversations"));
        });
    }

    [Fact]
    public void Database_NewerSchema_IsRefusedUnchanged()
    {
        Start(database =>
        {
            using var connection = database.Open();
            connection.Execute("PRAGMA user_version=999");
        });
        var before = File.ReadAllBytes(DatabaseFile);

        var refusal = Assert.Throws<StartupException>(() => Start(_ => { }));

        Assert.Contains("newer version", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(DatabaseFile));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4096)]
    [InlineData(8192)]
    public void Database_DamagedPage_IsRefusedAndKept(int offset)
    {
        Start(_ => { });
        var bytes = File.ReadAllBytes(DatabaseFile);
        for (var i = 0; i < 64; i++) bytes[offset + i] ^= 0xff;
        File.WriteAllBytes(DatabaseFile, bytes);

        var refusal = Assert.Throws<RefusedDataException>(() => Start(_ => { }));

        Assert.Contains("damaged", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("backup", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(DatabaseFile));
    }

    [Fact]
    public void Database_LockedByAnotherProgram_IsRefusedWithThatReason()
    {
        Start(_ => { });
        using var other = new SqliteConnection($"Data Source={DatabaseFile};Pooling=false");
        other.Open();
        other.Execute("BEGIN EXCLUSIVE");

        var refusal = Assert.Throws<StartupException>(() => Start(_ => { }));

        Assert.Contains("locked by another program", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DataFolder_SecondProcess_IsRefusedWithOneSentence()
    {
        using var first = new DataFolder(_path);

        var refusal = Assert.Throws<StartupException>(() => new DataFolder(_path).Dispose());

        Assert.Contains("in use by another process", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DataFolder_AfterTheFirstEnded_IsFree()
    {
        new DataFolder(_path).Dispose();

        using var second = new DataFolder(_path);

        Assert.Equal(_path, second.Root);
    }

    [Fact]
    public void DataFolder_PathThatCannotBeWritten_IsRefusedWithThePath()
    {
        var file = Path.Combine(_path, "file");
        File.WriteAllText(file, "");

        var refusal = Assert.Throws<StartupException>(() => new DataFolder(Path.Combine(file, "data")).Dispose());

        Assert.Contains(file, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--data", refusal.Message, StringComparison.Ordinal);
    }

    private string DatabaseFile => Path.Combine(_path, "molmo.db");

    private void Start(Action<Database> use)
    {
        using var folder = new DataFolder(_path);
        using var database = new Database(folder, patience: 1);
        use(database);
    }
}
