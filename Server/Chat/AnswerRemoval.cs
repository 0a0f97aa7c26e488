using Dapper;
using Microsoft.Data.Sqlite;

namespace Molmo.Demo.Server.Chat;

/// <summary>Takes one question with its answer out of a conversation, and leaves a tree that holds together.</summary>
/// <remarks>
/// Only a turn that nothing follows can go: what was asked after it was asked about it, and would become a first
/// question. The answers that it goes on from are the beginning of the same answer and go with it. Events, checks and
/// ratings go with their rows; the picture stays until the sweep of those that nobody asked about.
/// </remarks>
internal static class AnswerRemoval
{
    // Nothing follows the turn, and nobody writes it.
    private const string CanGo = """
        SELECT COUNT(*) FROM generations g
        WHERE g.id = @id AND g.conversation = @conversation AND g.visitor = @visitor AND g.ended_at IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM generations other
            WHERE other.conversation = @conversation AND (other.parent = g.id OR other.continues = g.id))
        """;

    /// <summary>Removes the rows.</summary>
    /// <returns>False where there is no such answer of this visitor, it is being written, or something follows
    /// it.</returns>
    public static bool Remove(
        SqliteConnection connection, SqliteTransaction transaction, VisitorId visitor, ConversationId conversation,
        GenerationId answer)
    {
        var (isGone, titled) = (false, TitleOf(connection, transaction, conversation));
        for (string? id = answer.Value; id is not null;)
        {
            var row = new { id, conversation = conversation.Value, visitor = visitor.Value };
            if (connection.ExecuteScalar<long>(CanGo, row, transaction) == 0) break;
            id = connection.ExecuteScalar<string?>(
                "DELETE FROM generations WHERE id = @id RETURNING continues", row, transaction);
            isGone = true;
        }
        if (isGone) Mend(connection, transaction, conversation, titled);
        return isGone;
    }

    // What is left is shown where it was shown before; a conversation without questions is none.
    private static void Mend(
        SqliteConnection connection, SqliteTransaction transaction, ConversationId conversation, string? titled)
    {
        var id = new { id = conversation.Value };
        if (connection.Execute("""
            DELETE FROM conversations WHERE id = @id
            AND NOT EXISTS (SELECT 1 FROM generations WHERE conversation = @id)
            """, id, transaction) > 0)
            return;
        connection.Execute("""
            UPDATE conversations SET leaf = NULL WHERE id = @id
            AND leaf NOT IN (SELECT id FROM generations WHERE conversation = @id)
            """, id, transaction);
        // The title of the first question would keep the words of one that is gone.
        if (titled is not null && TitleOf(connection, transaction, conversation) is null)
            connection.Execute("UPDATE conversations SET title = @title WHERE id = @id",
                new { id = id.id, title = ChatStore.TitleOf(First(connection, transaction, conversation)!) },
                transaction);
    }

    // The first question's, where the title is that and not a name that a person gave.
    private static string? TitleOf(
        SqliteConnection connection, SqliteTransaction transaction, ConversationId conversation)
    {
        var title = connection.QuerySingleOrDefault<string>(
            "SELECT title FROM conversations WHERE id = @id", new { id = conversation.Value }, transaction);
        return First(connection, transaction, conversation) is { } question && ChatStore.TitleOf(question) == title
            ? title : null;
    }

    private static string? First(
        SqliteConnection connection, SqliteTransaction transaction, ConversationId conversation)
        => connection.QueryFirstOrDefault<string>(
            "SELECT question FROM generations WHERE conversation = @id ORDER BY ordinal LIMIT 1",
            new { id = conversation.Value }, transaction);
}
