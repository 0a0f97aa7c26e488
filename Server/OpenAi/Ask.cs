namespace Molmo.Demo.Server.OpenAi;

/// <summary>A program's question, checked.</summary>
/// <param name="Question">The words.</param>
/// <param name="History">Earlier turns, oldest first.</param>
/// <param name="Picture">The file as it came; null without one.</param>
/// <param name="Sampling">How tokens are chosen.</param>
/// <param name="Prompt">Style and crops; null for the usual.</param>
/// <param name="Stop">Sequences before which the text ends.</param>
/// <param name="Keep">Whether conversation and picture stay with the caller.</param>
internal sealed record Ask(
    string Question, ImmutableArray<Turn> History, byte[]? Picture, SamplingChoice Sampling, PromptChoice? Prompt, IReadOnlyList<string> Stop, bool Keep)
{
    /// <summary>The same, asked of a checkpoint; null for the first.</summary>
    public Ask With(string? checkpoint) => checkpoint is null ? this : this with { Prompt = (Prompt ?? PromptChoice.Plain) with { Checkpoint = checkpoint } };
}
