namespace Molmo.Demo.Inference.Engine;

/// <summary>A runner that chooses tokens where it computes, so that ids come back and no logits.</summary>
public interface ISamplingRunner : IModelRunner
{
    /// <summary>As <see cref="IModelRunner.Forward"/>, then one token a sequence.</summary>
    /// <param name="batch">As there.</param>
    /// <param name="choices">[batch.Sequences.Count]: how each token is chosen.</param>
    /// <param name="tokenIds">[batch.Sequences.Count]: the ids; -1 where a logit is not finite.</param>
    /// <param name="cancellationToken">As there.</param>
    void Sample(
        Batch batch, ReadOnlySpan<TokenChoice> choices, Span<int> tokenIds, CancellationToken cancellationToken);
}

/// <summary>How the next token of one sequence is chosen.</summary>
/// <param name="Options">Temperature and cuts.</param>
/// <param name="Draw">The random number of this token, in [0, 1).</param>
public readonly record struct TokenChoice(SamplingOptions Options, double Draw);
