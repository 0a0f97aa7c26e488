namespace Molmo.Demo.Inference.Engine;

/// <summary>One network on one device: a forward pass over a batch, and the key/value memory it writes to.</summary>
/// <remarks>Used by one thread at a time.</remarks>
public interface IModelRunner : IDisposable
{
    /// <summary>Logits a position: the rows of the output layer.</summary>
    int VocabularySize { get; }

    /// <summary>Positions a sequence may have, prompt and answer together.</summary>
    int MaxPositions { get; }

    /// <summary>Positions a key/value block holds.</summary>
    int BlockSize { get; }

    /// <summary>Key/value blocks in all; their numbers are 0 to capacity - 1.</summary>
    int BlockCapacity { get; }

    /// <summary>Such as <c>CPU, 512-bit vectors, 2 threads</c>.</summary>
    string Device { get; }

    /// <summary>Such as <c>float32</c>.</summary>
    string Precision { get; }

    /// <summary>
    /// Runs every sequence of the batch over its positions from <see cref="Sequence.ComputedCount"/> to its end, stores
    /// their keys and values in the sequence's blocks, and gives the logits that follow its last position.
    /// </summary>
    /// <param name="batch">Sequences whose block tables already cover all their tokens.</param>
    /// <param name="logits">[batch.Sequences.Count, VocabularySize].</param>
    /// <param name="cancellationToken">Ends a long prefill between layers or crops; the sequences' blocks are then
    /// undefined.</param>
    void Forward(Batch batch, Span<float> logits, CancellationToken cancellationToken);
}

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

/// <summary>The two kinds of forward pass.</summary>
public enum Phase
{
    /// <summary>Whole prompts, pictures included; many positions a sequence.</summary>
    Prefill,

    /// <summary>One new position a sequence.</summary>
    Decode,
}

/// <summary>Sequences that go through the network together.</summary>
public sealed class Batch(Phase phase, IReadOnlyList<Sequence> sequences)
{
    public Phase Phase { get; } = phase;

    public IReadOnlyList<Sequence> Sequences { get; } = sequences;
}
