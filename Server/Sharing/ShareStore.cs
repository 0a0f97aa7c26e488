using System.Collections.Immutable;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Shared;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Sharing;

namespace Molmo.Demo.Server.Sharing;

/// <summary>A picture of a link.</summary>
/// <param name="Hash">Name of its bytes.</param>
/// <param name="Format"><c>png</c> or <c>jpeg</c>.</param>
internal sealed record SharedPicture(string Hash, string Format);

/// <summary>
/// Links as rows: the copied turns as JSON, and the pictures by content, so that neither deleting the conversation nor a
/// picture changes a link, and withdrawing the last link of a picture nobody has any more deletes its bytes.
/// </summary>
internal sealed class ShareStore(PictureFiles files, Database database, ShareOptions options, TimeProvider time) : IShareService
{
    // The page shows an end a moment before it is stored.
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan SettlingStep = TimeSpan.FromMilliseconds(25);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { AllowOutOfOrderMetadataProperties = true };

    /// <summary>Raised with a link that was just withdrawn.</summary>
    public event Action<ShareId>? Revoked;

    public async Task<ShareId> CreateAsync(VisitorId visitor, ConversationId conversation, CancellationToken cancellationToken)
    {
        if (!RandomId.IsWellFormed(conversation.Value)) throw Unknown();
        await SettleAsync(visitor, conversation, cancellationToken);
        var id = ShareId.New();
        try
        {
            return await files.ChangeAsync((connection, transaction, _) =>
            {
                RefuseOverLimit(connection, transaction, visitor);
                var (turns, pictures) = Copy(connection, transaction, visitor, conversation);
                Insert(connection, transaction, id, visitor, conversation, turns, pictures);
                return id;
            }, cancellationToken);
        }
        catch (Exception e) when (StorageFault.Of(e) is { } fault)
        {
            throw new ChatRefusedException(ChatFault.Busy, fault == StorageFault.Full
                ? "The storage is full, so no link was made. Everything stored before is still here - try again later."
                : "The storage did not answer, so no link was made. Everything is still here - try again in a moment.", TimeSpan.FromSeconds(30));
        }
    }

    public Task<SharedConversation?> FindAsync(ShareId id, CancellationToken cancellationToken)
    {
        if (!RandomId.IsWellFormed(id.Value)) return Task.FromResult<SharedConversation?>(null);
        using var connection = database.Open();
        var row = connection.QuerySingleOrDefault<(string Body, long CreatedAt)?>(
            "SELECT body, created_at FROM shares WHERE id = @id AND revoked_at IS NULL", new { id = id.Value });
        return Task.FromResult(row is { } found
            ? new SharedConversation(id, DateTimeOffset.FromUnixTimeMilliseconds(found.CreatedAt), JsonSerializer.Deserialize<ImmutableArray<SharedTurn>>(found.Body, Json))
            : null);
    }

    public Task<IReadOnlyList<ShareId>> ListAsync(VisitorId visitor, ConversationId conversation, CancellationToken cancellationToken)
    {
        using var connection = database.Open();
        var ids = connection.Query<string>(
            "SELECT id FROM shares WHERE visitor = @visitor AND conversation = @conversation AND revoked_at IS NULL ORDER BY created_at DESC",
            new { visitor = visitor.Value, conversation = conversation.Value });
        return Task.FromResult<IReadOnlyList<ShareId>>([.. ids.Select(id => new ShareId(id))]);
    }

    public async Task<bool> RevokeAsync(VisitorId visitor, ShareId id, CancellationToken cancellationToken)
    {
        if (!RandomId.IsWellFormed(id.Value)) return false;
        var isRevoked = await files.ChangeAsync((connection, transaction, released) =>
        {
            // The row stays, empty, so that withdrawing does not make room for more links today.
            var changed = connection.Execute(
                "UPDATE shares SET revoked_at = @now, body = '[]' WHERE id = @id AND visitor = @visitor AND revoked_at IS NULL",
                new { now = Now(), id = id.Value, visitor = visitor.Value }, transaction);
            if (changed == 0) return false;
            foreach (var hash in connection.Query<string>("DELETE FROM share_pictures WHERE share = @id RETURNING hash", new { id = id.Value }, transaction))
                released.Add(hash);
            return true;
        }, cancellationToken);
        if (isRevoked) Revoked?.Invoke(id);
        return isRevoked;
    }

    /// <summary>Whether there is something under the link.</summary>
    public bool IsLive(ShareId id)
    {
        if (!RandomId.IsWellFormed(id.Value)) return false;
        using var connection = database.Open();
        return connection.ExecuteScalar<bool>("SELECT EXISTS (SELECT 1 FROM shares WHERE id = @id AND revoked_at IS NULL)", new { id = id.Value });
    }

    /// <summary>A picture of a live link; null where there is none.</summary>
    public SharedPicture? FindPicture(ShareId id, int number)
    {
        if (!RandomId.IsWellFormed(id.Value)) return null;
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<SharedPicture>(
            """
            SELECT p.hash, p.format FROM share_pictures p JOIN shares s ON s.id = p.share
            WHERE p.share = @id AND p.number = @number AND s.revoked_at IS NULL
            """,
            new { id = id.Value, number });
    }

