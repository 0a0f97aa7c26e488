namespace Molmo.Demo.Shared.Chat;

/// <summary>Where a question belongs in its conversation.</summary>
/// <param name="After">The turn before it; null for a first question. Another question after the same turn is another
/// version.</param>
/// <param name="Continues">An ended answer that the new one goes on from; its question and picture are asked
/// again.</param>
/// <param name="IsPrivate">Whether the conversation is one that leaves no trace; such a one must have been
/// begun.</param>
/// <param name="Written">
/// The text to go on from, from a caller that keeps its own conversation (the web role asking an inference machine).
/// Null: taken from <paramref name="Continues"/> as stored.
/// </param>
public sealed record TurnPlace(
    GenerationId? After = null, GenerationId? Continues = null, bool IsPrivate = false, WrittenAnswer? Written = null);

/// <summary>The beginning of an answer that was written before.</summary>
/// <param name="Text">Verbatim, perhaps ending inside a tag.</param>
/// <param name="Tokens">The model's own tokens of it; empty where they are not known.</param>
public sealed record WrittenAnswer(string Text, ImmutableArray<int> Tokens);
