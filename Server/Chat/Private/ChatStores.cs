namespace Molmo.Demo.Server.Chat;

/// <summary>Chooses the store of a conversation.</summary>
internal sealed class ChatStores(ChatStore kept, MemoryChatStore passing) : IChatStore
{
    public event Action<GenerationJournal>? EndKept
    {
        add
        {
            kept.EndKept += value;
            passing.EndKept += value;
        }
        remove
        {
            kept.EndKept -= value;
            passing.EndKept -= value;
        }
    }

    public VisitorId? OwnerOf(ConversationId conversation)
        => passing.OwnerOf(conversation) ?? kept.OwnerOf(conversation);

    public VisitorId? OwnerOf(GenerationId id) => passing.OwnerOf(id) ?? kept.OwnerOf(id);

    // By the question: a conversation that ended after it was accepted must not come into the database.
    public void Add(Assignment assignment, GenerationJournal journal, bool keepHistory)
        => Of(assignment).Add(assignment, journal, keepHistory);

    public void Follow(Assignment assignment, GenerationJournal journal) => Of(assignment).Follow(assignment, journal);

    public string? FindText(GenerationId id) => Of(id).FindText(id);

    public IReadOnlyList<JournalEntry> ReadEvents(GenerationId id, long fromSeq) => Of(id).ReadEvents(id, fromSeq);

    public GenerationEvent? FindEnd(GenerationId id) => Of(id).FindEnd(id);

    public StoredConversation? Find(VisitorId visitor, ConversationId id)
        => passing.OwnerOf(id) is null ? kept.Find(visitor, id) : passing.Find(visitor, id);

    public KeptAnswer? FindKept(GenerationId id) => Of(id).FindKept(id);

    public IReadOnlyList<UnendedAnswer> FindUnended() => kept.FindUnended();

    private IChatStore Of(Assignment assignment) => assignment.IsPrivate ? passing : kept;

    private IChatStore Of(GenerationId id) => passing.OwnerOf(id) is null ? kept : passing;
}
