using System.Reflection;
using Molmo.Demo.Client;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Inference.Torch;
using Molmo.Demo.Lab;

namespace Molmo.Demo.Server.Tests.Architecture;

/// <summary>Who may know whom, as docs/architecture.md says.</summary>
public sealed partial class ArchitectureTests
{
    private const int MaxLines = 500;
    private const int MaxColumns = 120;

    // Folders of the engine, and the other folders of the engine that each may name.
    private static readonly Dictionary<string, string[]> EngineFolders = new()
    {
        ["Tensors"] = [],
        ["Weights"] = ["Tensors"],
        ["Kernels"] = ["Tensors"],
        ["Imaging"] = [],
        ["Tokenization"] = [],
        ["Preprocessing"] = ["Imaging", "Tokenization", "Tensors"],
        ["Engine"] = ["Preprocessing", "Tokenization"],
        ["Model"] = ["Tensors", "Weights", "Kernels", "Tokenization", "Preprocessing", "Engine"],
        ["Limits"] = ["Tensors", "Kernels", "Model"],
    };

    private static readonly string[] EngineFolderNames = [.. EngineFolders.Keys];

    public static TheoryData<string> Folders => new(EngineFolderNames);

    [Theory]
    [MemberData(nameof(Folders))]
    public void EngineFolder_NamesOnlyWhatTheTableAllows(string folder)
    {
        var root = Path.Combine(TestData.Repository, "Server", "Inference", folder);
        Assert.SkipUnless(Directory.Exists(root), $"There is no folder {folder} yet.");

        var foreign = Sources(root).SelectMany(file => EngineName()
            .Matches(Code(file)).Select(match => (File: Path.GetFileName(file), Folder: match.Groups[1].Value)))
            .Where(use => use.Folder != folder && !EngineFolders[folder].Contains(use.Folder)).Distinct().ToList();

        Assert.Empty(foreign);
    }

    [Fact]
    public void Engine_HasNoFolderBesideTheTable()
    {
        var folders =
            Directory.GetDirectories(Path.Combine(TestData.Repository, "Server", "Inference")).Select(Path.GetFileName);

        Assert.Empty(folders.Except(EngineFolders.Keys));
    }

    [Fact]
    public void Engine_ReferencesTheBaseLibraryTheTokenizersAndTheCodecs()
    {
        // Win32Exception is what the base library throws where a process cannot be started.
        AssertReferences(typeof(RgbImage).Assembly, name => IsBaseLibrary(name)
            || name is "Microsoft.Extensions.Logging.Abstractions" or "Microsoft.ML.Tokenizers"
                or "SixLabors.ImageSharp"
                or "Microsoft.Win32.Primitives");
    }

    [Fact]
    public void Torch_ReferencesTheBaseLibraryTheEngineAndTorchSharp()
    {
        AssertReferences(typeof(TorchModelRunner).Assembly, name => IsBaseLibrary(name)
            || name is "Molmo.Demo.Inference" or "TorchSharp");
    }

