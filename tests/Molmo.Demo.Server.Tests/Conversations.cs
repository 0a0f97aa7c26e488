using Dapper;

namespace Molmo.Demo.Server.Tests;

/// <summary>
/// Writes conversations into the database as the chat part leaves them, for tests that need one and no model.
/// </summary>
internal static class Conversations
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static EngineStamp Stamp { get; } = new(
        "test-model", "0123456789ab", "float32", new EarlierWords("CPU"), "1.0", SamplingChoice.Greedy);

    /// <summary>A conversation of one visitor with the given turns; without a reason a turn has not ended.</summary>
    /// <returns>Its id.</returns>
    public static string Seed(
        this MolmoApplication app, VisitorId visitor,
        params (string Question, string Answer, string? Image, EndReason? Reason)[] turns)
    {
        using var connection = app.Database.Open();
        var conversation = ConversationId.New().Value;
        connection.Execute("INSERT INTO conversations (id, visitor, title, created_at, "
            + "updated_at) VALUES (@conversation, @visitor, 'title', 1, 1)",
            new { conversation, visitor = visitor.Value });
        foreach (var turn in turns) Add(app, visitor, conversation, turn);
        return conversation;
    }

    /// <summary>One more turn.</summary>
    public static void Add(
        this MolmoApplication app, VisitorId visitor, string conversation,
        (string Question, string Answer, string? Image, EndReason? Reason) turn)
    {
        using var connection = app.Database.Open();
        var id = GenerationId.New().Value;
        connection.Execute(
            """
            INSERT INTO generations (id, visitor, conversation, ordinal, image, question, sampling, text, state,
                created_at, ended_at, parent)
            SELECT @id, @visitor, @conversation, COALESCE(MAX(ordinal), 0) + 1, @image, @question, '{}', @text, @state,
                1, @ended,
                (SELECT id FROM generations WHERE conversation = @conversation ORDER BY ordinal DESC LIMIT 1)
            FROM generations WHERE conversation = @conversation
            """,
            new
            {
                id,
                visitor = visitor.Value,
                conversation,
                image = turn.Image,
                question = turn.Question,
                text = turn.Answer,
                state = turn.Reason is { } reason ? reason.ToString().ToLowerInvariant() : "running",
                ended = turn.Reason is null ? (long?)null : 2,
            });
        List<GenerationEvent> events = [new Started(1, Stamp, null), new TextDelta(2, "prose")];
        if (turn.Reason is { } end)
            events.Add(new Ended(3, end, new TokenUsage(1, 1), new GenerationTimings(0, 0, 0, 0, 0)));
        connection.Execute("INSERT INTO events (generation, seq, body) VALUES (@id, @seq, @body)",
            events.Select(e => new { id, seq = e.Seq, body = JsonSerializer.Serialize(e, Json) }));
    }
}
