namespace Molmo.Demo.Inference;

/// <summary>
/// Asks Linux to back large memory with pages of 2 MiB instead of 4 KiB. The first touch of a page is a call into the
/// kernel, which on a virtual machine takes longer than to decode the pixels that lie in it. Elsewhere, and where
/// refused, nothing happens.
/// </summary>
internal static unsafe partial class LargePages
{
    private const nuint Size = 2 << 20;

    // madvise(2): MADV_HUGEPAGE.
    private const int HugePage = 14;

    // Musl and others that have no library of this name are not asked again.
    private static bool s_isAbsent = !OperatingSystem.IsLinux();

    /// <summary>For memory that was not touched yet; its contents stay as they are.</summary>
    /// <param name="start">Of the memory.</param>
    /// <param name="bytes">Its length; only whole pages within it are asked for.</param>
    public static void AskFor(void* start, nuint bytes)
    {
        var first = ((nuint)start + Size - 1) / Size * Size;
        var end = ((nuint)start + bytes) / Size * Size;
        if (s_isAbsent || end <= first) return;
        try
        {
            _ = Advise(first, end - first, HugePage);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            s_isAbsent = true;
        }
    }

    /// <summary>An array that was just allocated, for use in one expression.</summary>
    public static T[] For<T>(T[] array)
        where T : unmanaged
    {
        fixed (T* start = array) AskFor(start, (nuint)array.LongLength * (nuint)sizeof(T));
        return array;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nuint start, nuint length, int advice);
}
