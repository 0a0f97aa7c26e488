using System.Collections.Concurrent;
using System.IO.Compression;
using Molmo.Demo.Inference.Tokenization;

namespace Molmo.Demo.Inference.Tests.Tokenization;

/// <summary>The tokenizers that have golden vectors, by the name of their folder.</summary>
internal static class TokenizerSets
{
    private const string Tiny = "tiny-tokenizer";

    private static readonly ConcurrentDictionary<string, BpeTokenizer> Loaded = new();

    /// <summary>Names of all sets whose vectors are here.</summary>
    public static TheoryData<string> Names()
    {
        var names = new TheoryData<string>();
        string published = Path.Combine(TestData.Golden, "tokenizer");
        if (Directory.Exists(published))
            foreach (var folder in Directory.GetDirectories(published).Order(StringComparer.Ordinal))
                names.Add(Path.GetFileName(folder));
        if (Directory.Exists(Path.Combine(TestData.Golden, Tiny))) names.Add(Tiny);
        return names.OrAbsent();
    }

    /// <summary>The set's tokenizer; the test is skipped where its file is not here.</summary>
    public static BpeTokenizer Load(string name)
        => Loaded.GetOrAdd(name, static name => BpeTokenizer.Load(ReadFile(name), $"{name}/tokenizer.json"));

    /// <summary>Bytes of the set's <c>tokenizer.json</c>, unpacked.</summary>
    public static byte[] ReadFile(string name)
    {
        // A set of vectors may come without the tokenizers, which belong to others; those of the shared folder serve.
        string shared = Path.Combine(Environment.GetEnvironmentVariable("MOLMO_SHARED") is { Length: > 0 } path ? path
            : Path.Combine(TestData.Repository, "..", "shared"),
            "golden", "tokenizer");
        string?[] folders = name == Tiny
            ? [Path.Combine(TestData.Golden, Tiny), Path.Combine(TestData.Repository, "tests", "Golden", Tiny)]
            : [
                Path.Combine(TestData.Golden, "tokenizer", name),
                .. TestData.Tokenizers is { } tokenizers ? new[] { Path.Combine(tokenizers, name) } : [],
                Path.Combine(shared, name)];
        string? found = folders.OfType<string>()
            .SelectMany(
                folder => new[] { Path.Combine(folder, "tokenizer.json"), Path.Combine(folder, "tokenizer.json.gz") })
            .FirstOrDefault(File.Exists);
        string file = TestData.Require(found, $"The tokenizer files of {name}");
        if (!file.EndsWith(".gz", StringComparison.Ordinal)) return File.ReadAllBytes(file);

        using var packed = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        packed.CopyTo(unpacked);
        return unpacked.ToArray();
    }

    /// <summary>Lines of one of the set's files; the test is skipped where it is not here.</summary>
    public static IEnumerable<JsonElement> Lines(string name, string file)
    {
        string folder =
            name == Tiny ? Path.Combine(TestData.Golden, Tiny) : Path.Combine(TestData.Golden, "tokenizer", name);
        // The vectors of the tiny tokenizer lie in a folder of their own beside its files.
        if (Directory.Exists(Path.Combine(folder, "golden"))) folder = Path.Combine(folder, "golden");
        string path = Path.Combine(folder, file);
        Assert.SkipUnless(File.Exists(path), $"{file} of {name} is not in this set.");
        foreach (var line in File.ReadLines(path))
            if (line.Length > 0) yield return JsonDocument.Parse(line).RootElement;
    }

    /// <summary>An array of ids.</summary>
    public static int[] Ids(this JsonElement array) => [.. array.EnumerateArray().Select(id => id.GetInt32())];
}
