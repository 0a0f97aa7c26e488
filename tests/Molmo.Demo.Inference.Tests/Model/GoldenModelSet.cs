using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Inference.Tests.Preprocessing;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Tests.Model;

/// <summary>One tiny checkpoint of <c>Golden/model</c> with its cases.</summary>
internal sealed class GoldenModelSet
{
    private const string Format = "molmo-golden-model-v1";

    /// <param name="name">Its folder.</param>
    /// <param name="root">Folder of several; null for <see cref="Root"/>.</param>
    public GoldenModelSet(string name, string? root = null)
    {
        Folder = Path.Combine(root ?? Root, name);
        Cases = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "cases.json"))).RootElement;
        var tokenizer = Cases.GetProperty("tokenizer");
        var special = tokenizer.GetProperty("special");
        int Id(string token) => special.GetProperty(token).GetInt32();
        Special = new SpecialTokens(tokenizer.GetProperty("bos").GetInt32(), Id("<im_start>"), Id("<im_end>"),
            Id("<im_patch>"), Id("<im_col>"));
    }

    public static string Root => Path.Combine(TestData.Golden, "model");

    /// <summary>The repository's own checkpoints, for what was measured on them.</summary>
    public static string OwnRoot => Path.Combine(TestData.Repository, "tests", "Golden", "model");

    public string Folder { get; }

    public JsonElement Cases { get; }

    public SpecialTokens Special { get; }

    /// <summary>Folders whose cases are of the format of this class.</summary>
    public static IEnumerable<string> Names(string? root = null)
    {
        root ??= Root;
        if (!Directory.Exists(root)) yield break;
        foreach (var folder in Directory.EnumerateDirectories(root).Order(StringComparer.Ordinal))
        {
            var cases = Path.Combine(folder, "cases.json");
            if (!File.Exists(cases)) continue;
            using var json = JsonDocument.Parse(File.ReadAllBytes(cases));
            if (json.RootElement.GetProperty("format").GetString() == Format) yield return Path.GetFileName(folder);
        }
    }

    public IEnumerable<string> CaseNames()
        => Cases.GetProperty("cases").EnumerateArray().Select(item => item.GetProperty("name").GetString()!);

    public GoldenModelCase Case(string name)
        => new(this,
            Cases.GetProperty("cases").EnumerateArray().First(item => item.GetProperty("name").GetString() == name));

    public ManagedModelRunner Load(
        int blocks, int threads = 2, WeightPrecision precision = WeightPrecision.Float32,
        VisionPrecision vision = VisionPrecision.Auto)
    {
        using var weights = WeightStore.Open(Folder);
        return ManagedModelRunner.Load(ModelConfig.Load(Folder), weights,
            new RunnerSettings(blocks, threads, precision, vision), null, TestContext.Current.CancellationToken);
    }
}

/// <summary>A prompt with what the reference made of it.</summary>
internal sealed class GoldenModelCase(GoldenModelSet set, JsonElement item)
{
    private ImageInputs? _image;

    public JsonElement Item { get; } = item;

    public GoldenTensors Tensors { get; } = new(Path.Combine(set.Folder, item.GetProperty("tensors").GetString()!));

    public int[] InputIds { get; } = [.. item.GetProperty("input_ids").EnumerateArray().Select(id => id.GetInt32())];

    public int[] GreedyTokens
        => [.. Item.GetProperty("greedy").GetProperty("tokens").EnumerateArray().Select(id => id.GetInt32())];

    public Prompt Prompt => new(InputIds, Image());

    /// <summary>
    /// The prompt up to a position, the picture's later features left out: attention is causal, so its logits are those
    /// of the whole prompt there.
    /// </summary>
    public Prompt PromptUpTo(int position)
    {
        var image = Image();
        if (image is not null)
            image = Copy(image, image.Patches, image.Masks,
                [.. image.ImageTokenPositions.Select(target => target > position ? -100 : target)]);
        return new Prompt(InputIds[..(position + 1)], image);
    }

    private static ImageInputs Copy(ImageInputs image, float[] patches, float[] masks, int[] positions) => new()
    {
        SourceWidth = image.SourceWidth,
        SourceHeight = image.SourceHeight,
        Tiling = image.Tiling,
        CropCount = image.CropCount,
        PatchCount = image.PatchCount,
        PatchSize = image.PatchSize,
        TokensPerCrop = image.TokensPerCrop,
        Patches = patches,
        Masks = masks,
        ImageTokenPositions = positions,
        ImageTokenIds = image.ImageTokenIds,
    };

    /// <summary>
    /// Crops as the file stores them where it does, so that the network is judged without the preprocessing; else
    /// preprocessed here.
    /// </summary>
    private ImageInputs? Image()
    {
        if (_image is not null || Item.GetProperty("image").ValueKind == JsonValueKind.Null) return _image;
        var picture = Item.GetProperty("image");
        var pixels = GeneratedImage.Create(picture.GetProperty("width").GetInt32(),
            picture.GetProperty("height").GetInt32(), picture.GetProperty("seed").GetUInt32());
        var image = new MultiCropPreprocessor(PreprocessorConfig.Load(set.Folder), set.Special)
            .Process(pixels, Item.GetProperty("max_crops").GetInt32());
        Assert.Equal(Item.GetProperty("n_crops").GetInt32(), image.CropCount);
        return _image = Copy(
            image, Tensors.Contains("images") ? Tensors.Read<float>("images") : image.Patches,
            Tensors.Read<float>("image_masks"), Tensors.Read<int>("image_input_idx"));
    }
}
