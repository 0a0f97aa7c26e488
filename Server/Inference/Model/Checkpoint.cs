using System.Buffers;
using System.Security.Cryptography;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Inference.Tokenization;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>
/// A model's folder in Hugging Face layout, read and checked against itself; the weights are left where they are.
/// </summary>
public sealed class Checkpoint
{
    private const string TokenizerFile = "tokenizer.json";

    private Checkpoint(string folder)
    {
        Folder = folder;
        Name = CheckpointIdentity.NameOf(folder);
        Config = ModelConfig.Load(folder);
        Preprocessor = PreprocessorConfig.Load(folder);
        var tokenizerFile = Path.Combine(folder, TokenizerFile);
        Tokenizer = BpeTokenizer.Load(tokenizerFile);
        Special = SpecialTokens.Find(Tokenizer, tokenizerFile);
        CheckPreprocessor();
        CheckTokenizer(tokenizerFile);
        EndTokenIds = EndTokens.Read(folder, Tokenizer, Special.Bos);
        using var weights = WeightStore.Open(folder);
        foreach (var spec in WeightManifest.Of(Config)) weights.Root.Tensor(spec.Name, spec.Dimensions);
        Revision = CheckpointIdentity.RevisionOf(folder, weights);
    }

    /// <summary>Full path.</summary>
    public string Folder { get; }

    /// <summary>Folder of the repository where the checkpoint lies in a Hub cache; null elsewhere.</summary>
    public string? Repository => CheckpointIdentity.RepositoryOf(Folder);

    /// <summary>The folder's name, or owner/name where the folder lies in a Hub cache.</summary>
    public string Name { get; }

    /// <summary>Twelve hexadecimal digits that stand for the content.</summary>
    public string Revision { get; }

    public ModelConfig Config { get; }

    public PreprocessorConfig Preprocessor { get; }

    public BpeTokenizer Tokenizer { get; }

    public SpecialTokens Special { get; }

    /// <summary>Ids that end an answer.</summary>
    public IReadOnlyList<int> EndTokenIds { get; }

    /// <summary>
    /// Reads configuration, tokenizer and weight headers. Takes well under a second for the published sizes.
    /// </summary>
    /// <exception cref="ModelFormatException">The folder or a file of it is missing or broken, or two files do not fit
    /// together.</exception>
    public static Checkpoint Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!Directory.Exists(folder)) throw new ModelFormatException(folder, null, "there is no such folder.");
        return new Checkpoint(folder);
    }

    private void CheckPreprocessor()
    {
        var vision = Config.Vision;
        Check("base_image_input_size", Preprocessor.BaseSize, vision.ImageHeight);
        Check("base_image_input_size", Preprocessor.BaseSize, vision.ImageWidth);
        Check("image_patch_size", Preprocessor.PatchSize, vision.PatchSide);
        Check("image_token_length_h", Preprocessor.TokenSide, vision.GridRows / vision.PoolingHeight);
        Check("image_token_length_w", Preprocessor.TokenSide, vision.GridColumns / vision.PoolingWidth);

        void Check(string field, int found, int expected)
        {
            if (found != expected)
                throw new ModelFormatException(
                    Path.Combine(Folder, PreprocessorConfig.FileName), field,
                    $"is {found}, but the network of {ModelConfig.FileName} takes {expected}.");
        }
    }

    /// <summary>
    /// Molmo's own tokens follow the vocabulary in a fixed order; a tokenizer that has them elsewhere belongs to
    /// another revision.
    /// </summary>
    private void CheckTokenizer(string file)
    {
        var first = Config.VocabularySize;
        ReadOnlySpan<(string Name, int Id)> own =
            [("<im_start>", Special.ImageStart), ("<im_end>", Special.ImageEnd), ("<im_patch>", Special.ImagePatch),
                ("<im_col>", Special.ImageColumn)];
        for (var i = 0; i < own.Length; i++)
        {
            if (own[i].Id != first + i)
                throw new ModelFormatException(
                    file, own[i].Name,
                    $"has id {own[i].Id}, but vocab_size {first} of {ModelConfig.FileName} makes it {first + i}.");
        }

        var embedded = Config.EmbeddingSize + Config.AdditionalVocabularySize;
        if (Tokenizer.Count > embedded)
            throw new ModelFormatException(
                file, null, $"ids go up to {Tokenizer.Count - 1}, but the network embeds only {embedded}.");
    }
}

