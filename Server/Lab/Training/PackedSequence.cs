namespace Molmo.Demo.Lab.Training;

/// <summary>A picture's annotations in one sequence.</summary>
/// <param name="TokenIds">Ids: BOS, the picture's tokens, then each question with its answer and its end.</param>
/// <param name="Positions">Each pair's positions go on from the picture's last.</param>
/// <param name="Segments">
/// <see cref="Everyone"/> for what all see, else the number of the pair, from 1. A query sees a key that is not later
/// and whose number is not below its own.
/// </param>
/// <param name="Targets">The next token of the pair where it is learned, else -1.</param>
/// <param name="Weights">Of each target in the loss.</param>
internal sealed record PackedSequence(
    int[] TokenIds, int[] Positions, int[] Segments, int[] Targets, float[] Weights)
{
    /// <summary>Number of the picture and of what stands before it.</summary>
    public const int Everyone = 10_000;

    public int Length => TokenIds.Length;

    /// <summary>Whether a query may look at a key.</summary>
    public bool Sees(int query, int key) => key <= query && Segments[key] >= Segments[query];
}
