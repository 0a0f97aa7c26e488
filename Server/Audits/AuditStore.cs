using Dapper;
using Microsoft.Data.Sqlite;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Audits;

/// <summary>
/// Audits as rows, one an answer. Answers that leave no trace have no row, and so no audit that is kept.
/// </summary>
internal sealed class AuditStore(Database database, TimeProvider time, StorageHealth health) : IAuditStore
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public Task<ImmutableDictionary<GenerationId, Audit>> FindAsync(
        VisitorId visitor, ConversationId conversation, CancellationToken cancellationToken) => Task.Run(() =>
        {
            if (!RandomId.IsWellFormed(conversation.Value)) return ImmutableDictionary<GenerationId, Audit>.Empty;
            using var connection = database.Open();
            return connection.Query<(string Id, string Body)>(
                "SELECT a.generation, a.body FROM audits a JOIN generations g ON g.id = a.generation "
                    + "WHERE g.conversation = @conversation AND g.visitor = @visitor",
                new { conversation = conversation.Value, visitor = visitor.Value })
                .ToImmutableDictionary(row => new GenerationId(row.Id), row => Read(row.Body));
        }, cancellationToken);

    public Task SaveAsync(VisitorId visitor, GenerationId answer, Audit audit, CancellationToken cancellationToken)
        => Task.Run(() =>
        {
            if (!audit.IsValid) throw new ChatRefusedException(ChatFault.Invalid, new AuditInvalid());
            try
            {
                using var connection = database.Open();
                var row = new
                {
                    id = answer.Value,
                    visitor = visitor.Value,
                    body = JsonSerializer.Serialize(audit, Json),
                    now = time.GetUtcNow().ToUnixTimeMilliseconds()
                };
                if (audit.IsEmpty)
                {
                    connection.Execute(
                        "DELETE FROM audits WHERE generation IN (SELECT id FROM generations "
                            + "WHERE id = @id AND visitor = @visitor)",
                        row);
                    return;
                }
                var kept = connection.Execute("""
                    INSERT INTO audits (generation, body, updated_at) SELECT id, @body, @now FROM generations
                    WHERE id = @id AND visitor = @visitor
                    ON CONFLICT (generation) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at
                    """, row);
                if (kept == 0) throw new ChatRefusedException(ChatFault.Unknown, new AuditedAnswerGone());
            }
            catch (SqliteException e)
            {
                health.Report(e);
                throw new ChatRefusedException(ChatFault.Unavailable, new VerdictNotKept(), TimeSpan.FromMinutes(1));
            }
        }, cancellationToken);

    /// <summary>From a row.</summary>
    internal static Audit Read(string body) => JsonSerializer.Deserialize<Audit>(body, Json) ?? Audit.Empty;
}