    private async Task SettleAsync(VisitorId visitor, ConversationId conversation, CancellationToken cancellationToken)
    {
        for (var start = time.GetTimestamp(); time.GetElapsedTime(start) < Settling;)
        {
            if (!HasUnended(visitor, conversation)) return;
            await Task.Delay(SettlingStep, time, cancellationToken);
        }
    }

    private bool HasUnended(VisitorId visitor, ConversationId conversation)
    {
        using var connection = database.Open();
        return connection.ExecuteScalar<bool>(
            "SELECT EXISTS (SELECT 1 FROM generations WHERE conversation = @conversation AND visitor = @visitor AND ended_at IS NULL)",
            new { conversation = conversation.Value, visitor = visitor.Value });
    }

    private void RefuseOverLimit(SqliteConnection connection, SqliteTransaction transaction, VisitorId visitor)
    {
        var made = connection.ExecuteScalar<int>(
            "SELECT COUNT(*) FROM shares WHERE visitor = @visitor AND created_at > @since",
            new { visitor = visitor.Value, since = Now() - (long)TimeSpan.FromDays(1).TotalMilliseconds }, transaction);
        if (made >= options.LinksPerDay)
            throw new ChatRefusedException(ChatFault.VisitorLimit,
                $"You made {made} links within a day; the limit is {options.LinksPerDay}. The links you have still work - make a new one tomorrow.", TimeSpan.FromHours(1));
    }

    private static (ImmutableArray<SharedTurn> Turns, List<SharedPicture> Pictures) Copy(
        SqliteConnection connection, SqliteTransaction transaction, VisitorId visitor, ConversationId conversation)
    {
        var owned = connection.ExecuteScalar<bool>(
            "SELECT EXISTS (SELECT 1 FROM conversations WHERE id = @conversation AND visitor = @visitor)",
            new { conversation = conversation.Value, visitor = visitor.Value }, transaction);
        if (!owned) throw Unknown();
        var rows = connection.Query<TurnRow>(
            """
            WITH RECURSIVE shown (id, parent) AS (
                SELECT id, parent FROM generations WHERE conversation = @conversation AND id = COALESCE(
                    (SELECT leaf FROM conversations WHERE id = @conversation),
                    (SELECT id FROM generations WHERE conversation = @conversation ORDER BY ordinal DESC LIMIT 1))
                UNION SELECT g.id, g.parent FROM generations g JOIN shown ON g.id = shown.parent)
            SELECT g.id, g.question, g.text, i.width, i.height, i.hash, i.format
            FROM shown JOIN generations g ON g.id = shown.id LEFT JOIN images i ON i.id = g.image
            WHERE g.ended_at IS NOT NULL ORDER BY g.ordinal
            """,
            new { conversation = conversation.Value }, transaction).AsList();
        if (rows.Count == 0)
            throw new ChatRefusedException(ChatFault.Invalid, "There is no finished answer to share yet. Wait for the answer, then share it.");

        var pictures = new List<SharedPicture>();
        var turns = ImmutableArray.CreateBuilder<SharedTurn>(rows.Count);
        foreach (var row in rows)
        {
            var events = connection.Query<string>(
                "SELECT body FROM events WHERE generation = @id AND body ->> '$.type' IN ('start', 'end') ORDER BY seq", new { id = row.Id }, transaction)
                .Select(body => JsonSerializer.Deserialize<GenerationEvent>(body, Json)).ToList();
            turns.Add(new SharedTurn(
                row.Question, row.Text, events.OfType<Ended>().LastOrDefault()?.Reason, NumberOf(row, pictures),
                row.Width ?? 0, row.Height ?? 0, events.OfType<Started>().LastOrDefault()?.Stamp));
        }
        return (turns.MoveToImmutable(), pictures);
    }

    // Pictures are numbered from 1 in the order they are first asked about; one picture has one number.
    private static int? NumberOf(TurnRow row, List<SharedPicture> pictures)
    {
        if (row is not { Hash: { } hash, Format: { } format }) return null;
        var index = pictures.FindIndex(picture => picture.Hash == hash);
        if (index >= 0) return index + 1;
        pictures.Add(new SharedPicture(hash, format));
        return pictures.Count;
    }

    private void Insert(
        SqliteConnection connection, SqliteTransaction transaction, ShareId id, VisitorId visitor, ConversationId conversation,
        ImmutableArray<SharedTurn> turns, List<SharedPicture> pictures)
    {
        connection.Execute(
            "INSERT INTO shares (id, visitor, conversation, body, created_at) VALUES (@id, @visitor, @conversation, @body, @now)",
            new { id = id.Value, visitor = visitor.Value, conversation = conversation.Value, body = JsonSerializer.Serialize(turns, Json), now = Now() }, transaction);
        connection.Execute(
            "INSERT INTO share_pictures (share, number, hash, format) VALUES (@share, @number, @hash, @format)",
            pictures.Select((picture, index) => new { share = id.Value, number = index + 1, hash = picture.Hash, format = picture.Format }), transaction);
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private static ChatRefusedException Unknown() => new(ChatFault.Unknown, "There is no such conversation to share.");

    private sealed class TurnRow
    {
        public required string Id { get; init; }
        public required string Question { get; init; }
        public required string Text { get; init; }
        public int? Width { get; init; }
        public int? Height { get; init; }
        public string? Hash { get; init; }
        public string? Format { get; init; }
    }
}
