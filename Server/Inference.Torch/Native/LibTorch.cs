namespace Molmo.Demo.Inference.Torch.Native;

/// <summary>Finds libtorch and loads it into this process, once, before anything of TorchSharp is used.</summary>
public static partial class LibTorch
{
    private static readonly Lock Gate = new();
    private static LibTorchInfo? _loaded;
    private static string? _begun;

    /// <summary>
    /// Loads libtorch, and TorchSharp's own library on top of it. A second call returns what the first one loaded.
    /// </summary>
    /// <param name="folder">Folder of libtorch; null for the one that the program was built with.</param>
    /// <returns>Version and folder of what is loaded.</returns>
    /// <exception cref="LibTorchException">It is missing or does not fit; the message says what to do.</exception>
    public static LibTorchInfo Load(string? folder)
    {
        lock (Gate)
        {
            if (_loaded is not null && string.IsNullOrWhiteSpace(folder)) return _loaded;
            if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
                throw new LibTorchException(
                    "libtorch is used on Linux with an x64 processor only, and this is "
                    + $"{RuntimeInformation.RuntimeIdentifier}. Nothing was loaded; start with --device cpu.");
            var found = LibTorchFolder.Require(folder);
            if (_loaded?.Folder == found) return _loaded;

            // Also after a failure: what is loaded stays, and libraries of two folders do not mix.
            if (_begun is not null && _begun != found)
                throw new LibTorchException(
                    $"libtorch of {_begun} is loaded and stays in use. One process cannot hold another one as well; "
                    + $"restart the program to use {found}.");
            var info = LibTorchFolder.Check(found);
            // Threads that wait would else turn in a loop, and take the time of those that others wait for.
            _ = SetEnvironment("OMP_WAIT_POLICY", "passive", overwrite: 0);
            // TorchScript would compile pointwise neighbours anew for the sizes it meets: off until measured on a GPU;
            // who sets the variable decides. The runtime's own environment is a copy that native code does not see.
            _ = SetEnvironment("PYTORCH_TENSOREXPR", "0", overwrite: 0);
            foreach (var path in LibTorchFolder.Libraries(info))
            {
                Open(path);
                _begun = found;
            }

            var shim = Shim.Load();
            NativeLibrary.SetDllImportResolver(
                typeof(TorchSharp.torch).Assembly, (name, _, _) => name == "LibTorchSharp" ? shim : IntPtr.Zero);
            return _loaded = info;
        }
    }

    /// <summary>Looks whether a folder holds a libtorch that fits. Loads nothing.</summary>
    /// <param name="folder">As in <see cref="Load"/>.</param>
    /// <exception cref="LibTorchException">It does not; the message says what to do.</exception>
    public static LibTorchInfo Check(string? folder) => LibTorchFolder.Check(LibTorchFolder.Require(folder));

    /// <summary>
    /// GPUs that libtorch would find: 0 where it is missing, has no CUDA, or the driver is missing or too old for it.
    /// Loads nothing of libtorch.
    /// </summary>
    /// <param name="folder">As in <see cref="Load"/>.</param>
    public static int CountGpus(string? folder)
    {
        if (!OperatingSystem.IsLinux()) return 0;
        if (LibTorchFolder.Find(folder) is not { } found || !LibTorchFolder.HasCuda(found)) return 0;
        return CudaDriver.TryOpen() is { } driver && driver.Version >= 1000 * LibTorchFolder.CudaVersion(found)
            ? driver.CountDevices()
            : 0;
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    private static void Open(string path)
    {
        try
        {
            NativeLibrary.Load(path);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            throw new LibTorchException(
                $"{Path.GetFileName(path)} of {Path.GetDirectoryName(path)} could not be loaded: {Reason(exception)}. "
                + "The network was not started; name another folder as Molmo:LibTorch, or start with --device cpu.",
                exception);
        }
    }

    // The last line is the system loader's own; those before it are advice on how to trace it.
    internal static string Reason(Exception exception)
        => exception.Message
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^1].TrimEnd('.');
}

/// <summary>What was loaded.</summary>
/// <param name="Folder">Where it lies.</param>
/// <param name="Version">Such as <c>2.10.0</c>; null where its folder does not say.</param>
/// <param name="HasCuda">Whether it can drive a GPU.</param>
public sealed record LibTorchInfo(string Folder, string? Version, bool HasCuda);

/// <summary>libtorch cannot be used. The message is a sentence for the person who starts the program.</summary>
public sealed class LibTorchException(string message, Exception? innerException = null)
    : Exception(message, innerException);
