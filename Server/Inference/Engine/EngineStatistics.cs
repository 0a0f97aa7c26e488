namespace Molmo.Demo.Inference.Engine;

/// <summary>How busy an engine is.</summary>
/// <param name="Running">Sequences in the running batch.</param>
/// <param name="Waiting">Sequences accepted and not running: new ones, and preempted ones.</param>
/// <param name="Steps">Forward passes since the engine began.</param>
/// <param name="FreeBlocks">Key/value blocks that no sequence holds, those kept for later included.</param>
public readonly record struct EngineStatistics(int Running, int Waiting, long Steps, int FreeBlocks);

/// <summary>What an engine keeps for later questions, and what that has spared since it began.</summary>
/// <param name="Blocks">Key/value blocks in all.</param>
/// <param name="KeptBlocks">Key/value blocks that later questions may find.</param>
/// <param name="ReusedPositions">Positions of prompts that were found computed.</param>
/// <param name="ComputedPositions">Positions of prompts that were computed.</param>
/// <param name="Pictures">Pictures whose features are there or begun.</param>
/// <param name="PictureBytes">Memory of these features.</param>
/// <param name="PicturesEncoded">Pictures whose features were begun.</param>
/// <param name="PicturesReused">Times that features were there or begun when a question needed them.</param>
public readonly record struct ReuseStatistics(
    int Blocks, int KeptBlocks, long ReusedPositions, long ComputedPositions, int Pictures,
    long PictureBytes, long PicturesEncoded, long PicturesReused)
{
    /// <summary>Both engines' together.</summary>
    public static ReuseStatistics operator +(ReuseStatistics one, ReuseStatistics other) => new(
        one.Blocks + other.Blocks, one.KeptBlocks + other.KeptBlocks, one.ReusedPositions + other.ReusedPositions,
        one.ComputedPositions + other.ComputedPositions, one.Pictures + other.Pictures,
        one.PictureBytes + other.PictureBytes, one.PicturesEncoded + other.PicturesEncoded,
        one.PicturesReused + other.PicturesReused);

    /// <inheritdoc cref="op_Addition"/>
    public static ReuseStatistics Add(ReuseStatistics one, ReuseStatistics other) => one + other;
}
