using System.Reflection;
using System.Text.Json.Nodes;

namespace Molmo.Demo.Tests;

/// <summary>
/// Where the tests find their data. Each folder can be replaced by an environment variable, so that the same tests run
/// against another set of the same form.
/// </summary>
internal static class TestData
{
    /// <summary>
    /// Root of the checkout, found upwards from the test assembly. First, because the others are made from it.
    /// </summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Golden vectors: <c>MOLMO_GOLDEN</c>, else <c>tests/Golden</c>.</summary>
    public static string Golden { get; } =
        FromEnvironment("MOLMO_GOLDEN") ?? Path.Combine(Repository, "tests", "Golden");

    /// <summary>
    /// Hostile prompts, model outputs, names and weight files: <c>MOLMO_HOSTILE</c>, else <c>tests/Golden/hostile</c>.
    /// </summary>
    public static string Hostile { get; } =
        FromEnvironment("MOLMO_HOSTILE") ?? Path.Combine(Repository, "tests", "Golden", "hostile");

    /// <summary>
    /// Files with which people had trouble elsewhere: <c>MOLMO_REPORTS</c>, else <c>tests/Golden/reports</c>.
    /// </summary>
    public static string Reports { get; } =
        FromEnvironment("MOLMO_REPORTS") ?? Path.Combine(Repository, "tests", "Golden", "reports");

    /// <summary>
    /// The picture corpus (not in the repository): <c>MOLMO_IMAGES</c>, else <c>images</c> of the shared folder; null
    /// where absent.
    /// </summary>
    public static string? Images { get; } = FromEnvironment("MOLMO_IMAGES") ?? InShared("images");

    /// <summary>Photographs of others with what is on them; null where they are not there.</summary>
    public static string? Photos { get; } = FromEnvironment("MOLMO_PHOTOS") ?? InShared("photos");

    /// <summary>Folder with the three published tokenizers (not in the repository), null where absent.</summary>
    public static string? Tokenizers { get; } =
        FromEnvironment("MOLMO_GOLDEN") is { } golden && Directory.Exists(Path.Combine(golden, "tokenizer"))
            ? Path.Combine(golden, "tokenizer")
            : InShared(Path.Combine("golden", "tokenizer"));

    /// <summary>The gallery pictures with their truth.</summary>
    public static string Samples => Path.Combine(Repository, "wwwroot", "samples");

    /// <summary>The embedded default checkpoint.</summary>
    public static string TinyModel => Path.Combine(Repository, "Server", "models", "molmo-tiny");

    /// <summary>How many things it knows.</summary>
    public static int TinyThings { get; } = JsonNode.Parse(File.ReadAllText(Path.Combine(TinyModel, "knows.json")))!
        ["things"]!.AsArray().Count;

    /// <summary>
    /// Folder of libtorch: <c>MOLMO_LIBTORCH</c>, else of the one that the project refers to; null in projects that
    /// refer to none.
    /// </summary>
    public static string? LibTorch { get; } = FromEnvironment("MOLMO_LIBTORCH")
        ?? typeof(TestData).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(metadata => metadata.Key == "LibTorch")?.Value;

    /// <summary>
    /// Ends the running test as skipped when outside data is absent, with a reason that says how to have it.
    /// </summary>
    public static string Require(string? folder, string what)
    {
        Assert.SkipWhen(folder is null, $"{what} are not here: they belong to others and are not in the repository. "
            + $"Set MOLMO_SHARED (or the variable of the set) to the folder that holds them.");
        return folder!;
    }

    private static string? FromEnvironment(string name)
        => Environment.GetEnvironmentVariable(name) is { Length: > 0 } path ? Path.GetFullPath(path) : null;

    private static string? InShared(string relative)
    {
        var shared = FromEnvironment("MOLMO_SHARED") ?? Path.GetFullPath(Path.Combine(Repository, "..", "shared"));
        var path = Path.Combine(shared, relative);
        return Directory.Exists(path) ? path : null;
    }

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Molmo.Demo.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException($"Molmo.Demo.sln not found above {AppContext.BaseDirectory}.");
    }
}
