using Dapper;
using Microsoft.Data.Sqlite;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Audits;

/// <summary>
/// What a person keeps at their own answers: a row an answer in a table of its own. Answers that leave no trace have no
/// row, and so nothing of the kind is kept for them.
/// </summary>
/// <param name="database">Where.</param>
/// <param name="time">The clock.</param>
/// <param name="health">Told of what cannot be written.</param>
/// <param name="table">The table, by <c>generation</c>.</param>
/// <param name="column">What it holds, as text.</param>
internal sealed class OwnAnswers(
    Database database, TimeProvider time, StorageHealth health, string table, string column)
{
    /// <summary>The rows of a conversation.</summary>
    public ImmutableDictionary<GenerationId, T> Find<T>(
        VisitorId visitor, ConversationId conversation, Func<string, T> read)
    {
        if (!RandomId.IsWellFormed(conversation.Value)) return ImmutableDictionary<GenerationId, T>.Empty;
        using var connection = database.Open();
        return connection.Query<(string Id, string Value)>(
            $"SELECT o.generation, o.{column} FROM {table} o JOIN generations g ON g.id = o.generation "
                + "WHERE g.conversation = @conversation AND g.visitor = @visitor",
            new { conversation = conversation.Value, visitor = visitor.Value })
            .ToImmutableDictionary(row => new GenerationId(row.Id), row => read(row.Value));
    }

    /// <summary>Writes a row over the one before; null takes it away.</summary>
    /// <param name="visitor">Whose answer.</param>
    /// <param name="answer">Which.</param>
    /// <param name="value">What the row holds.</param>
    /// <param name="unknown">Said where the answer is not there, or is another's.</param>
    /// <param name="notKept">Said where the database cannot be written.</param>
    /// <exception cref="ChatRefusedException">With one of the two.</exception>
    public void Save(VisitorId visitor, GenerationId answer, string? value, Fact unknown, Fact notKept)
    {
        try
        {
            using var connection = database.Open();
            var now = time.GetUtcNow().ToUnixTimeMilliseconds();
            var row = new { id = answer.Value, visitor = visitor.Value, value, now };
            if (value is null)
            {
                connection.Execute(
                    $"DELETE FROM {table} WHERE generation IN (SELECT id FROM generations "
                        + "WHERE id = @id AND visitor = @visitor)",
                    row);
                return;
            }
            var kept = connection.Execute($"""
                INSERT INTO {table} (generation, {column}, updated_at) SELECT id, @value, @now FROM generations
                WHERE id = @id AND visitor = @visitor
                ON CONFLICT (generation) DO UPDATE
                SET {column} = excluded.{column}, updated_at = excluded.updated_at
                """, row);
            if (kept == 0) throw new ChatRefusedException(ChatFault.Unknown, unknown);
        }
        catch (SqliteException e)
        {
            health.Report(e);
            throw new ChatRefusedException(ChatFault.Unavailable, notKept, TimeSpan.FromMinutes(1));
        }
    }
}
