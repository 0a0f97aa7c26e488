namespace Molmo.Demo.Inference.Model;

/// <summary>What a runner may use of the machine.</summary>
/// <param name="KeyValueBlocks">Blocks of key/value memory, at least 1.</param>
/// <param name="Threads">Threads of the kernels; 0 for one a core.</param>
/// <param name="Weights">How the large matrices are kept.</param>
/// <param name="Vision">How those of the picture encoder are.</param>
public sealed record RunnerSettings(
    int KeyValueBlocks, int Threads, WeightPrecision Weights = WeightPrecision.Float32,
    VisionPrecision Vision = VisionPrecision.Auto);

/// <summary>Memory of this machine, as far as this process may have it.</summary>
public static class HostMemory
{
    /// <summary>Memory that this process may still take, in bytes.</summary>
    public static long FreeBytes()
    {
        // The load of the machine is known only after a collection.
        if (GC.GetGCMemoryInfo().Index == 0) GC.Collect(0);
        var memory = GC.GetGCMemoryInfo();
        return memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes;
    }
}
