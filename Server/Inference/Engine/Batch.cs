namespace Molmo.Demo.Inference.Engine;

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
