using Dapper;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Chat;

/// <summary>Conversations, questions, answers and their events in the database.</summary>
internal sealed class ChatStore(Database database, JournalWriter writer, TimeProvider time) : IChatStore
{
    private const string TurnColumns = """
        SELECT g.id, g.question, g.text, g.ended_at IS NOT NULL AS ended, g.state, g.sampling, g.prompt,
            g.seed_given AS seedGiven, g.region, g.parent, g.continues,
               i.id AS image, i.width, i.height, i.name, i.hash
        FROM generations g LEFT JOIN images i ON i.id = g.image
        """;

    /// <summary>
    /// Which conversations had no question since <c>@moment</c>, and have no answer that runs or ended since.
    /// </summary>
    internal const string IsIdle = """
        updated_at < @moment
        AND NOT EXISTS (
            SELECT 1 FROM generations g
            WHERE g.conversation = conversations.id AND (g.ended_at IS NULL OR g.ended_at >= @moment))
        """;

    public event Action<GenerationJournal>? EndKept
    {
        add => writer.EndStored += value;
        remove => writer.EndStored -= value;
    }

    public VisitorId? OwnerOf(ConversationId conversation)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<string>(
            "SELECT visitor FROM conversations WHERE id = @id", new { id = conversation.Value }) is { } visitor
            ? new VisitorId(visitor)
            : null;
    }

    public VisitorId? OwnerOf(GenerationId id)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<string>(
            "SELECT visitor FROM generations WHERE id = @id", new { id = id.Value }) is { } visitor
            ? new VisitorId(visitor)
            : null;
    }

    public void Add(Assignment assignment, GenerationJournal journal, bool keepHistory)
    {
        using var connection = database.Open();
        using var ending = connection.Begin(out var transaction);
        var row = new
        {
            id = assignment.Id.Value,
            visitor = assignment.Visitor.Value,
            conversation = assignment.Conversation.Value,
            title = TitleOf(assignment.Text),
            image = assignment.Image?.Id.Value,
            question = assignment.Text,
            sampling = JsonSerializer.Serialize(assignment.Sampling, JournalEntry.Json),
            history = keepHistory
                ? JsonSerializer.Serialize(
                    new KeptHistory(assignment.History, assignment.OmittedTurns, assignment.CutTurns),
                    JournalEntry.Json)
                : null,
            prompt = assignment.Prompt == PromptChoice.Plain ? null
                : JsonSerializer.Serialize(assignment.Prompt, JournalEntry.Json),
            seedGiven = assignment.IsSeedGiven,
            region = assignment.Region is { } region ? JsonSerializer.Serialize(region, JournalEntry.Json) : null,
            state = JournalTable.Running,
            now = Now(),
            parent = assignment.Parent?.Value,
            continues = assignment.Continues?.Value,
            text = assignment.Written?.Text ?? "",
            tokens = JournalTable.ToBytes(assignment.Written?.Tokens ?? []),
        };
        var begun = connection.Execute("""
            INSERT INTO conversations (id, visitor, title, created_at, updated_at, leaf)
                VALUES (@conversation, @visitor, @title, @now, @now, @id)
            ON CONFLICT (id) DO UPDATE SET updated_at = excluded.updated_at, leaf = excluded.leaf
            WHERE visitor = excluded.visitor
            """, row, transaction);
        if (begun == 0) throw QuestionRules.UnknownConversation();
        connection.Execute("""
            INSERT INTO generations (id, visitor, conversation, ordinal, image, region, question, sampling, history,
                prompt, seed_given, state, created_at, parent, continues, text, tokens)
            SELECT @id, @visitor, @conversation, COALESCE(MAX(ordinal), 0) + 1, @image, @region, @question, @sampling,
                @history, @prompt, @seedGiven, @state, @now, @parent, @continues, @text, @tokens
            FROM generations WHERE conversation = @conversation
            """, row, transaction);
        transaction.Commit();
        Follow(assignment, journal);
    }

    public void Follow(Assignment assignment, GenerationJournal journal)
        => writer.Add(assignment.Conversation, journal);

    /// <summary>Notes that the inference machine has taken the question.</summary>
    public void SetRemote(GenerationId id)
    {
        using var connection = database.Open();
        connection.Execute("UPDATE generations SET remote = id WHERE id = @id", new { id = id.Value });
    }

    public string? FindText(GenerationId id)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<string>(
            "SELECT text FROM generations WHERE id = @id", new { id = id.Value });
    }

    public IReadOnlyList<JournalEntry> ReadEvents(GenerationId id, long fromSeq)
    {
        using var connection = database.Open();
        var bodies = connection.Query<string>("""
            SELECT body FROM events WHERE generation = @id
            AND seq >= COALESCE((SELECT MAX(seq) FROM events WHERE generation = @id AND seq < @fromSeq), 0) ORDER BY seq
            """, new { id = id.Value, fromSeq });
        return GenerationJournal.From(bodies.Select(JournalEntry.FromBody).ToList(), fromSeq);
    }

    public GenerationEvent? FindEnd(GenerationId id)
    {
        using var connection = database.Open();
        var body = connection.QuerySingleOrDefault<string>(
            "SELECT body FROM events WHERE generation = @id ORDER BY seq DESC LIMIT 1", new { id = id.Value });
        return body is not null && JournalEntry.FromBody(body).Event is { IsLast: true } end ? end : null;
    }

    public StoredConversation? Find(VisitorId visitor, ConversationId id)
    {
        using var connection = database.Open();
        var found = connection.QuerySingleOrDefault<(string Title, string? Leaf)?>(
            "SELECT title, leaf FROM conversations WHERE id = @id AND visitor = @visitor",
            new { id = id.Value, visitor = visitor.Value });
        if (found is not { } row) return null;
        var turns = connection.Query<TurnRow>(
            TurnColumns + " WHERE g.conversation = @id ORDER BY g.ordinal", new { id = id.Value });
        return new StoredConversation(id, row.Title, [.. turns.Select(turn => turn.ToTurn())], IdOf(row.Leaf));
    }

    public KeptAnswer? FindKept(GenerationId id)
    {
        using var connection = database.Open();
        var row = connection.QuerySingleOrDefault<KeptRow>("""
            SELECT g.sampling, g.text, g.tokens, (SELECT body FROM events e WHERE e.generation = g.id ORDER BY seq DESC
                LIMIT 1) AS last
            FROM generations g WHERE g.id = @id AND g.ended_at IS NOT NULL
            """, new { id = id.Value });
        return row is null
            ? null
            : new KeptAnswer(
                JsonSerializer.Deserialize<SamplingChoice>(row.Sampling, JournalEntry.Json)!, row.Text,
                JournalTable.FromBytes(row.Tokens),
                row.Last is null ? null : JournalEntry.FromBody(row.Last).Event);
    }

    public IReadOnlyList<UnendedAnswer> FindUnended()
    {
        using var connection = database.Open();
        var rows = connection.Query<UnendedRow>("""
            SELECT g.id, g.visitor, g.conversation, g.question, g.sampling, g.history, g.remote, g.text, g.prompt,
                g.seed_given AS seedGiven, g.region, g.tokens, g.parent, g.continues,
                   i.id AS image, i.width, i.height, i.name, i.hash
            FROM generations g LEFT JOIN images i ON i.id = g.image
            WHERE g.ended_at IS NULL AND g.state = @state ORDER BY g.created_at
            """, new { state = JournalTable.Running }).ToList();
        return rows.ConvertAll(row => new UnendedAnswer(
            row.ToAssignment(), ReadEvents(new GenerationId(row.Id), 1), row.Text, JournalTable.FromBytes(row.Tokens)));
    }

    /// <summary>
    /// Removes conversations whose answers all ended before a moment, with questions, answers and events.
    /// </summary>
    public void DeleteEndedBefore(DateTimeOffset moment)
    {
        using var connection = database.Open();
        connection.Execute(
            $"DELETE FROM conversations WHERE {IsIdle}", new { moment = moment.ToUnixTimeMilliseconds() });
    }

    private static GenerationId? IdOf(string? id) => id is null ? null : new GenerationId(id);

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The title of a conversation that begins with this question.</summary>
    internal static string TitleOf(string question)
    {
        const int length = 80;
        var words = string.Join(' ', question.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (words.Length <= length) return words;
        var end = char.IsHighSurrogate(words[length - 1]) ? length - 1 : length;
        return words[..end] + "…";
    }

    private sealed record KeptHistory(IReadOnlyList<Turn> Turns, int Omitted, int Cut = 0);

    private class AskedColumns
    {
        public required string Sampling { get; init; }
        public string? Prompt { get; init; }
        public bool SeedGiven { get; init; }
        public string? Image { get; init; }
        public int Width { get; init; }
        public int Height { get; init; }
        public string Name { get; init; } = "";
        public string Hash { get; init; } = "";
        public string? Region { get; init; }

        public SamplingChoice ToSampling() => JsonSerializer.Deserialize<SamplingChoice>(Sampling, JournalEntry.Json)!;

        public PromptChoice? ToPrompt()
            => Prompt is null ? null : JsonSerializer.Deserialize<PromptChoice>(Prompt, JournalEntry.Json);

        public ImageInfo? ToImage()
            => Image is null ? null : new ImageInfo(new ImageId(Image), Width, Height, Name, Hash);

        public ImageRegion? ToRegion()
            => Region is null ? null : JsonSerializer.Deserialize<ImageRegion>(Region, JournalEntry.Json);
    }

    private sealed class TurnRow : AskedColumns
    {
        public required string Id { get; init; }
        public required string Question { get; init; }
        public required string Text { get; init; }
        public bool Ended { get; init; }
        public string? Parent { get; init; }
        public string? Continues { get; init; }

        public StoredTurn ToTurn() => new(
            new GenerationId(Id), Question, ToImage(), Text, Ended, ToPrompt(),
            SeedGiven ? ToSampling() : ToSampling() with { Seed = null }, ToRegion())
        {
            Parent = IdOf(Parent),
            Continues = IdOf(Continues),
        };
    }

    private sealed class KeptRow
    {
        public required string Sampling { get; init; }
        public required string Text { get; init; }
        public byte[]? Tokens { get; init; }
        public string? Last { get; init; }
    }

    private sealed class UnendedRow : AskedColumns
    {
        public required string Id { get; init; }
        public required string Visitor { get; init; }
        public required string Conversation { get; init; }
        public required string Question { get; init; }
        public string? History { get; init; }
        public string? Remote { get; init; }
        public required string Text { get; init; }
        public byte[]? Tokens { get; init; }
        public string? Parent { get; init; }
        public string? Continues { get; init; }

        public Assignment ToAssignment()
        {
            var history = History is null
                ? new KeptHistory([], 0)
                : JsonSerializer.Deserialize<KeptHistory>(History, JournalEntry.Json)!;
            return new Assignment(
                new GenerationId(Id), new VisitorId(Visitor), new ConversationId(Conversation), Question, ToImage(),
                ToSampling(), [.. history.Turns], history.Omitted, ToRegion())
            {
                Prompt = ToPrompt() ?? PromptChoice.Plain,
                CutTurns = history.Cut,
                IsSeedGiven = SeedGiven,
                IsTaken = Remote is not null,
                Parent = IdOf(Parent),
                Continues = IdOf(Continues),
                // Only its beginning; a machine that takes it up again mirrors the rest, whatever was written here
                // before.
                Written = Continues is null ? null : new WrittenAnswer(Text, JournalTable.FromBytes(Tokens)),
            };
        }
    }
}
