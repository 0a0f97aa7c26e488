using System.Collections.Immutable;
using Molmo.Demo.Shared.Images;

namespace Molmo.Demo.Shared.Chat;

/// <summary>A conversation as kept by the server, so that a reloaded page shows it again.</summary>
public sealed record StoredConversation(ConversationId Id, string Title, ImmutableArray<StoredTurn> Turns);

/// <summary>One question of a conversation and what is known of its answer.</summary>
/// <param name="Id">The answer; its events are read with <see cref="IChatService.ReadAsync"/>, ended or not.</param>
/// <param name="Question">The person's words, verbatim.</param>
/// <param name="Image">The picture it was asked about.</param>
/// <param name="Text">The verbatim answer as far as written, markup included.</param>
/// <param name="IsEnded">Whether the answer will not grow.</param>
/// <param name="Prompt">How it was asked; null for the paper's way.</param>
/// <param name="Sampling">How tokens were to be chosen, without a seed unless the person gave it; null for greedy.</param>
/// <param name="Region">The part of the picture that it was asked about alone, to which the text's coordinates belong; null for all of it.</param>
public sealed record StoredTurn(
    GenerationId Id, string Question, ImageInfo? Image, string Text, bool IsEnded,
    PromptChoice? Prompt = null, SamplingChoice? Sampling = null, ImageRegion? Region = null);

/// <summary>Reads a visitor's own conversations. Everything foreign or unknown is null.</summary>
public interface IConversationStore
{
    Task<StoredConversation?> FindAsync(VisitorId visitor, ConversationId id, CancellationToken cancellationToken);
}
