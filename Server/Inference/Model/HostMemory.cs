namespace Molmo.Demo.Inference.Model;

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
