namespace Molmo.Demo.Server.Chat;

/// <summary>
/// Where conversations are kept: in the database, or, for those that leave no trace, in memory. Synchronous; callers
/// keep it off the circuits.
/// </summary>
internal interface IChatStore
{
    /// <summary>Raised when all of an answer is kept, its end included.</summary>
    event Action<GenerationJournal>? EndKept;

    /// <summary>Owner of a conversation; null where there is none.</summary>
    VisitorId? OwnerOf(ConversationId conversation);

    /// <summary>Owner of an answer; null where there is none.</summary>
    VisitorId? OwnerOf(GenerationId id);

    /// <summary>Keeps a new question, its conversation where it begins one, and from then on its journal.</summary>
    /// <param name="assignment">The question.</param>
    /// <param name="journal">Its answer.</param>
    /// <param name="keepHistory">
    /// Whether the earlier turns are kept with it, so that another process can ask it again.
    /// </param>
    /// <exception cref="ChatRefusedException">The conversation is somebody else's, or has ended.</exception>
    void Add(Assignment assignment, GenerationJournal journal, bool keepHistory);

    /// <summary>Keeps a journal current until its end is kept, where the question is kept already.</summary>
    void Follow(Assignment assignment, GenerationJournal journal);

    /// <summary>Verbatim text of an answer as kept; null where there is none of this id.</summary>
    string? FindText(GenerationId id);

    /// <summary>Kept events of an answer from a number on, as <see cref="GenerationJournal.From"/> says.</summary>
    IReadOnlyList<JournalEntry> ReadEvents(GenerationId id, long fromSeq);

    /// <summary>The last event of an answer; null where it has none yet, or is unknown.</summary>
    GenerationEvent? FindEnd(GenerationId id);

    /// <summary>Title and turns of a visitor's conversation; null where unknown or foreign.</summary>
    StoredConversation? Find(VisitorId visitor, ConversationId id);

    /// <summary>An answer as it was left, to go on from; null where there is none.</summary>
    KeptAnswer? FindKept(GenerationId id);

    /// <summary>Answers that an earlier process left unended, with all that is needed to go on.</summary>
    IReadOnlyList<UnendedAnswer> FindUnended();
}

/// <summary>An answer whose process ended before it did.</summary>
/// <param name="Assignment">What was asked.</param>
/// <param name="Entries">Its journalled events.</param>
/// <param name="Text">Its journalled verbatim text.</param>
/// <param name="Tokens">The tokens of it, as far as they are known.</param>
internal sealed record UnendedAnswer(
    Assignment Assignment, IReadOnlyList<JournalEntry> Entries, string Text, ImmutableArray<int> Tokens);

/// <summary>An ended answer that may be gone on with.</summary>
/// <param name="Sampling">How it was asked.</param>
/// <param name="Text">Its verbatim text.</param>
/// <param name="Tokens">The tokens of it, as far as they are known.</param>
/// <param name="End">Its last event; null where there is none.</param>
internal sealed record KeptAnswer(
    SamplingChoice Sampling, string Text, ImmutableArray<int> Tokens, GenerationEvent? End)
{
    private const char Replacement = '\uFFFD';

    public static KeptAnswer Of(Assignment assignment, GenerationJournal journal)
        => new(assignment.Sampling, journal.Text, journal.Tokens, journal.EndOf());

    /// <summary>
    /// The text without what stands for a character that the length limit cut in half: its other bytes are still to
    /// come.
    /// </summary>
    public string Whole => End is Ended { Reason: EndReason.Length } && Text.EndsWith(Replacement) ? Text[..^1] : Text;
}
