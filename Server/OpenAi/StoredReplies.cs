using Dapper;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.OpenAi;

/// <summary>Replies under the caller's own key, for a day.</summary>
internal sealed class StoredReplies(Database database, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    /// <summary>
    /// The reply to an earlier request of this caller with this key, and the hash of that request; null without one.
    /// </summary>
    public (string Request, string Body)? Find(VisitorId visitor, string key)
    {
        using var connection = database.Open();
        var row = connection.QuerySingleOrDefault<(string Request, string Body)>(
            "SELECT request, body FROM replies WHERE visitor = @visitor AND key = @key AND created_at >= @oldest",
            new { visitor = visitor.Value, key, oldest = Oldest() });
        return row.Body is null ? null : row;
    }

    /// <summary>Keeps a reply, and drops those whose day is over.</summary>
    public void Add(VisitorId visitor, string key, string request, string body)
    {
        using var connection = database.Open();
        using var ending = connection.Begin(out var transaction);
        Prune(connection, transaction);
        connection.Execute("INSERT OR REPLACE INTO replies (visitor, key, request, body, created_at) VALUES (@visitor, "
            + "@key, @request, @body, @now)",
            new { visitor = visitor.Value, key, request, body, now = time.GetUtcNow().ToUnixTimeMilliseconds() },
            transaction);
        transaction.Commit();
    }

    /// <summary>Drops those whose day is over.</summary>
    public void Prune()
    {
        using var connection = database.Open();
        Prune(connection, null);
    }

    private void Prune(
        Microsoft.Data.Sqlite.SqliteConnection connection, Microsoft.Data.Sqlite.SqliteTransaction? transaction)
        => connection.Execute("DELETE FROM replies WHERE created_at < @oldest", new { oldest = Oldest() }, transaction);

    private long Oldest() => (time.GetUtcNow() - Lifetime).ToUnixTimeMilliseconds();
}
