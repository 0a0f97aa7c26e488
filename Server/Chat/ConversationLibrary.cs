using Dapper;
using Microsoft.Data.Sqlite;
using Molmo.Demo.Server.Audits;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Chat;

/// <summary>The visitors' stored conversations: finding, naming and deleting them.</summary>
/// <remarks>
/// Deleting stops what runs, removes the rows, deletes the bytes of pictures that nothing else names, and empties the
/// database's log: afterwards neither text nor picture is in the data folder. Links are copies and stay; they are
/// withdrawn by themselves.
/// </remarks>
internal sealed class ConversationLibrary(
    Database database, ImageFiles files, StorageHealth health, GenerationService service, MolmoOptions options,
    IKeptAnswers kept, ConversationChanges changes, TimeProvider time, ILogger<ConversationLibrary> log)
    : IConversationStore
{
    /// <summary>Words of a search that are looked at.</summary>
    private const int MostWords = 8;

    /// <summary>Conversations removed in one transaction, so that no question waits long for the database.</summary>
    private const int IdleBatch = 100;

    /// <summary>How long a picture that was never asked about is kept at most.</summary>
    private static readonly TimeSpan UnaskedFor = TimeSpan.FromDays(1);

    public Task<StoredConversation?> FindAsync(
        VisitorId visitor, ConversationId id, CancellationToken cancellationToken)
        => service.FindAsync(visitor, id, cancellationToken);

    public Task<ImmutableArray<ConversationEntry>> ListAsync(
        VisitorId visitor, string? search, int count, CancellationToken cancellationToken)
        => Task.Run(() => List(visitor, WordsOf(search), count), cancellationToken);

    public Task<bool> RenameAsync(
        VisitorId visitor, ConversationId id, string title, CancellationToken cancellationToken)
    {
        var words = string.Join(' ', title.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (words.Length == 0) throw new ChatRefusedException(ChatFault.Invalid, new TitleEmpty());
        if (words.Length > ChatLimits.TitleCharacters)
            throw new ChatRefusedException(
                ChatFault.TooLong, new TitleTooLong(ChatLimits.TitleCharacters, words.Length));
        return Task.Run(
            () => Told(visitor, id, Change(
                "UPDATE conversations SET title = @value WHERE id = @id AND visitor = @visitor", visitor, id, words)),
            cancellationToken);
    }

    public Task<bool> ShowAsync(
        VisitorId visitor, ConversationId id, GenerationId leaf, CancellationToken cancellationToken)
        => Task.Run(() => Change("""
            UPDATE conversations SET leaf = @value WHERE id = @id AND visitor = @visitor
            AND EXISTS (SELECT 1 FROM generations WHERE id = @value AND conversation = @id)
            """, visitor, id, leaf.Value), cancellationToken);

    public async Task<bool> DeleteAsync(VisitorId visitor, ConversationId id, CancellationToken cancellationToken)
    {
        if (!RandomId.IsWellFormed(id.Value)) return false;
        await service.EndAnswersAsync(assignment => assignment.Conversation == id && assignment.Visitor == visitor);
        var deleted = await DeleteAsync(
            "DELETE FROM conversations WHERE id = @id AND visitor = @visitor",
            // Asked about in this conversation and in no other.
            """
            SELECT id FROM images WHERE visitor = @visitor
            AND id IN (SELECT image FROM generations WHERE conversation = @id AND visitor = @visitor)
            AND id NOT IN (SELECT image FROM generations WHERE conversation <> @id AND visitor = @visitor
                AND image IS NOT NULL)
            """,
            new { id = id.Value, visitor = visitor.Value }, cancellationToken);
        return Told(visitor, id, deleted > 0);
    }

    public async Task<bool> DeleteAnswerAsync(
        VisitorId visitor, ConversationId id, GenerationId answer, CancellationToken cancellationToken)
    {
        if (!RandomId.IsWellFormed(id.Value) || !RandomId.IsWellFormed(answer.Value)) return false;
        // A page shows an end a moment before it is stored.
        await kept.StoredAsync(id, cancellationToken);
        var deleted = await SettledAsync(RemoveAsync(
            (connection, transaction, _) =>
                AnswerRemoval.Remove(connection, transaction, visitor, id, answer) ? 1 : 0, cancellationToken));
        return Told(visitor, id, deleted > 0);
    }

    public async Task<int> DeleteAllAsync(VisitorId visitor, CancellationToken cancellationToken)
    {
        await service.EndAnswersAsync(assignment => assignment.Visitor == visitor && !assignment.IsPrivate);
        var deleted = await DeleteAsync(
            "DELETE FROM conversations WHERE visitor = @visitor", "SELECT id FROM images WHERE visitor = @visitor",
            new { visitor = visitor.Value }, cancellationToken);
        Told(visitor, null, deleted > 0);
        return deleted;
    }

    /// <summary>
    /// Deletes, as their owners would, conversations in which nothing was asked or answered for so long. One with a
    /// running answer stays, and links stay.
    /// </summary>
    /// <returns>How many.</returns>
    public async Task<int> DeleteIdleAsync(TimeSpan span, CancellationToken cancellationToken)
    {
        const string idle =
            $"SELECT id FROM conversations WHERE {ChatStore.IsIdle} ORDER BY updated_at, id LIMIT @batch";
        var ids = new { moment = (time.GetUtcNow() - span).ToUnixTimeMilliseconds(), batch = IdleBatch };
        var total = 0;
        for (var deleted = IdleBatch; deleted == IdleBatch; total += deleted)
        {
            deleted = await DeleteAsync(
                $"DELETE FROM conversations WHERE id IN ({idle})",
                // Asked about in these conversations and in no other.
                $"""
                WITH idle AS MATERIALIZED ({idle})
                SELECT DISTINCT asked.image FROM idle JOIN generations asked ON asked.conversation = idle.id
                WHERE asked.image IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM generations other WHERE other.image = asked.image
                    AND other.conversation NOT IN (SELECT id FROM idle))
                """,
                ids, cancellationToken);
        }
        if (total > 0) changes.ReportAll();
        return total;
    }

    /// <summary>Deletes pictures that were put on a stage and never asked about.</summary>
    public Task<int> SweepUnaskedAsync(CancellationToken cancellationToken)
    {
        var span = options.KeepFor is { } limit && limit < UnaskedFor ? limit : UnaskedFor;
        var moment = (time.GetUtcNow() - span).ToUnixTimeMilliseconds();
        return files.ChangeAsync((connection, transaction, released) =>
        {
            var hashes = connection.Query<string>("""
                DELETE FROM images WHERE created_at < @moment
                AND NOT EXISTS (SELECT 1 FROM generations g WHERE g.image = images.id) RETURNING hash
                """, new { moment }, transaction).ToList();
            hashes.ForEach(released.Add);
            return hashes.Count;
        }, cancellationToken);
    }

    private Task<int> DeleteAsync(
        string conversations, string images, object ids, CancellationToken cancellationToken)
        => SettledAsync(RemoveAsync((connection, transaction, released) =>
        {
            var unused = connection.Query<string>(images, ids, transaction).ToList();
            var count = connection.Execute(conversations, ids, transaction);
            foreach (var image in unused)
                released.Add(connection.ExecuteScalar<string>(
                    "DELETE FROM images WHERE id = @image RETURNING hash", new { image }, transaction)!);
            return count;
        }, cancellationToken));

    private async Task<int> SettledAsync(Task<int> removal)
    {
        var deleted = await removal;
        try
        {
            if (!await Task.Run(database.Settle, CancellationToken.None))
                log.LogWarning("A reader held the database's log after a deletion; "
                    + "it is emptied with the next one or at the next start.");
        }
        catch (SqliteException e)
        {
            // It is deleted all the same: only the log still has it.
            log.LogWarning(e, "The database's log could not be emptied after a deletion; "
                + "it is with the next one or at the next start.");
        }
        return deleted;
    }

    private async Task<int> RemoveAsync(
        Func<SqliteConnection, SqliteTransaction, ICollection<string>, int> remove, CancellationToken cancellationToken)
    {
        try
        {
            return await files.ChangeAsync(remove, cancellationToken);
        }
        catch (Exception e) when (StorageFault.Of(e) is not null)
        {
            throw new ChatRefusedException(ChatFault.Unavailable, new NothingDeleted(), TimeSpan.FromMinutes(1));
        }
    }

    // Pages that show what has just changed follow.
    private bool Told(VisitorId visitor, ConversationId? id, bool isChanged)
    {
        if (isChanged) changes.Report(visitor, id);
        return isChanged;
    }

    private bool Change(string sql, VisitorId visitor, ConversationId id, string value)
    {
        if (!RandomId.IsWellFormed(id.Value)) return false;
        try
        {
            using var connection = database.Open();
            return connection.Execute(sql, new { id = id.Value, visitor = visitor.Value, value }) > 0;
        }
        catch (SqliteException e)
        {
            health.Report(e);
            throw new ChatRefusedException(ChatFault.Unavailable, new NotKept(), TimeSpan.FromMinutes(1));
        }
    }

    private ImmutableArray<ConversationEntry> List(VisitorId visitor, string[] words, int count)
    {
        var running = service.RunningOf(visitor);
        using var connection = database.Open();
        var rows = connection.Query<Row>("""
            SELECT c.id, c.title, c.updated_at AS updatedAt,
                   (SELECT image FROM generations g WHERE g.conversation = c.id AND image IS NOT NULL
                   ORDER BY ordinal LIMIT 1) AS image
            FROM conversations c WHERE c.visitor = @visitor ORDER BY c.updated_at DESC, c.id
            """, new { visitor = visitor.Value }, buffered: false);
        return [.. rows.Select(row => (Row: row, Found: Find(connection, row, words)))
            .Where(at => at.Found is not null).Take(count)
            .Select(at => at.Row.ToEntry(running, ClaimOf(connection, at.Row)) with { Found = at.Found!.Value })];
    }

    /// <summary>What the newest answer says, as checked.</summary>
    private static Claim? ClaimOf(SqliteConnection connection, Row row)
    {
        var (text, audit) = connection.QueryFirstOrDefault<(string? Text, string? Audit)>("""
            SELECT g.text, a.body FROM generations g LEFT JOIN audits a ON a.generation = g.id
            WHERE g.conversation = @id ORDER BY g.ordinal DESC LIMIT 1
            """, new { id = row.Id });
        return string.IsNullOrEmpty(text) ? null
            : Claim.Of(PointMarkupParser.Parse(text), audit is null ? null : AuditStore.Read(audit));
    }

    /// <summary>
    /// Where the title, the questions and the answers as people read them hold each word: what is around the first of
    /// those that the title does not hold. Null where a word is nowhere.
    /// </summary>
    private static ImmutableArray<FoundPart>? Find(SqliteConnection connection, Row row, string[] words)
    {
        var missing = words.Where(word => !row.Title.Contains(word, StringComparison.OrdinalIgnoreCase)).ToList();
        ImmutableArray<FoundPart> found = [];
        if (missing.Count == 0) return found;
        foreach (var (question, answer) in connection.Query<(string Question, string Text)>(
            "SELECT question, text FROM generations WHERE conversation = @id ORDER BY ordinal", new { id = row.Id }))
        {
            Look(question);
            // Markup is taken out only where the word is there at all: nobody means the word "points" of a tag.
            if (missing.Exists(word => answer.Contains(word, StringComparison.OrdinalIgnoreCase)))
                Look(AnswerText.Clean(PointMarkupParser.Parse(answer)));
            if (missing.Count == 0) return found;
        }
        return null;

        void Look(string text)
        {
            if (found.IsEmpty) found = FoundText.Of(text, missing);
            missing.RemoveAll(word => text.Contains(word, StringComparison.OrdinalIgnoreCase));
        }
    }

    private static string[] WordsOf(string? search)
        => [.. (search ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Distinct().Take(MostWords)];

    private sealed class Row
    {
        public required string Id { get; init; }
        public required string Title { get; init; }
        public long UpdatedAt { get; init; }
        public string? Image { get; init; }

        public ConversationEntry ToEntry(IReadOnlySet<ConversationId> running, Claim? claim) => new(
            new ConversationId(Id), Title, DateTimeOffset.FromUnixTimeMilliseconds(UpdatedAt),
            Image is null ? null : new ImageId(Image), running.Contains(new ConversationId(Id)),
            claim);
    }
}
