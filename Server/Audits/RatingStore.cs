using Dapper;
using Microsoft.Data.Sqlite;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Audits;

/// <summary>
/// Ratings as rows, one an answer. Answers that leave no trace have no row, and so no rating that is kept.
/// </summary>
internal sealed class RatingStore(Database database, StorageHealth health) : IRatingStore
{
    private const string Good = "good";
    private const string Bad = "bad";

    public Task<ImmutableDictionary<GenerationId, Rating>> FindAsync(
        VisitorId visitor, ConversationId conversation, CancellationToken cancellationToken) => Task.Run(() =>
        {
            using var connection = database.Open();
            return connection.Query<(string Id, string Value)>(
                "SELECT r.generation, r.value FROM ratings r JOIN generations g ON g.id = r.generation "
                    + "WHERE g.conversation = @conversation AND g.visitor = @visitor",
                new { conversation = conversation.Value, visitor = visitor.Value })
                .ToImmutableDictionary(row => new GenerationId(row.Id), row => Read(row.Value));
        }, cancellationToken);

    public Task SaveAsync(
        VisitorId visitor, GenerationId answer, Rating? rating, CancellationToken cancellationToken) => Task.Run(() =>
        {
            try
            {
                using var connection = database.Open();
                var value = rating is { } given ? Word(given) : null;
                var row = new { id = answer.Value, visitor = visitor.Value, value };
                if (rating is null)
                {
                    connection.Execute(
                        "DELETE FROM ratings WHERE generation IN (SELECT id FROM generations "
                            + "WHERE id = @id AND visitor = @visitor)",
                        row);
                    return;
                }
                var kept = connection.Execute("""
                    INSERT INTO ratings (generation, value) SELECT id, @value FROM generations
                    WHERE id = @id AND visitor = @visitor
                    ON CONFLICT (generation) DO UPDATE SET value = excluded.value
                    """, row);
                if (kept == 0) throw new ChatRefusedException(ChatFault.Unknown, new AnswerUnknown());
            }
            catch (SqliteException e)
            {
                health.Report(e);
                throw new ChatRefusedException(ChatFault.Unavailable, new NotKept(), TimeSpan.FromMinutes(1));
            }
        }, cancellationToken);

    /// <summary>A visitor's rating of one answer; null without one.</summary>
    internal static Rating? Find(SqliteConnection connection, VisitorId visitor, GenerationId answer)
        => connection.QueryFirstOrDefault<string>(
            "SELECT r.value FROM ratings r JOIN generations g ON g.id = r.generation "
                + "WHERE g.id = @id AND g.visitor = @visitor",
            new { id = answer.Value, visitor = visitor.Value }) is { } value ? Read(value) : null;

    /// <summary>As rows and files say it.</summary>
    internal static string Word(Rating rating) => rating is Rating.Good ? Good : Bad;

    private static Rating Read(string value) => value == Good ? Rating.Good : Rating.Bad;
}
