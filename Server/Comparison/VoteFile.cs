using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;
using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Server.Comparison;

/// <summary>Votes of a server's database, for a program beside it: nothing is written.</summary>
internal static class VoteFile
{
    /// <summary>All votes, oldest first.</summary>
    /// <param name="path">The database, whose server may be running.</param>
    /// <exception cref="DbException">It cannot be read, or has no votes.</exception>
    public static ImmutableArray<Vote> Read(string path)
    {
        // Without a log nobody writes it: SQLite then need not make files beside it either.
        var isStill = !File.Exists(path + "-wal");
        var source = isStill ? $"{new Uri(Path.GetFullPath(path)).AbsoluteUri}?immutable=1" : path;
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = source,
            Mode = SqliteOpenMode.ReadOnly,
            Pooling = false,
        }.ToString());
        connection.Open();
        return
        [
            .. connection.Query<(string A, string B, string Verdict, bool IsBlind)>(
                "SELECT a, b, verdict, is_blind FROM votes ORDER BY created_at, comparison")
                .Select(row => new Vote(row.A, row.B, Enum.Parse<Verdict>(row.Verdict), row.IsBlind))
        ];
    }
}
