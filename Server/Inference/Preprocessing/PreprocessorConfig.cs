namespace Molmo.Demo.Inference.Preprocessing;

/// <summary>
/// How a checkpoint wants its pictures cut. Immutable; the defaults are those of the published models.
/// </summary>
public sealed record PreprocessorConfig
{
    /// <summary>Name of the file in a checkpoint's folder.</summary>
    public const string FileName = "preprocessor_config.json";

    /// <summary>Most crops that can be asked for.</summary>
    public const int CropLimit = 64;

    private const int SizeLimit = 1024;
    private const long MaxFileLength = 1_000_000;

    /// <summary>Side of a crop in pixels.</summary>
    public int BaseSize { get; init; } = 336;

    /// <summary>Side of a patch in pixels.</summary>
    public int PatchSize { get; init; } = 14;

    /// <summary>Patches at the left and top of a crop that its neighbour shows too; even.</summary>
    public int MarginBefore { get; init; } = 4;

    /// <summary>Patches at the right and bottom of a crop that its neighbour shows too; even.</summary>
    public int MarginAfter { get; init; } = 4;

    /// <summary>High-resolution crops at most, where the caller does not say; 1 to <see cref="CropLimit"/>.</summary>
    public int MaxCrops { get; init; } = 12;

    /// <summary>Tokens along a side of a crop: half its patches, as two by two are pooled.</summary>
    public int TokenSide { get; init; } = 12;

    /// <summary>Subtracted from red, green and blue of 0 to 1.</summary>
    public float[] Mean { get; init; } = [0.48145466f, 0.4578275f, 0.40821073f];

    /// <summary>What red, green and blue are then divided by.</summary>
    public float[] Std { get; init; } = [0.26862954f, 0.26130258f, 0.27577711f];

    /// <summary>Patches along a side of a crop.</summary>
    public int PatchSide => BaseSize / PatchSize;

    /// <summary>Patches along a side that a crop does not share: the step from crop to crop.</summary>
    public int WindowSide => PatchSide - MarginBefore - MarginAfter;

    /// <summary><see cref="WindowSide"/> in pixels.</summary>
    public int WindowPixels => WindowSide * PatchSize;

    /// <summary>Both margins together, in pixels.</summary>
    public int MarginPixels => (MarginBefore + MarginAfter) * PatchSize;

    /// <summary>Reads <c>preprocessor_config.json</c>; absent fields have the published values.</summary>
    /// <param name="folder">The checkpoint's.</param>
    /// <exception cref="ModelFormatException">Missing, not JSON, or asking for what this engine does not
    /// do.</exception>
    public static PreprocessorConfig Load(string folder)
    {
        var file = Path.Combine(folder, FileName);
        var config = ModelFile.ReadJson(file, MaxFileLength, root => Read(new(root, file) { NullIsAValue = true }));
        return config.FindFault() is var (field, detail)
            ? throw new ModelFormatException(file, field, detail + ".")
            : config;
    }

    private static PreprocessorConfig Read(ConfigFields fields)
    {
        var published = new PreprocessorConfig();
        fields.Expect("do_normalize", true);
        fields.Expect("image_padding_mask", true);
        var (height, width) = Pair("base_image_input_size", published.BaseSize);
        if (height != width) throw fields.Wrong("base_image_input_size", $"is {height} x {width}; expected a square.");
        var tokenSide = fields.Integer("image_token_length_h", 1, SizeLimit, published.TokenSide);
        if (fields.Integer("image_token_length_w", 1, SizeLimit, tokenSide) != tokenSide)
            throw fields.Wrong("image_token_length_w", "differs from image_token_length_h.");
        var (before, after) = Pair("overlap_margins", published.MarginBefore);
        return new PreprocessorConfig
        {
            BaseSize = height,
            PatchSize = fields.Integer("image_patch_size", 1, SizeLimit, published.PatchSize),
            MarginBefore = before,
            MarginAfter = after,
            MaxCrops = fields.Integer("max_crops", 1, CropLimit, published.MaxCrops),
            TokenSide = tokenSide,
            Mean = fields.Numbers("image_mean", published.Mean),
            Std = fields.Numbers("image_std", published.Std),
        };

        (int First, int Second) Pair(string field, int missing)
            => fields.Integers(field, 0, SizeLimit, [missing, missing]) is [var first, var second]
                ? (first, second)
                : throw fields.Wrong(field, "expected two whole numbers.");
    }

    /// <summary>
    /// The first rule that the values break, by the field's name in the file; null where they fit together.
    /// </summary>
    internal (string Field, string Detail)? FindFault()
    {
        if (PatchSize is < 1 or > SizeLimit)
            return ("image_patch_size", $"expected 1 to {SizeLimit}, found {PatchSize}");
        if (BaseSize is < 1 or > SizeLimit || BaseSize % (PatchSize * 2) != 0)
            return ("base_image_input_size", $"expected an even number of patches of {PatchSize} pixels and at most "
                + $"{SizeLimit} pixels, found {BaseSize}");
        if (TokenSide * 2 != PatchSide)
            return ("image_token_length_h",
                $"expected {PatchSide / 2}, half of the {PatchSide} patches, found {TokenSide}");
        if (MarginBefore < 0 || MarginAfter < 0 || MarginBefore % 2 != 0 || MarginAfter % 2 != 0
            || MarginBefore + MarginAfter >= PatchSide)
            return ("overlap_margins",
                $"expected two even numbers, together below {PatchSide}, found {MarginBefore} and {MarginAfter}");
        if (MaxCrops is < 1 or > CropLimit) return ("max_crops", $"expected 1 to {CropLimit}, found {MaxCrops}");
        if (Mean.Length != 3 || !Mean.All(float.IsFinite)) return ("image_mean", "expected three numbers");
        if (Std.Length != 3 || !Std.All(value => float.IsFinite(value) && value > 0))
            return ("image_std", "expected three numbers above 0");
        return null;
    }
}
