using System.Buffers.Binary;
using Dapper;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Chat;

/// <summary>The part of the database that grows with an answer.</summary>
internal sealed class JournalTable(Database database, TimeProvider time)
{
    /// <summary>
    /// Seconds for which a growing answer waits for another program that has the database: its page is told soon.
    /// </summary>
    private const int WritePatience = 2;

    /// <summary>
    /// Value of <c>generations.state</c> while the answer grows. Afterwards: the name of its <see cref="EndReason"/>,
    /// or <c>failed</c>.
    /// </summary>
    public const string Running = "running";

    /// <summary>
    /// Writes what the journals have more than the database, all or nothing. Writing the same again changes nothing.
    /// </summary>
    public void Write(IReadOnlyList<JournalBatch> batches)
    {
        using var connection = database.Open(WritePatience);
        using var ending = connection.Begin(out var transaction);
        foreach (var batch in batches)
        {
            // A conversation may have been deleted meanwhile: then nothing is kept, and nothing else is held up.
            connection.Execute("""
                INSERT OR IGNORE INTO events (generation, seq, body)
                SELECT @id, @seq, @body WHERE EXISTS (SELECT 1 FROM generations WHERE id = @id)
                """,
                batch.Entries.Select(e => new { id = batch.Id.Value, seq = e.Event.Seq, body = e.ToBody() }),
                transaction);
            connection.Execute("""
                UPDATE generations SET text = @text, tokens = @tokens, state = @state, ended_at = @ended WHERE id = @id
                """, new
            {
                id = batch.Id.Value,
                text = batch.Text,
                tokens = ToBytes(batch.Tokens),
                state = batch.IsEnded ? StateOf(batch.Entries[^1].Event) : Running,
                ended = batch.IsEnded ? Now() : (long?)null,
            }, transaction);
        }
        transaction.Commit();
    }

    public static byte[] ToBytes(ImmutableArray<int> tokens)
    {
        var bytes = new byte[tokens.Length * sizeof(int)];
        for (var i = 0; i < tokens.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), tokens[i]);
        return bytes;
    }

    public static ImmutableArray<int> FromBytes(byte[]? bytes)
    {
        var tokens = new int[(bytes?.Length ?? 0) / sizeof(int)];
        for (var i = 0; i < tokens.Length; i++)
            tokens[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(i * sizeof(int)));
        return [.. tokens];
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private static string StateOf(GenerationEvent last) => last switch
    {
        Ended ended => ended.Reason.ToString().ToLowerInvariant(),
        _ => "failed",
    };
}