/// <summary>What a checkpoint is called, and a short mark of its content.</summary>
internal static class CheckpointIdentity
{
    private const int RevisionLength = 12;
    private const int CommitLength = 40;
    private const string HubPrefix = "models--";

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>The folder's name; in a Hub cache (<c>models--owner--name/snapshots/commit</c>) owner/name.</summary>
    public static string NameOf(string folder)
    {
        if (HubFolderOf(folder) is not { } hub) return Path.GetFileName(folder) is { Length: > 0 } name ? name : folder;
        return hub[HubPrefix.Length..].Replace("--", "/", StringComparison.Ordinal);
    }

    /// <summary>
    /// The commit of a Hub snapshot, else a hash of configuration, tokenizer and weights; twelve digits of either.
    /// </summary>
    public static string RevisionOf(string folder, WeightStore weights)
    {
        var commit = Path.GetFileName(folder);
        if (HubFolderOf(folder) is not null && commit.Length == CommitLength
            && !commit.AsSpan().ContainsAnyExcept(HexDigits))
            return commit[..RevisionLength];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in (string[])[ModelConfig.FileName, PreprocessorConfig.FileName, "tokenizer.json"])
        {
            var file = Path.Combine(folder, name);
            if (File.Exists(file)) hash.AppendData(File.ReadAllBytes(file));
        }

        foreach (var file in weights.Files)
        {
            hash.AppendData(file.Header);
            file.AppendSample(hash);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..RevisionLength];
    }

    /// <summary>Folder of the repository in a Hub cache; null for any other folder.</summary>
    public static string? RepositoryOf(string folder)
        => HubFolderOf(folder) is null ? null : Directory.GetParent(folder)!.Parent!.FullName;

    private static string? HubFolderOf(string folder)
    {
        var snapshots = Directory.GetParent(folder);
        return snapshots is { Name: "snapshots", Parent.Name: var hub }
            && hub.StartsWith(HubPrefix, StringComparison.Ordinal) ? hub : null;
    }
}

/// <summary>
/// Which tokens end an answer: what the generation settings say, what the tokenizer's settings say, and end-of-text.
/// </summary>
/// <remarks>The published dense checkpoints say nothing in their generation settings; all were trained to end with
/// end-of-text.</remarks>
internal static class EndTokens
{
    private const long MaxFileLength = 10_000_000;

    public static IReadOnlyList<int> Read(string folder, BpeTokenizer tokenizer, int endOfText)
    {
        var ids = new List<int>();
        var generation = Path.Combine(folder, "generation_config.json");
        if (File.Exists(generation))
            ids.AddRange(
                ModelFile.ReadJson(generation, MaxFileLength, root => FromGeneration(root, generation, tokenizer)));
        var settings = Path.Combine(folder, "tokenizer_config.json");
        if (File.Exists(settings)
            && ModelFile.ReadJson(settings, MaxFileLength, root => FromTokenizer(root, settings, tokenizer)) is { } id)
            ids.Add(id);
        ids.Add(endOfText);
        return [.. ids.Distinct()];
    }

    private static List<int> FromGeneration(JsonElement root, string file, BpeTokenizer tokenizer)
    {
        const string name = "eos_token_id";
        var fields = new ConfigFields(root, file);
        if (!fields.Has(name)) return [];
        return root.GetProperty(name).ValueKind == JsonValueKind.Array
            ? [.. fields.Integers(name, 0, tokenizer.Count - 1)]
            : [fields.Integer(name, 0, tokenizer.Count - 1)];
    }

    /// <summary>The name is a text, or in older files an object with the text in <c>content</c>.</summary>
    private static int? FromTokenizer(JsonElement root, string file, BpeTokenizer tokenizer)
    {
        const string name = "eos_token";
        if (!new ConfigFields(root, file).Has(name)) return null;
        var token = root.GetProperty(name);
        if (token.ValueKind == JsonValueKind.Object && token.TryGetProperty("content", out var content))
            token = content;
        if (token.ValueKind != JsonValueKind.String)
            throw new ModelFormatException(file, name, "is not the text of a token.");
        return tokenizer.IdOf(token.GetString()!)
            ?? throw new ModelFormatException(file, name,
                $"is '{ModelFormatException.Shown(token.GetString()!)}', which the tokenizer does not have.");
    }
}
