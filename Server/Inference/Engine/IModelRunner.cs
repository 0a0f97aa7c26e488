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
    /// <param name="cancellationToken">Ends a long prefill between layers or crops; the sequences' blocks are then undefined.</param>
    void Forward(Batch batch, Span<float> logits, CancellationToken cancellationToken);
}
