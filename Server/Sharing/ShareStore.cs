using Dapper;
using Microsoft.Data.Sqlite;
using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Sharing;

/// <summary>What stands between a reader and a link.</summary>
/// <param name="Owner">Its maker.</param>
/// <param name="IsLive">Whether there is something to read still.</param>
/// <param name="IsExpired">Where not live: whether it came to its end by itself.</param>
/// <param name="Passphrase">Hash of the words that a reader must know, null without.</param>
internal sealed record ShareStanding(VisitorId Owner, bool IsLive, bool IsExpired, string? Passphrase);

/// <summary>
/// Links as rows: the copied turns as JSON, and the pictures by content, so that neither deleting the conversation nor
/// a picture changes a link, and withdrawing the last link of a picture nobody has any more deletes its bytes.
/// </summary>
internal sealed class ShareStore(
    ImageFiles files, Database database, IKeptAnswers stored, BlurredImages blurred, ShareViews views,
    ShareOptions options, TimeProvider time)
    : IShareService
{
    /// <summary>Which links can be read at <c>@now</c>.</summary>
    internal const string Live = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > @now)";

    /// <summary>Raised with a link that was just withdrawn or changed.</summary>
    public event Action<ShareId>? Changed;

    public ShareLifetime UsualLifetime => options.Lifetime;

    public async Task<ShareId> CreateAsync(
        VisitorId visitor, ConversationId conversation, ShareChoice choice, CancellationToken cancellationToken)
    {
        if (!RandomId.IsWellFormed(conversation.Value)) throw ShareRefusals.Unknown();
        ShareRefusals.Check(choice);
        // The page shows an end a moment before it is stored.
        await stored.StoredAsync(conversation, cancellationToken);
        RefuseOverLimit(visitor);
        try
        {
            var hidden = choice.Blurred is { Length: > 0 } boxes
                ? await blurred.MakeAsync(visitor, conversation, boxes, cancellationToken)
                : ImmutableDictionary<string, StoredForm>.Empty;
            var passphrase = await HashAsync(choice.Passphrase, cancellationToken);
            return await files.AddAsync(
                [.. hidden.Values.Select(form => (form.Hash, form.Bytes))], (connection, transaction) =>
                {
                    RefuseOverLimit(connection, transaction, visitor);
                    var copy = TurnCopy.Of(connection, transaction, visitor, conversation);
                    if (copy.Turns.IsEmpty) throw NothingToShare(connection, transaction, visitor, conversation);
                    var (id, now) = (ShareId.New(), Now());
                    Insert(connection, transaction, id, visitor, conversation, copy, hidden,
                        FindLike(connection, transaction, visitor, choice.Like)
                            ?? (EndOf(choice.Lifetime ?? options.Lifetime, now), passphrase,
                                choice.ShowsPhotoInPreview), now);
                    return id;
                }, cancellationToken);
        }
        catch (Exception e) when (StorageFault.Of(e) is { } fault)
        {
            throw ShareRefusals.Storage(fault);
        }
    }

    public Task<SharedConversation?> FindAsync(ShareId id, CancellationToken cancellationToken)
    {
        if (!RandomId.IsWellFormed(id.Value)) return Task.FromResult<SharedConversation?>(null);
        using var connection = database.Open();
        var row = connection.QuerySingleOrDefault<(string Body, long CreatedAt, bool PreviewPhoto)?>(
            $"SELECT body, created_at, preview_photo FROM shares WHERE id = @id AND {Live}",
            new { id = id.Value, now = Now() });
        return Task.FromResult(row is { } found
            ? new SharedConversation(id, DateTimeOffset.FromUnixTimeMilliseconds(found.CreatedAt),
                JsonSerializer.Deserialize<ImmutableArray<SharedTurn>>(found.Body, TurnCopy.Json), found.PreviewPhoto)
            : null);
    }

    public Task<IReadOnlyList<ShareSummary>> ListAsync(VisitorId visitor, CancellationToken cancellationToken)
    {
        using var connection = database.Open();
        var rows = connection.Query<(
            string Id, string Conversation, string Title, int Turns, long CreatedAt, long? ExpiresAt, long Views,
            bool HasPassphrase, bool PreviewPhoto, bool Blurred)>(
            $"""
            SELECT id, conversation, title, turns, created_at, expires_at, views, passphrase IS NOT NULL,
                preview_photo, blurred
            FROM shares WHERE visitor = @visitor AND {Live} ORDER BY created_at DESC
            """,
            new { visitor = visitor.Value, now = Now() });
        return Task.FromResult<IReadOnlyList<ShareSummary>>([.. rows.Select(row => new ShareSummary(
            new ShareId(row.Id), new ConversationId(row.Conversation), row.Title, row.Turns,
            DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt),
            row.ExpiresAt is { } end ? DateTimeOffset.FromUnixTimeMilliseconds(end) : null,
            row.Views + views.Pending(new ShareId(row.Id)), row.HasPassphrase, row.PreviewPhoto, row.Blurred))]);
    }

    public async Task<bool> ChangeAsync(
        VisitorId visitor, ShareId id, ShareChange change, CancellationToken cancellationToken)
    {
        ShareRefusals.Check(change);
        if (!RandomId.IsWellFormed(id.Value)) return false;
        var passphrase = await HashAsync(change.Passphrase, cancellationToken);
        using var connection = database.Open();
        var changed = connection.Execute(
            $"""
            UPDATE shares SET
                expires_at = CASE WHEN @hasLifetime THEN @expiresAt ELSE expires_at END,
                passphrase = CASE WHEN @hasPassphrase THEN @passphrase ELSE passphrase END,
                preview_photo = COALESCE(@photo, preview_photo)
            WHERE id = @id AND visitor = @visitor AND {Live}
            """,
            new
            {
                id = id.Value,
                visitor = visitor.Value,
                now = Now(),
                hasLifetime = change.Lifetime is not null,
                expiresAt = change.Lifetime is { } lifetime ? EndOf(lifetime, Now()) : null,
                hasPassphrase = change.Passphrase is not null,
                passphrase,
                photo = change.ShowsPhotoInPreview,
            }) > 0;
        if (changed) Changed?.Invoke(id);
        return changed;
    }

    public async Task<bool> RevokeAsync(VisitorId visitor, ShareId id, CancellationToken cancellationToken)
    {
        if (!RandomId.IsWellFormed(id.Value)) return false;
        var isRevoked = await files.ChangeAsync((connection, transaction, released) =>
        {
            // The row stays, empty, so that withdrawing does not make room for more links today.
            var changed = connection.Execute(
                $"UPDATE shares SET revoked_at = @now, body = '[]', title = '', "
                    + $"passphrase = NULL WHERE id = @id AND visitor = @visitor AND {Live}",
                new { now = Now(), id = id.Value, visitor = visitor.Value }, transaction);
            if (changed > 0) Release(connection, transaction, id.Value, released);
            return changed > 0;
        }, cancellationToken);
        if (isRevoked) Changed?.Invoke(id);
        return isRevoked;
    }

    /// <summary>Empties links that came to their end, with the bytes that only they used.</summary>
    /// <returns>How many.</returns>
    public async Task<int> EndExpiredAsync(CancellationToken cancellationToken)
    {
        var ended = await files.ChangeAsync((connection, transaction, released) =>
        {
            var ids = connection.Query<string>(
                "UPDATE shares SET revoked_at = expires_at, body = '[]', title = '', "
                    + "passphrase = NULL WHERE revoked_at IS NULL AND expires_at <= @now RETURNING id",
                new { now = Now() }, transaction).AsList();
            foreach (var id in ids) Release(connection, transaction, id, released);
            return ids;
        }, cancellationToken);
        foreach (var id in ended) Changed?.Invoke(new ShareId(id));
        return ended.Count;
    }

    /// <summary>What is known of a link; null where it never was.</summary>
    public ShareStanding? FindStanding(ShareId id)
    {
        if (!RandomId.IsWellFormed(id.Value)) return null;
        using var connection = database.Open();
        var row = connection.QuerySingleOrDefault<(string Visitor, bool IsLive, bool IsExpired, string? Passphrase)?>(
            $"SELECT visitor, {Live}, revoked_at IS NULL OR revoked_at = expires_at, "
                + $"passphrase FROM shares WHERE id = @id",
            new { id = id.Value, now = Now() });
        return row is { } found
            ? new ShareStanding(new VisitorId(found.Visitor), found.IsLive, found.IsExpired, found.Passphrase)
            : null;
    }

    /// <summary>A picture of a live link; null where there is none.</summary>
    public SharedImage? FindImage(ShareId id, int number)
    {
        if (!RandomId.IsWellFormed(id.Value)) return null;
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<SharedImage>(
            $"SELECT p.hash, p.format FROM share_pictures p JOIN shares s ON s.id = p.share WHERE p.share = @id "
                + $"AND p.number = @number AND {Live}",
            new { id = id.Value, number, now = Now() });
    }

    /// <summary>Adds what others have seen since the last time.</summary>
    public void AddViews(IReadOnlyCollection<KeyValuePair<ShareId, int>> seen)
    {
        using var connection = database.Open();
        using var ending = connection.Begin(out var transaction);
        connection.Execute("UPDATE shares SET views = views + @count WHERE id = @id",
            seen.Select(view => new { id = view.Key.Value, count = view.Value }), transaction);
        transaction.Commit();
    }

    // Also before anything is computed for the link.
    private void RefuseOverLimit(VisitorId visitor)
    {
        using var connection = database.Open();
        RefuseOverLimit(connection, null, visitor);
    }

    private void RefuseOverLimit(SqliteConnection connection, SqliteTransaction? transaction, VisitorId visitor)
    {
        var made = connection.ExecuteScalar<int>(
            "SELECT COUNT(*) FROM shares WHERE visitor = @visitor AND created_at > @since",
            new { visitor = visitor.Value, since = Now() - (long)TimeSpan.FromDays(1).TotalMilliseconds }, transaction);
        if (made >= options.LinksPerDay) throw ShareRefusals.TooManyLinks(made, options.LinksPerDay);
    }

    private static ChatRefusedException NothingToShare(
        SqliteConnection connection, SqliteTransaction transaction, VisitorId visitor, ConversationId conversation)
    {
        var isOwned = connection.ExecuteScalar<bool>(
            "SELECT EXISTS (SELECT 1 FROM conversations WHERE id = @conversation AND visitor = @visitor)",
            new { conversation = conversation.Value, visitor = visitor.Value }, transaction);
        return isOwned ? ShareRefusals.NothingYet() : ShareRefusals.Unknown();
    }

    private (long? ExpiresAt, string? Passphrase, bool PreviewPhoto)? FindLike(
        SqliteConnection connection, SqliteTransaction transaction, VisitorId visitor,
        ShareId? id) => id is not { } like
        ? null
        : connection.QuerySingleOrDefault<(long?, string?, bool)?>(
            $"SELECT expires_at, passphrase, "
                + $"preview_photo FROM shares WHERE id = @id AND visitor = @visitor AND {Live}",
            new { id = like.Value, visitor = visitor.Value, now = Now() }, transaction)
            ?? throw ShareRefusals.UnknownLink();

    private void Insert(
        SqliteConnection connection, SqliteTransaction transaction, ShareId id, VisitorId visitor,
        ConversationId conversation, TurnCopy copy,
        ImmutableDictionary<string, StoredForm> hidden,
        (long? ExpiresAt, string? Passphrase, bool PreviewPhoto) settings, long now)
    {
        connection.Execute(
            """
            INSERT INTO shares (id, visitor, conversation, title, turns, body, created_at, expires_at, passphrase,
                preview_photo, blurred)
            VALUES (@id, @visitor, @conversation, @title, @turns, @body, @now, @expiresAt, @passphrase, @photo,
                @blurred)
            """,
            new
            {
                id = id.Value,
                visitor = visitor.Value,
                conversation = conversation.Value,
                title = copy.Turns[0].Question,
                turns = copy.Turns.Length,
                body = JsonSerializer.Serialize(copy.Turns, TurnCopy.Json),
                now,
                expiresAt = settings.ExpiresAt,
                passphrase = settings.Passphrase,
                photo = settings.PreviewPhoto,
                blurred = hidden.Count > 0,
            }, transaction);
        connection.Execute(
            "INSERT INTO share_pictures (share, number, hash, format) VALUES (@share, @number, @hash, @format)",
            copy.Pictures.Select((picture, index) => new
            {
                share = id.Value,
                number = index + 1,
                hash = hidden.GetValueOrDefault(picture.Hash)?.Hash ?? picture.Hash,
                format = picture.Format
            }),
            transaction);
    }

    private static void Release(
        SqliteConnection connection, SqliteTransaction transaction, string id, ICollection<string> released)
    {
        foreach (var hash in connection.Query<string>(
            "DELETE FROM share_pictures WHERE share = @id RETURNING hash", new { id }, transaction))
            released.Add(hash);
    }

    // Not on the caller's circuit: it is slow on purpose.
    private static Task<string?> HashAsync(string? words, CancellationToken cancellationToken)
        => string.IsNullOrEmpty(words)
            ? Task.FromResult<string?>(null)
            : Task.Run<string?>(() => Passphrase.Hash(words), cancellationToken);

    private static long? EndOf(ShareLifetime lifetime, long start)
        => lifetime.Span is { } span ? start + (long)span.TotalMilliseconds : null;

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
