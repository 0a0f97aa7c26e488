using System.Collections.Concurrent;
using Molmo.Demo.Server.Private;

namespace Molmo.Demo.Server.Chat;

/// <summary>
/// Conversations that leave no trace: their questions and the journals themselves, until they are over.
/// </summary>
internal sealed class MemoryChatStore : IChatStore
{
    private readonly ConcurrentDictionary<GenerationId, Kept> _answers = new();
    private readonly Lock _gate = new();
    private readonly PrivateChats _chats;
    private long _asked;

    public MemoryChatStore(PrivateChats chats)
    {
        _chats = chats;
        chats.Ended += Forget;
    }

    public event Action<GenerationJournal>? EndKept;

    public VisitorId? OwnerOf(ConversationId conversation) => _chats.OwnerOf(conversation);

    public VisitorId? OwnerOf(GenerationId id) => _answers.GetValueOrDefault(id)?.Assignment.Visitor;

    public void Add(Assignment assignment, GenerationJournal journal, bool keepHistory)
    {
        lock (_gate)
        {
            if (_chats.OwnerOf(assignment.Conversation) != assignment.Visitor) throw QuestionRules.EndedPrivately();
            _answers[assignment.Id] = new Kept(++_asked, assignment, journal);
        }
        Follow(assignment, journal);
    }

    public void Follow(Assignment assignment, GenerationJournal journal) => journal.Changed += changed =>
    {
        if (changed.IsEnded) EndKept?.Invoke(changed);
    };

    public string? FindText(GenerationId id) => _answers.GetValueOrDefault(id)?.Journal.Text;

    public IReadOnlyList<JournalEntry> ReadEvents(GenerationId id, long fromSeq)
        => _answers.GetValueOrDefault(id)?.Journal.EntriesFrom(fromSeq) ?? [];

    public GenerationEvent? FindEnd(GenerationId id) => _answers.GetValueOrDefault(id)?.Journal.EndOf();

    public StoredConversation? Find(VisitorId visitor, ConversationId id)
    {
        if (_chats.OwnerOf(id) != visitor) return null;
        var answers = _answers.Values.Where(answer => answer.Assignment.Conversation == id);
        ImmutableArray<StoredTurn> turns =
            [.. answers.OrderBy(answer => answer.Number).Select(answer => TurnOf(answer.Assignment, answer.Journal))];
        return new StoredConversation(id, turns is [var first, ..] ? first.Question : "", turns, IsPrivate: true);
    }

    public KeptAnswer? FindKept(GenerationId id)
        => _answers.TryGetValue(id, out var answer) ? KeptAnswer.Of(answer.Assignment, answer.Journal) : null;

    public IReadOnlyList<UnendedAnswer> FindUnended() => [];

    private static StoredTurn TurnOf(Assignment asked, GenerationJournal journal) => new(
        asked.Id, asked.Text, asked.Image, journal.Text, journal.IsEnded, asked.Prompt,
        asked.IsSeedGiven ? asked.Sampling : asked.Sampling with { Seed = null }, asked.Region)
    {
        Parent = asked.Parent,
        Continues = asked.Continues,
    };

    private void Forget(ConversationId conversation)
    {
        // A question that is being added just now asks for the owner under the same lock, and finds none.
        lock (_gate)
        {
            foreach (var (id, answer) in _answers)
                if (answer.Assignment.Conversation == conversation) _answers.TryRemove(id, out _);
        }
    }

    private sealed record Kept(long Number, Assignment Assignment, GenerationJournal Journal);
}
