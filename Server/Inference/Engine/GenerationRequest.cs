using Molmo.Demo.Inference.Preprocessing;

namespace Molmo.Demo.Inference.Engine;

/// <summary>A prompt and how to continue it.</summary>
/// <param name="Prompt">What the network is given.</param>
/// <param name="Sampling">How tokens are chosen.</param>
/// <param name="EndTokenIds">Ids that end the answer; they are not part of it.</param>
/// <param name="MaxTokens">Length stop of what is new, at least 1.</param>
/// <param name="Written">Ids of the answer's beginning, written earlier, which the new tokens follow; null for
/// none.</param>
public sealed record GenerationRequest(
    Prompt Prompt, SamplingOptions Sampling, IReadOnlyList<int> EndTokenIds, int MaxTokens,
    IReadOnlyList<int>? Written = null)
{
    /// <summary>Who asks, so that work is shared fairly; null for one who is nobody else.</summary>
    public string? Visitor { get; init; }

    /// <summary>
    /// What is computed for it is shared only with requests of the same isolation; null shares with all that have none.
    /// </summary>
    public string? Isolation { get; init; }
}

/// <summary>How the next token is chosen.</summary>
/// <param name="Temperature">0 takes the likeliest token (the lowest id of equals).</param>
/// <param name="TopK">Keep the k likeliest; 0 keeps all.</param>
/// <param name="TopP">Keep the smallest set of likeliest tokens whose probabilities sum to at least this; 1 keeps
/// all.</param>
/// <param name="Seed">Seed of the random choice: the same seed, prompt and options give the same tokens.</param>
public sealed record SamplingOptions(double Temperature = 0, int TopK = 0, double TopP = 1, long Seed = 0)
{
    public static SamplingOptions Greedy { get; } = new();

    /// <exception cref="ArgumentOutOfRangeException">A value is out of range, or not a number.</exception>
    internal void Validate()
    {
        if (!(Temperature >= 0 && double.IsFinite(Temperature)))
            throw new ArgumentOutOfRangeException(nameof(Temperature), Temperature, "0 or more.");
        if (TopK < 0)
            throw new ArgumentOutOfRangeException(nameof(TopK), TopK, "0 or more.");
        if (!(TopP > 0 && TopP <= 1))
            throw new ArgumentOutOfRangeException(nameof(TopP), TopP, "Above 0, at most 1.");
    }
}

/// <summary>Why the engine ended a sequence.</summary>
public enum FinishReason
{
    /// <summary>An end token was chosen.</summary>
    EndToken,

    /// <summary>The request's length stop, or the model's last position.</summary>
    Length,
}

/// <summary>A step of an answer.</summary>
/// <param name="TokenId">The token chosen; null in the last update.</param>
/// <param name="Text">Whole characters that became certain with it; may be empty.</param>
/// <param name="Finish">Set in the last update.</param>
public sealed record GenerationUpdate(int? TokenId, string Text, FinishReason? Finish);
