namespace Molmo.Demo.Inference.Torch.Native;

/// <summary>A folder with libtorch's libraries: where it is, whether it is whole, which version it holds.</summary>
internal static partial class LibTorchFolder
{
    /// <summary>
    /// Versions that TorchSharp's library works on: it was compiled for 2.10, and a first try with 2.11 loaded and
    /// computed.
    /// </summary>
    public const string Fitting = "2.10 or 2.11";

    /// <summary>Runtime setting that a build with <c>-p:MolmoTorch=cpu</c> writes: the package's folder.</summary>
    public const string BuildSetting = "Molmo.LibTorch";

    private const string Cpu = "libtorch_cpu.so";
    private const string Cuda = "libtorch_cuda.so";

    /// <summary>The folder to load from, as a full path; null where none is named and the program has none.</summary>
    /// <param name="setting">What the configuration names; its <c>lib</c>, where that has the libraries.</param>
    public static string? Find(string? setting)
    {
        if (!string.IsNullOrWhiteSpace(setting))
        {
            var named = Path.TrimEndingDirectorySeparator(Path.GetFullPath(setting));
            var inner = Path.Combine(named, "lib");
            return !File.Exists(Path.Combine(named, Cpu)) && File.Exists(Path.Combine(inner, Cpu)) ? inner : named;
        }

        // Published; then as NuGet lays out TorchSharp-cuda-linux; then the package's own folder.
        var published = Path.Combine(AppContext.BaseDirectory, "libtorch");
        if (Directory.Exists(published)) return published;
        var beside = Shim.Folders().FirstOrDefault(folder => File.Exists(Path.Combine(folder, Cpu)));
        return beside ?? AppContext.GetData(BuildSetting) as string;
    }

    /// <summary>As <see cref="Find"/>, for a caller that cannot go on without.</summary>
    /// <exception cref="LibTorchException">No folder is named and the program has none.</exception>
    public static string Require(string? setting)
        => Find(setting) ?? throw new LibTorchException(
            "This program was built without libtorch. Nothing was loaded; build it with -p:MolmoTorch=cpu or "
            + $"-p:MolmoTorch=cuda, or set Molmo:LibTorch to the folder of a libtorch {Fitting}, or start with "
            + "--device cpu.");

    /// <summary>Whether the folder's libtorch can drive a GPU.</summary>
    public static bool HasCuda(string folder) => File.Exists(Path.Combine(folder, Cuda));

    /// <summary>Libraries in the order in which they need each other, as full paths.</summary>
    public static IEnumerable<string> Libraries(LibTorchInfo info) => Libraries(info.Folder, info.HasCuda);

    /// <summary>Checks that all files are there and whole, and that the version fits.</summary>
    /// <exception cref="LibTorchException">They do not.</exception>
    public static LibTorchInfo Check(string folder)
    {
        const string Advice =
            $"Nothing was loaded; set Molmo:LibTorch to the folder of a libtorch {Fitting} "
            + "(such as torch/lib of a PyTorch), or start with --device cpu.";
        if (!Directory.Exists(folder))
            throw new LibTorchException($"The folder of libtorch, {folder}, does not exist. {Advice}");
        var hasCuda = HasCuda(folder);
        var version = Version(folder);
        if (version is not null && !FittingVersion().IsMatch(version))
            throw new LibTorchException(
                $"{folder} holds libtorch {version}, and this program works with {Fitting}. {Advice}");
        foreach (var path in Libraries(folder, hasCuda))
        {
            if (!File.Exists(path)) throw new LibTorchException($"{folder} has no {Path.GetFileName(path)}. {Advice}");

            // The system's loader maps a cut library and then ends the process where it reads past the end.
            try
            {
                using var file = File.OpenRead(path);
                new Elf64(file).CheckLength();
            }
            catch (Exception exception) when (IsUnreadable(exception))
            {
                throw new LibTorchException(
                    $"{Path.GetFileName(path)} of {folder} cannot be used: {exception.Message.TrimEnd('.')}. {Advice}",
                    exception);
            }
        }

        return new LibTorchInfo(folder, version, hasCuda);
    }

    /// <summary>Major version of the CUDA that the folder's libtorch was compiled for, such as 12.</summary>
    /// <returns>0 where its library does not say.</returns>
    public static int CudaVersion(string folder)
    {
        try
        {
            using var file = File.OpenRead(Path.Combine(folder, Cuda));
            return new Elf64(file).Needed().Select(name => RuntimeName().Match(name)).Where(match => match.Success)
                .Select(match => int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture))
                .FirstOrDefault();
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            return 0;
        }
    }

    /// <summary>Version as its surroundings tell it, such as <c>2.11.0+cu130</c>; null where they do not.</summary>
    internal static string? Version(string folder)
    {
        // Published, or from PyTorch's site: build-version in the folder or above it. PyTorch: version.py above it.
        var parent = Path.GetDirectoryName(folder) ?? folder;
        string[] files =
        [
            Path.Combine(folder, "build-version"),
            Path.Combine(parent, "build-version"),
            Path.Combine(parent, "version.py"),
        ];
        foreach (var file in files.Where(File.Exists))
        {
            var text = VersionText().Match(File.ReadAllText(file));
            if (text.Success) return text.Groups[1].Value;
        }

        // A package: libtorch-cpu-linux-x64/2.10.0/runtimes/linux-x64/native.
        var package = PackagePath().Match(folder);
        return package.Success ? package.Groups[1].Value : null;
    }

    private static IEnumerable<string> Libraries(string folder, bool hasCuda)
    {
        string[] names = hasCuda
            ? ["libc10.so", Cpu, "libc10_cuda.so", Cuda, "libtorch.so"]
            : ["libc10.so", Cpu, "libtorch.so"];
        return names.Select(name => Path.Combine(folder, name));
    }

    private static bool IsUnreadable(Exception exception)
        => exception is InvalidDataException or IOException or UnauthorizedAccessException;

    [GeneratedRegex(@"^2\.1[01](\.|\+|$)")]
    private static partial Regex FittingVersion();

    [GeneratedRegex(@"^(?:__version__\s*(?::\s*\w+\s*)?=\s*['""])?(\d+\.\d+(?:\.\d+)?[\w.+]*)", RegexOptions.Multiline)]
    private static partial Regex VersionText();

    [GeneratedRegex(@"/libtorch-[^/]+/(\d+\.\d+\.\d+)[^/]*/runtimes/[^/]+/native/?$")]
    private static partial Regex PackagePath();

    [GeneratedRegex(@"^libcudart\.so\.(\d+)")]
    private static partial Regex RuntimeName();
}