    [Fact]
    public void Engine_PublicTypes_AreNotNamedForPeople()
    {
        string[] words = ["User", "Chat", "Share", "Visitor", "Conversation"];

        var named = typeof(RgbImage).Assembly.GetExportedTypes().Select(type => type.Name)
            .Where(name => words.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase)));

        Assert.Empty(named);
    }

    [Fact]
    public void Shared_ReferencesTheBaseLibraryAndDoesNoInputOrOutput()
    {
        AssertReferences(typeof(RandomId).Assembly, IsBaseLibrary);
        AssertNowhere(Path.Combine(TestData.Repository, "Shared"), Outside());
    }

    [Fact]
    public void Client_ReferencesSharedAndTheComponentFramework()
    {
        AssertReferences(typeof(App).Assembly, name => IsBaseLibrary(name)
            || name is "Molmo.Demo.Shared" or "QRCoder" or "MudBlazor" or "Microsoft.JSInterop"
            || name.StartsWith("Microsoft.AspNetCore.Components", StringComparison.Ordinal)
            || name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal));
        AssertNowhere(Path.Combine(TestData.Repository, "Client"), ServerSide());
    }

    [Fact]
    public void Server_OutsideEngines_UsesNoKernelsTensorsWeightsOrTorch()
    {
        var files = Sources(Path.Combine(TestData.Repository, "Server"))
            .Where(file => !Path.GetRelativePath(TestData.Repository, file).Split(Path.DirectorySeparatorChar)
                .Any(part => part == "Lab" || part.StartsWith("Inference", StringComparison.Ordinal)));

        var uses = files.SelectMany(file => EngineName().Matches(Code(file))
            .Select(match => (File: Path.GetRelativePath(TestData.Repository, file), Folder: match.Groups[1].Value)))
            .Where(use => use.Folder is "Kernels" or "Tensors"
                || (use.Folder is "Weights" or "Model" or "Torch"
                    && Path.GetDirectoryName(use.File) != Path.Combine("Server", "Engines")))
            .ToList();

        Assert.Empty(uses);
    }

    [Fact]
    public void Lab_ReferencesTheBaseLibraryTheEngineTheServerAndShared()
    {
        // "load" is a client of the server that it starts.
        string[] client = ["System.Net", "Microsoft.AspNetCore.SignalR", "Microsoft.AspNetCore.Http.Connections"];
        AssertReferences(typeof(LabProgram).Assembly, name => IsBaseLibrary(name)
            || name is "Parquet" // which published tables come in
            || client.Any(part => name.StartsWith(part, StringComparison.Ordinal))
            || name is "Molmo.Demo.Inference" or "Molmo.Demo.Server" or "Molmo.Demo.Shared" or "SkiaSharp"
            // "train" computes with the modules of the inference runner, and learns tokenizers.
            || name is "Molmo.Demo.Inference.Torch" or "TorchSharp" or "Microsoft.ML.Tokenizers");
    }

    [Fact]
    public void Text_OfTheModel_IsNeverMarkup()
    {
        var markup = new Regex(@"\b(MarkupString|AddMarkupContent)\b");

        AssertNowhere(Path.Combine(TestData.Repository, "Client"), markup);
        AssertNowhere(Path.Combine(TestData.Repository, "Server"), markup);
    }

    [Fact]
    public void SourceFiles_AreShortEnoughToRead()
    {
        string[] folders = ["Client", "Server", "Shared", "tests"];

        var longer = folders.SelectMany(folder => Sources(Path.Combine(TestData.Repository, folder)))
            .Select(
                file => (File: Path.GetRelativePath(TestData.Repository, file), Lines: File.ReadLines(file).Count()))
            .Where(file => file.Lines > MaxLines).ToList();

        Assert.Empty(longer);
    }

    [Fact]
    public void SourceFiles_KeepTo120Columns()
    {
        string[] folders = ["Client", "Server", "Shared", "tests", "wwwroot"];

        var wide = folders.Select(folder => Path.Combine(TestData.Repository, folder)).Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(TestData.Repository)).Where(IsWritten)
            .SelectMany(file => File.ReadLines(file).Index().Where(line => line.Item.Length > MaxColumns)
                .Select(line => $"{Path.GetRelativePath(TestData.Repository, file)}:{line.Index + 1}"));

        Assert.Empty(wide);
    }

    private static bool IsWritten(string file)
        => Path.GetExtension(file) is ".cs" or ".razor" or ".js" or ".css" or ".csproj" or ".props" or ".targets"
            or ".sh" or ".sql" && !file.Contains("node_modules", StringComparison.Ordinal);

    private static bool IsBaseLibrary(string name)
        => name is "System" or "mscorlib" or "netstandard" || (name.StartsWith("System.", StringComparison.Ordinal)
            && !name.StartsWith("System.Net", StringComparison.Ordinal));

    private static void AssertReferences(Assembly assembly, Func<string, bool> isAllowed)
        => Assert.All(
            assembly.GetReferencedAssemblies(), reference => Assert.True(isAllowed(reference.Name!), reference.Name));

    private static void AssertNowhere(string folder, Regex forbidden)
    {
        var offending = Sources(folder).Where(file => forbidden.IsMatch(Code(file)))
            .Select(file => Path.GetRelativePath(TestData.Repository, file)).ToList();
        Assert.Empty(offending);
    }

    internal static IEnumerable<string> Sources(string folder)
        => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".cs" or ".razor" or ".js"
                && !file.Contains("node_modules", StringComparison.Ordinal));

    // Comments may name what the code may not.
    internal static string Code(string file) => string.Join(
        '\n', File.ReadLines(file).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)));

    [GeneratedRegex(@"\bMolmo\.Demo\.Inference\.([A-Z]\w+)")]
    private static partial Regex EngineName();

    [GeneratedRegex(@"\b(using System\.(IO|Net\.)|File\.|Directory\.|HttpClient|DateTime(Offset)?\.(Utc)?Now|Stopwatch"
        + @"|Environment\.)")]
    private static partial Regex Outside();

    [GeneratedRegex(@"\b(HttpContext|HubConnection|using Molmo\.Demo\.(Server|Inference)|using System\.IO|File\.(Read"
        + @"|Write|Open)|Directory\.)")]
    private static partial Regex ServerSide();
}
