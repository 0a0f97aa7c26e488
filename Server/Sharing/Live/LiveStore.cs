using Dapper;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Sharing.Live;

/// <summary>What a live link leads to.</summary>
/// <param name="Owner">Its maker, through whose eyes it is read.</param>
/// <param name="Conversation">What is watched.</param>
/// <param name="IsLive">Whether it may be watched now.</param>
internal sealed record LiveStanding(VisitorId Owner, ConversationId Conversation, bool IsLive);

/// <summary>Live links as rows.</summary>
internal sealed class LiveStore(Database database, ShareOptions options, TimeProvider time)
{
    /// <summary>Live links of one visitor at a time.</summary>
    public const int MostPerVisitor = 5;

    private const string Live = "ended_at IS NULL AND expires_at > @now";

    /// <summary>The conversation's live link; a new one where there is none.</summary>
    /// <exception cref="ChatRefusedException">Unknown conversation, or too many live links.</exception>
    public LiveLink Start(VisitorId visitor, ConversationId conversation)
    {
        using var connection = database.Open();
        using var ending = connection.Begin(out var transaction);
        var isOwned = RandomId.IsWellFormed(conversation.Value) && connection.ExecuteScalar<bool>(
            "SELECT EXISTS (SELECT 1 FROM conversations WHERE id = @conversation AND visitor = @visitor)",
            new { conversation = conversation.Value, visitor = visitor.Value }, transaction);
        if (!isOwned) throw ShareRefusals.Unknown();
        if (Find(visitor, conversation) is { } known) return known;
        var count = connection.ExecuteScalar<int>(
            $"SELECT COUNT(*) FROM live_links WHERE visitor = @visitor AND {Live}",
            new { visitor = visitor.Value, now = Now() }, transaction);
        if (count >= MostPerVisitor) throw ShareRefusals.TooManyLive(MostPerVisitor);
        var link = new LiveLink(
            LiveId.New(), DateTimeOffset.FromUnixTimeMilliseconds(Now()).AddHours(options.LiveHours));
        connection.Execute(
            "INSERT INTO live_links (id, visitor, conversation, created_at, expires_at) VALUES (@id, @visitor, "
                + "@conversation, @now, @end)",
            new
            {
                id = link.Id.Value,
                visitor = visitor.Value,
                conversation = conversation.Value,
                now = Now(),
                end = link.ExpiresAt.ToUnixTimeMilliseconds()
            },
            transaction);
        transaction.Commit();
        return link;
    }

    /// <summary>The conversation's live link, null without one.</summary>
    public LiveLink? Find(VisitorId visitor, ConversationId conversation)
    {
        using var connection = database.Open();
        var row = connection.QueryFirstOrDefault<(string Id, long ExpiresAt)?>(
            $"SELECT id, expires_at FROM live_links WHERE visitor = @visitor AND conversation = @conversation "
                + $"AND {Live} ORDER BY created_at DESC",
            new { visitor = visitor.Value, conversation = conversation.Value, now = Now() });
        return row is { } found
            ? new LiveLink(new LiveId(found.Id), DateTimeOffset.FromUnixTimeMilliseconds(found.ExpiresAt))
            : null;
    }

    /// <summary>Ends watching. False where there is nothing of this visitor's to end.</summary>
    public bool End(VisitorId visitor, LiveId id)
    {
        using var connection = database.Open();
        return connection.Execute(
            $"UPDATE live_links SET ended_at = @now WHERE id = @id AND visitor = @visitor AND {Live}",
            new { id = id.Value, visitor = visitor.Value, now = Now() }) > 0;
    }

    /// <summary>
    /// What is known of a link; null where it never was. A link whose conversation was deleted is over.
    /// </summary>
    public LiveStanding? FindStanding(LiveId id)
    {
        if (!RandomId.IsWellFormed(id.Value)) return null;
        using var connection = database.Open();
        var row = connection.QuerySingleOrDefault<(string Visitor, string Conversation, bool IsLive)?>(
            $"""
            SELECT visitor, conversation, {Live}
                AND EXISTS (SELECT 1 FROM conversations c WHERE c.id = live_links.conversation)
            FROM live_links WHERE id = @id
            """, new { id = id.Value, now = Now() });
        return row is { } found
            ? new LiveStanding(new VisitorId(found.Visitor), new ConversationId(found.Conversation), found.IsLive)
            : null;
    }

    /// <summary>Whether a picture belongs to a question of the conversation.</summary>
    public bool HasImage(ConversationId conversation, ImageId image) => Has(conversation, "image", image.Value);

    /// <summary>Whether an answer belongs to the conversation.</summary>
    public bool HasAnswer(ConversationId conversation, GenerationId answer) => Has(conversation, "id", answer.Value);

    private bool Has(ConversationId conversation, string column, string value)
    {
        using var connection = database.Open();
        return connection.ExecuteScalar<bool>(
            $"SELECT EXISTS (SELECT 1 FROM generations WHERE conversation = @conversation AND {column} = @value)",
            new { conversation = conversation.Value, value });
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
