using Dapper;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.OpenAi;

/// <summary>Remembers what is to be deleted with its answer, so that a crash in between keeps nothing either.</summary>
internal sealed class PassingQuestions(Database database, ImageFiles files, TimeProvider time)
{
    public void Add(ConversationId conversation, VisitorId visitor, ImageId? image)
    {
        using var connection = database.Open();
        connection.Execute("INSERT INTO passing_questions (conversation, visitor, image, "
            + "created_at) VALUES (@conversation, @visitor, @image, @now)",
            new
            {
                conversation = conversation.Value,
                visitor = visitor.Value,
                image = image?.Value,
                now = time.GetUtcNow().ToUnixTimeMilliseconds()
            });
    }

    /// <summary>
    /// Deletes question, answer and events, and the picture with its bytes where nothing else shows it.
    /// </summary>
    /// <param name="conversation">What was asked.</param>
    /// <param name="visitor">By whom.</param>
    /// <param name="image">The picture, where <see cref="Add"/> was not told of it.</param>
    public Task ForgetAsync(ConversationId conversation, VisitorId visitor, ImageId? image = null)
        => files.ChangeAsync((connection, transaction, released) =>
        {
            var row = new { conversation = conversation.Value, visitor = visitor.Value, image = image?.Value };
            foreach (var hash in connection.Query<string>("""
                DELETE FROM images WHERE visitor = @visitor
                AND id IN (@image, (SELECT image FROM passing_questions WHERE conversation = @conversation))
                RETURNING hash
                """, row, transaction)) released.Add(hash);
            connection.Execute(
                "DELETE FROM conversations WHERE id = @conversation AND visitor = @visitor", row, transaction);
            return connection.Execute(
                "DELETE FROM passing_questions WHERE conversation = @conversation", row, transaction);
        }, CancellationToken.None);

    /// <summary>Deletes what an earlier process left.</summary>
    public async Task SweepAsync()
    {
        List<(string Conversation, string Visitor)> left;
        using (var connection = database.Open())
            left = [.. connection.Query<(string, string)>("SELECT conversation, visitor FROM passing_questions")];
        foreach (var (conversation, visitor) in left) await ForgetAsync(
            new ConversationId(conversation), new VisitorId(visitor));
    }
}
