namespace Molmo.Demo.Server.Engines;

/// <summary>How many key/value blocks the engine gets.</summary>
internal static class KeyValueBudget
{
    /// <summary>
    /// Share of the free memory that keys and values get beside everything else on a machine. Where they do not hold
    /// what the people at once talk about, every question pays for the whole photo again.
    /// </summary>
    public const double ProcessorShare = 0.5;

    /// <summary>Their share on a GPU, which does nothing else: nearly all.</summary>
    public const double GpuShare = 0.95;

    /// <param name="megabytes">The configured memory in MiB; 0 for the default.</param>
    /// <param name="maxSequences">Answers written at the same time.</param>
    /// <param name="maxPositions">Positions of an answer at full length.</param>
    /// <param name="blockSize">Positions a block holds.</param>
    /// <param name="bytesPerBlock">Keys and values of all layers.</param>
    /// <param name="freeBytes">Memory left when the weights are loaded.</param>
    /// <param name="share">Part of that which they may take, above 0 to 1.</param>
    /// <returns>At least 1: the configured memory's worth; else enough for all answers at full length, within the share
    /// of what is free.</returns>
    public static int Blocks(
        int megabytes, int maxSequences, int maxPositions, int blockSize, long bytesPerBlock, long freeBytes,
        double share)
    {
        var enough = maxSequences * BlocksFor(maxPositions, blockSize);
        var bytes = megabytes > 0 ? (long)megabytes << 20 : (long)(Math.Max(0, freeBytes) * share);
        return (int)Math.Clamp(bytes / bytesPerBlock, 1, enough);
    }

    /// <summary>Blocks that so many positions take.</summary>
    public static long BlocksFor(int positions, int blockSize) => (positions + blockSize - 1) / blockSize;
}
