using Molmo.Demo.Inference.Engine;

namespace Molmo.Demo.Inference.Tests.Engine;

/// <summary>
/// A network without weights whose output depends on every earlier token, read back through the block tables: a block
/// given to two sequences, a position not computed or computed twice, changes the answer.
/// </summary>
internal sealed class ScriptedRunner(
    int blockCapacity = 64, int blockSize = 4, int vocabularySize = 50, int maxPositions = 256) : IModelRunner
{
    private readonly int[] _memory = new int[blockCapacity * blockSize];

    public int VocabularySize => vocabularySize;

    public int MaxPositions => maxPositions;

    public int BlockSize => blockSize;

    public int BlockCapacity => blockCapacity;

    public string Device => "none";

    public string Precision => "int32";

    /// <summary>Called at the start of each pass, on the engine thread.</summary>
    public Action<Batch, CancellationToken>? Entering { get; set; }

    /// <summary>Changes the logits of a batch: sequence, its row.</summary>
    public Action<Sequence, float[]>? Changing { get; set; }

    public bool IsDisposed { get; private set; }

    public void Forward(Batch batch, Span<float> logits, CancellationToken cancellationToken)
    {
        if (logits.Length != batch.Sequences.Count * vocabularySize)
            throw new ArgumentException("Wrong size.", nameof(logits));
        Entering?.Invoke(batch, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        for (var row = 0; row < batch.Sequences.Count; row++)
        {
            var sequence = batch.Sequences[row];
            if (batch.Phase == Phase.Decode && sequence.ComputedCount != sequence.TokenIds.Count - 1)
                throw new InvalidOperationException("A decode step has one new position.");
            if (batch.Phase == Phase.Prefill && sequence.ComputedCount != 0)
                throw new InvalidOperationException("A prefill begins at position 0.");
            for (var position = sequence.ComputedCount; position < sequence.TokenIds.Count; position++)
                _memory[Slot(sequence, position)] = sequence.TokenIds[position];
            Write(sequence, logits.Slice(row * vocabularySize, vocabularySize));
        }
    }

    public void Dispose() => IsDisposed = true;

    private void Write(Sequence sequence, Span<float> logits)
    {
        var hash = 17u;
        for (var position = 0; position < sequence.TokenIds.Count; position++)
            hash = hash * 1_000_003 ^ (uint)_memory[Slot(sequence, position)];
        for (var id = 0; id < logits.Length; id++)
        {
            var mixed = (hash ^ (uint)id * 2_654_435_761) * 2_246_822_519;
            logits[id] = (mixed >> 8) / (float)(1 << 22) - 2;
        }
        if (Changing is null) return;
        var copy = logits.ToArray();
        Changing(sequence, copy);
        copy.CopyTo(logits);
    }

    private int Slot(Sequence sequence, int position)
        => sequence.BlockTable[position / blockSize] * blockSize + position % blockSize;
}
