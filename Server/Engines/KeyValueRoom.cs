using Molmo.Demo.Inference.Engine;

namespace Molmo.Demo.Server.Engines;

/// <summary>Memory for keys and values on a device.</summary>
/// <param name="Blocks">Blocks in all.</param>
/// <param name="Positions">Positions that they hold together.</param>
/// <param name="Bytes">Memory that they take.</param>
/// <param name="FullAnswers">Answers at full length that fit at the same time; 0 where even one does not.</param>
public readonly record struct KeyValueRoom(int Blocks, long Positions, long Bytes, long FullAnswers)
{
    /// <param name="runner">Whose memory it is.</param>
    /// <param name="bytesPerBlock">Keys and values of a block, all layers together.</param>
    public static KeyValueRoom Of(IModelRunner runner, long bytesPerBlock) => new(
        runner.BlockCapacity, (long)runner.BlockCapacity * runner.BlockSize, runner.BlockCapacity * bytesPerBlock,
        runner.BlockCapacity / KeyValueBudget.BlocksFor(runner.MaxPositions, runner.BlockSize));

    /// <summary>For the log.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Blocks} blocks of keys and values hold {Positions} positions in {Bytes / (double)(1 << 20):F0} MiB, "
        + $"{FullAnswers} {(FullAnswers == 1 ? "answer" : "answers")} at full length");
}
