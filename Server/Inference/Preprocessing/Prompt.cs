namespace Molmo.Demo.Inference.Preprocessing;

/// <summary>What the network is given: BOS, the picture's tokens, the conversation's tokens.</summary>
/// <param name="TokenIds">All ids, BOS first.</param>
/// <param name="Image">The picture, null for text only.</param>
public sealed record Prompt(int[] TokenIds, ImageInputs? Image);

/// <summary>An earlier question with its answer, verbatim.</summary>
public sealed record PromptTurn(string Question, string Answer);
