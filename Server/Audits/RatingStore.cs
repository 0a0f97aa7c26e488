using Dapper;
using Microsoft.Data.Sqlite;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Audits;

/// <summary>Ratings as rows, one an answer.</summary>
internal sealed class RatingStore(Database database, TimeProvider time, StorageHealth health) : IRatingStore
{
    private const string Good = "good";
    private const string Bad = "bad";

    private readonly OwnAnswers _rows = new(database, time, health, "ratings", "value");

    public Task<ImmutableDictionary<GenerationId, Rating>> FindAsync(
        VisitorId visitor, ConversationId conversation, CancellationToken cancellationToken)
        => Task.Run(() => _rows.Find(visitor, conversation, Read), cancellationToken);

    public Task SaveAsync(
        VisitorId visitor, GenerationId answer, Rating? rating, CancellationToken cancellationToken)
        => Task.Run(() => _rows.Save(
            visitor, answer, rating is { } given ? Word(given) : null, new AnswerUnknown(), new NotKept()),
            cancellationToken);

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
