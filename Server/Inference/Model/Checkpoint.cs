using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Inference.Tokenization;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>A model's folder in Hugging Face layout, read and checked against itself; the weights are left where they are.</summary>
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

    /// <summary>Reads configuration, tokenizer and weight headers. Takes well under a second for the published sizes.</summary>
    /// <exception cref="ModelFormatException">The folder or a file of it is missing or broken, or two files do not fit together.</exception>
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
                throw new ModelFormatException(Path.Combine(Folder, PreprocessorConfig.FileName), field, $"is {found}, but the network of {ModelConfig.FileName} takes {expected}.");
        }
    }

    /// <summary>Molmo's own tokens follow the vocabulary in a fixed order; a tokenizer that has them elsewhere belongs to another revision.</summary>
    private void CheckTokenizer(string file)
    {
        var first = Config.VocabularySize;
        ReadOnlySpan<(string Name, int Id)> own =
            [("<im_start>", Special.ImageStart), ("<im_end>", Special.ImageEnd), ("<im_patch>", Special.ImagePatch), ("<im_col>", Special.ImageColumn)];
        for (var i = 0; i < own.Length; i++)
        {
            if (own[i].Id != first + i)
                throw new ModelFormatException(file, own[i].Name, $"has id {own[i].Id}, but vocab_size {first} of {ModelConfig.FileName} makes it {first + i}.");
        }

        var embedded = Config.EmbeddingSize + Config.AdditionalVocabularySize;
        if (Tokenizer.Count > embedded)
            throw new ModelFormatException(file, null, $"ids go up to {Tokenizer.Count - 1}, but the network embeds only {embedded}.");
    }
}
