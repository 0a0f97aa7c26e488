namespace Molmo.Demo.Lab.Training;

/// <summary>Settings of the C library's heap.</summary>
internal static partial class NativeHeap
{
    private const int TrimThreshold = -1;
    private const int MapMost = -4;

    /// <summary>
    /// Keeps freed memory. A step frees as much as it takes, and each large tensor would else be mapped, cleared and
    /// given back by the kernel: a fifth of a step's time.
    /// </summary>
    public static void KeepFreed()
    {
        if (!OperatingSystem.IsLinux()) return;
        _ = SetOption(TrimThreshold, int.MaxValue);
        _ = SetOption(MapMost, 0);
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
