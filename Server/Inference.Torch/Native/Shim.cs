using System.Security.Cryptography;

namespace Molmo.Demo.Inference.Torch.Native;

/// <summary>TorchSharp's own library, through which its managed part calls libtorch.</summary>
internal static class Shim
{
    private const string FileName = "libLibTorchSharp.so";

    /// <summary>Folders of this program that may hold native libraries.</summary>
    public static IEnumerable<string> Folders()
    {
        var searched = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var here = AppContext.BaseDirectory;
        return [here, Path.Combine(here, "runtimes", "linux-x64", "native"), .. searched];
    }

    /// <summary>Full path of the library as its package delivers it.</summary>
    /// <exception cref="LibTorchException">It is missing.</exception>
    public static string Find()
        => Folders().Select(folder => Path.Combine(folder, FileName)).FirstOrDefault(File.Exists)
            ?? throw new LibTorchException(
                $"{FileName} of TorchSharp is missing from {AppContext.BaseDirectory}. The network was not started; "
                + "build or publish the program again, or start with --device cpu.");

    /// <summary>Loads it. libtorch must be loaded before: there it finds the libraries that it names.</summary>
    /// <exception cref="LibTorchException">It is missing or does not fit libtorch.</exception>
    public static IntPtr Load()
    {
        var path = Find();
        try
        {
            try
            {
                return NativeLibrary.Load(path);
            }
            catch (DllNotFoundException exception)
                when (exception.Message.Contains(ShimPatch.VersionName, StringComparison.Ordinal))
            {
                return NativeLibrary.Load(PatchedInCache(path));
            }
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException
            or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new LibTorchException(
                $"{path} could not be loaded: {LibTorch.Reason(exception)}. The network was not started; use libtorch "
                + $"{LibTorchFolder.Fitting} on a system with glibc 2.34 or newer, or start with --device cpu.",
                exception);
        }
    }

    /// <summary>Writes a patched copy into a folder that the copy's content names, unless it is there.</summary>
    /// <returns>Its full path.</returns>
    /// <exception cref="InvalidDataException">The file is no library that can be patched.</exception>
    internal static string Patched(string path, string cache)
    {
        var bytes = ShimPatch.Apply(File.ReadAllBytes(path));
        var folder = Path.Combine(cache, Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]);
        var copy = Path.Combine(folder, FileName);

        // The content is compared, too: others' programs may write to a cache.
        if (File.Exists(copy) && File.ReadAllBytes(copy).AsSpan().SequenceEqual(bytes)) return copy;
        Directory.CreateDirectory(folder);

        // Two processes that start at once each move a whole file to the same place.
        var temporary = Path.Combine(folder, $"{Path.GetRandomFileName()}.tmp");
        File.WriteAllBytes(temporary, bytes);
        File.Move(temporary, copy, overwrite: true);
        return copy;
    }

    private static string PatchedInCache(string path)
    {
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (!Path.IsPathFullyQualified(cache ?? ""))
            cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        cache = Path.Combine(cache!, "molmo-demo");
        try
        {
            return Patched(path, cache);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LibTorchException(
                $"The copy of {FileName} that this system needs could not be written to {cache}: "
                + $"{exception.Message.TrimEnd('.')}. The network was not started; set XDG_CACHE_HOME to a folder that "
                + "the program may write to, or start with --device cpu.",
                exception);
        }
    }
}
