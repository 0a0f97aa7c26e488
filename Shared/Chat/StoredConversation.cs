using Molmo.Demo.Shared.Audits;
using Molmo.Demo.Shared.Images;

namespace Molmo.Demo.Shared.Chat;

/// <summary>A conversation as kept by the server, so that a reloaded page shows it again.</summary>
/// <param name="Id">Its address.</param>
/// <param name="Title">Its first question, or the name that the person gave it.</param>
/// <param name="Turns">Every turn of every version, in the order they were asked.</param>
/// <param name="Leaf">Last turn of the version shown last; null: the newest.</param>
/// <param name="IsPrivate">Whether it is in memory only.</param>
public sealed record StoredConversation(
    ConversationId Id, string Title, ImmutableArray<StoredTurn> Turns, GenerationId? Leaf = null,
    bool IsPrivate = false);

/// <summary>One question of a conversation and what is known of its answer.</summary>
/// <param name="Id">The answer; its events are read with <see cref="IChatService.ReadAsync"/>, ended or not.</param>
/// <param name="Question">The person's words, verbatim.</param>
/// <param name="Image">The picture it was asked about.</param>
/// <param name="Text">The verbatim answer as far as written, markup included.</param>
/// <param name="IsEnded">Whether the answer will not grow.</param>
/// <param name="Prompt">How it was asked; null for the paper's way.</param>
/// <param name="Sampling">How tokens were to be chosen, without a seed unless the person gave it; null for
/// greedy.</param>
/// <param name="Region">The part of the picture that it was asked about alone, to which the text's coordinates belong;
/// null for all of it.</param>
public sealed record StoredTurn(
    GenerationId Id, string Question, ImageInfo? Image, string Text, bool IsEnded,
    PromptChoice? Prompt = null, SamplingChoice? Sampling = null, ImageRegion? Region = null)
{
    /// <summary>The turn before it; null for a first question.</summary>
    public GenerationId? Parent { get; init; }

    /// <summary>The answer that this one goes on from.</summary>
    public GenerationId? Continues { get; init; }

    /// <summary>Its place among the others.</summary>
    public TurnNode Node => new(Id, Parent, Continues);
}

/// <summary>A line of the list of conversations.</summary>
/// <param name="Id">Its address.</param>
/// <param name="Title">Its first question, or the name that the person gave it.</param>
/// <param name="UpdatedAt">When the last question was asked.</param>
/// <param name="Image">The first picture asked about, which the first question goes with.</param>
/// <param name="IsRunning">Whether an answer of it waits or is being written.</param>
/// <param name="Claim">What its newest answer says there is, as checked; null where that makes no claim.</param>
public sealed record ConversationEntry(
    ConversationId Id, string Title, DateTimeOffset UpdatedAt, ImageId? Image, bool IsRunning, Claim? Claim = null)
{
    /// <summary>
    /// Where a search found what the title does not hold: words of a question or an answer, in reading order. Empty
    /// without a search, and where the title holds all of it.
    /// </summary>
    public ImmutableArray<FoundPart> Found { get; init; } = [];
}

/// <summary>A piece of what a search found.</summary>
/// <param name="Text">As people read it.</param>
/// <param name="IsMatch">Whether it is a word of the search.</param>
public readonly record struct FoundPart(string Text, bool IsMatch);

/// <summary>Reads and changes a visitor's own conversations. Everything foreign or unknown is null or false.</summary>
public interface IConversationStore
{
    Task<StoredConversation?> FindAsync(VisitorId visitor, ConversationId id, CancellationToken cancellationToken);

    /// <summary>
    /// Conversations that hold every word of the search in title, questions or answers; newest first.
    /// </summary>
    /// <param name="visitor">Whose.</param>
    /// <param name="search">Words; null or empty finds all.</param>
    /// <param name="count">At most so many.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<ImmutableArray<ConversationEntry>> ListAsync(
        VisitorId visitor, string? search, int count, CancellationToken cancellationToken);

    /// <summary>Gives a conversation a name.</summary>
    /// <exception cref="ChatRefusedException">The name is empty or longer than
    /// <see cref="ChatLimits.TitleCharacters"/>.</exception>
    Task<bool> RenameAsync(VisitorId visitor, ConversationId id, string title, CancellationToken cancellationToken);

    /// <summary>Remembers which version is shown.</summary>
    /// <param name="visitor">Whose.</param>
    /// <param name="id">The conversation.</param>
    /// <param name="leaf">Last turn of the version.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<bool> ShowAsync(VisitorId visitor, ConversationId id, GenerationId leaf, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes a conversation for good: questions, answers, and every picture that nothing else of the visitor's and no
    /// link uses. Running answers are stopped first. On return nothing of it is in the data folder.
    /// </summary>
    /// <exception cref="ChatRefusedException">The storage did not answer; nothing was deleted.</exception>
    Task<bool> DeleteAsync(VisitorId visitor, ConversationId id, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes a question with its answer for good, with what a person said and found about it. Only one that nothing
    /// follows: later questions were asked about it. A conversation without questions is deleted with its last.
    /// </summary>
    /// <returns>False where there is no such answer, or something follows it.</returns>
    /// <exception cref="ChatRefusedException">The storage did not answer; nothing was deleted.</exception>
    Task<bool> DeleteAnswerAsync(
        VisitorId visitor, ConversationId id, GenerationId answer, CancellationToken cancellationToken);

    /// <summary>Deletes all conversations of a visitor, and all pictures, asked about or not. Links stay.</summary>
    /// <returns>How many conversations went.</returns>
    /// <exception cref="ChatRefusedException">The storage did not answer; nothing was deleted.</exception>
    Task<int> DeleteAllAsync(VisitorId visitor, CancellationToken cancellationToken);
}
