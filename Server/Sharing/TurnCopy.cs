using Dapper;
using Microsoft.Data.Sqlite;
using Molmo.Demo.Server.Audits;

namespace Molmo.Demo.Server.Sharing;

/// <summary>A picture of copied turns.</summary>
/// <param name="Hash">Name of its bytes.</param>
/// <param name="Format"><c>png</c> or <c>jpeg</c>.</param>
internal sealed record SharedImage(string Hash, string Format);

/// <summary>Ended turns as they are in the database at one moment, with their pictures by content.</summary>
/// <param name="Turns">Oldest first; their picture numbers count <paramref name="Pictures"/> from 1.</param>
/// <param name="Pictures">In the order they were first asked about; one content has one number.</param>
/// <param name="CreatedAt">When the last of them was asked.</param>
internal sealed record TurnCopy(
    ImmutableArray<SharedTurn> Turns, ImmutableArray<SharedImage> Pictures, DateTimeOffset CreatedAt)
{
    internal static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { AllowOutOfOrderMetadataProperties = true };

    // The versions of a conversation that its page shows, from its last turn up.
    private const string Shown = """
        WITH RECURSIVE shown (id, parent) AS (
            SELECT id, parent FROM generations WHERE conversation = @id AND id = COALESCE(
                (SELECT leaf FROM conversations WHERE id = @id),
                (SELECT id FROM generations WHERE conversation = @id ORDER BY ordinal DESC LIMIT 1))
            UNION SELECT g.id, g.parent FROM generations g JOIN shown ON g.id = shown.parent)
        """;

    private const string Ended = """

        SELECT g.id, g.question, g.text, g.created_at, g.region, i.width, i.height, i.hash, i.format, a.body
        FROM generations g LEFT JOIN images i ON i.id = g.image LEFT JOIN audits a ON a.generation = g.id
        WHERE g.visitor = @visitor AND g.ended_at IS NOT NULL
        """;

    /// <summary>The ended turns that a conversation shows; none where it is not this visitor's.</summary>
    public static TurnCopy Of(
        SqliteConnection connection, SqliteTransaction? transaction, VisitorId visitor, ConversationId conversation)
        => Read(connection, transaction, Shown + Ended + " AND g.id IN (SELECT id FROM shown) ORDER BY g.ordinal",
            visitor, conversation.Value);

    /// <summary>One ended turn; none where it is not this visitor's.</summary>
    public static TurnCopy Of(SqliteConnection connection, VisitorId visitor, GenerationId answer)
        => Read(connection, null, Ended + " AND g.id = @id", visitor, answer.Value);

    private static TurnCopy Read(
        SqliteConnection connection, SqliteTransaction? transaction, string sql, VisitorId visitor, string id)
    {
        var rows = connection.Query<(string Id, string Question, string Text, long CreatedAt, string? Region,
            int? Width, int? Height, string? Hash, string? Format, string? Audit)>(
                sql, new { id, visitor = visitor.Value }, transaction)
            .AsList();
        var pictures = new List<SharedImage>();
        var turns = ImmutableArray.CreateBuilder<SharedTurn>(rows.Count);
        foreach (var row in rows)
        {
            var events = connection.Query<string>(
                """
                SELECT body FROM events
                WHERE generation = @id AND body ->> '$.type' IN ('start', 'note', 'end') ORDER BY seq
                """,
                new { id = row.Id }, transaction)
                .Select(body => JsonSerializer.Deserialize<GenerationEvent>(body, Json)).ToList();
            turns.Add(new SharedTurn(
                row.Question, row.Text, events.OfType<Ended>().LastOrDefault()?.Reason, NumberOf(row.Hash, row.Format,
                    pictures), row.Width ?? 0, row.Height ?? 0, events.OfType<Started>().LastOrDefault()?.Stamp,
                row.Region is null ? null : JsonSerializer.Deserialize<ImageRegion>(row.Region, Json),
                row.Audit is null ? null : AuditStore.Read(row.Audit))
            {
                Unknown = [.. events.OfType<Noted>().Select(note => note.Fact).OfType<ThingUnknown>().Distinct()],
            });
        }
        var createdAt = rows.Count == 0 ? 0 : rows.Max(row => row.CreatedAt);
        return new TurnCopy(turns.MoveToImmutable(), [.. pictures], DateTimeOffset.FromUnixTimeMilliseconds(createdAt));
    }

    private static int? NumberOf(string? hash, string? format, List<SharedImage> pictures)
    {
        if (hash is null || format is null) return null;
        var index = pictures.FindIndex(picture => picture.Hash == hash);
        if (index >= 0) return index + 1;
        pictures.Add(new SharedImage(hash, format));
        return pictures.Count;
    }
}
