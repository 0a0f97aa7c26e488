using Molmo.Demo.Inference.Preprocessing;

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
    /// Whether single positions of some sequences and pieces of other's prompts go through together as fast as they can
    /// be; else they take turns.
    /// </summary>
    bool MixesPhases { get; }

    /// <summary>
    /// Begins to turn a picture into features, which sequences then bring along (<see cref="Sequence.Features"/>).
    /// </summary>
    /// <exception cref="ArgumentException">The picture was cut for another network.</exception>
    IPictureFeatures BeginPicture(ImageInputs image);

    /// <summary>Copies the keys and values of a block, all layers of them.</summary>
    /// <param name="source">Block to copy.</param>
    /// <param name="target">Block that is overwritten.</param>
    void CopyBlock(int source, int target);

    /// <summary>
    /// Runs every sequence of the batch over its positions from <see cref="Sequence.ComputedCount"/> to
    /// <see cref="Sequence.PassEnd"/>, stores their keys and values in the sequence's blocks, and gives the logits that
    /// follow the last of them.
    /// </summary>
    /// <param name="batch">Sequences whose block tables already cover all these positions.</param>
    /// <param name="logits">[batch.Sequences.Count, VocabularySize].</param>
    /// <param name="cancellationToken">Ends a long prefill between layers or crops; the sequences' blocks are then
    /// undefined.</param>
    void Forward(Batch batch, Span<float> logits, CancellationToken cancellationToken);
}

/// <summary>What a network makes of a picture, step by step. Its numbers depend on nothing but the picture.</summary>
public interface IPictureFeatures : IDisposable
{
    /// <summary>Whether all steps are done.</summary>
    bool IsComplete { get; }

    /// <summary>
    /// Whether another picture's steps may come before the next one of this picture at no loss.
    /// </summary>
    bool MayPause { get; }

    /// <summary>Memory that it takes, in bytes.</summary>
    long Bytes { get; }

    /// <summary>Does the next step, such as a layer for some of the crops.</summary>
    /// <param name="cancellationToken">Ends it early; nothing done so far is lost.</param>
    void Step(CancellationToken cancellationToken);
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
    /// <summary>Prompts or pieces of them; many positions a sequence, or one.</summary>
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
