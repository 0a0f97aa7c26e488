using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Preprocessing;

namespace Molmo.Demo.Inference.Tests.Model;

/// <summary>Drives a runner as the engine does, with blocks handed out in a scattered order.</summary>
internal sealed class RunnerDriver(IModelRunner runner)
{
    private readonly Stack<int> _free = new(Scattered(runner.BlockCapacity));

    public Sequence Begin(Prompt prompt)
    {
        var sequence = new Sequence(prompt);
        Cover(sequence);
        return sequence;
    }

    /// <summary>Logits after each sequence's last token, row after row.</summary>
    public float[] Forward(params Sequence[] sequences)
    {
        Cover(sequences);
        var isDecode = sequences.All(sequence => sequence.ComputedCount == sequence.TokenIds.Count - 1);
        var logits = new float[sequences.Length * runner.VocabularySize];
        runner.Forward(new Batch(isDecode ? Phase.Decode : Phase.Prefill, sequences), logits,
            TestContext.Current.CancellationToken);
        foreach (var sequence in sequences) sequence.ComputedCount = sequence.TokenIds.Count;
        return logits;
    }

    /// <summary>Gives sequences the blocks that their tokens still lack.</summary>
    public void Cover(Sequence[] sequences)
    {
        foreach (var sequence in sequences) Cover(sequence);
    }

    public void End(Sequence sequence)
    {
        foreach (var block in sequence.BlockTable) _free.Push(block);
        sequence.ClearBlocks();
    }

    public static int Likeliest(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var i = 1; i < logits.Length; i++)
            if (logits[i] > logits[best]) best = i;
        return best;
    }

    private void Cover(Sequence sequence)
    {
        while (sequence.BlockTable.Count * runner.BlockSize < sequence.TokenIds.Count) sequence.AddBlock(_free.Pop());
    }

    private static IEnumerable<int> Scattered(int count)
        => Enumerable.Range(0, count).OrderBy(block => (block * 7919) % 10007);
}
