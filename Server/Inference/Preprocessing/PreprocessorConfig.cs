namespace Molmo.Demo.Inference.Preprocessing;

/// <summary>How a checkpoint wants its pictures cut. Immutable; the defaults are those of the published models.</summary>
public sealed record PreprocessorConfig
{
    /// <summary>Name of the file in a checkpoint's folder.</summary>
    public const string FileName = "preprocessor_config.json";

    /// <summary>Most crops that can be asked for.</summary>
    public const int CropLimit = 64;

    private const int SizeLimit = 1024;

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
    /// <exception cref="PreprocessorFormatException">Missing, not JSON, or asking for what this engine does not do.</exception>
    public static PreprocessorConfig Load(string folder)
    {
        string file = Path.Combine(folder, FileName);
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            var config = new Reader(file, document.RootElement).Read();
            return config.FindFault() is var (field, detail) ? throw new PreprocessorFormatException(file, field, detail) : config;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PreprocessorFormatException(file, null, $"the preprocessor's configuration cannot be read: {e.Message}", e);
        }
        catch (JsonException e)
        {
            throw new PreprocessorFormatException(file, null, $"not JSON: {e.Message}", e);
        }
    }

    /// <summary>The first rule that the values break, by the field's name in the file; null where they fit together.</summary>
    internal (string Field, string Detail)? FindFault()
    {
        if (PatchSize is < 1 or > SizeLimit) return ("image_patch_size", $"expected 1 to {SizeLimit}, found {PatchSize}");
        if (BaseSize is < 1 or > SizeLimit || BaseSize % (PatchSize * 2) != 0)
            return ("base_image_input_size", $"expected an even number of patches of {PatchSize} pixels and at most {SizeLimit} pixels, found {BaseSize}");
        if (TokenSide * 2 != PatchSide) return ("image_token_length_h", $"expected {PatchSide / 2}, half of the {PatchSide} patches, found {TokenSide}");
        if (MarginBefore < 0 || MarginAfter < 0 || MarginBefore % 2 != 0 || MarginAfter % 2 != 0 || MarginBefore + MarginAfter >= PatchSide)
            return ("overlap_margins", $"expected two even numbers, together below {PatchSide}, found {MarginBefore} and {MarginAfter}");
        if (MaxCrops is < 1 or > CropLimit) return ("max_crops", $"expected 1 to {CropLimit}, found {MaxCrops}");
        if (Mean.Length != 3 || !Mean.All(float.IsFinite)) return ("image_mean", "expected three numbers");
        if (Std.Length != 3 || !Std.All(value => float.IsFinite(value) && value > 0)) return ("image_std", "expected three numbers above 0");
        return null;
    }

    private sealed class Reader(string file, JsonElement root)
    {
        private static readonly PreprocessorConfig Published = new();

        public PreprocessorConfig Read()
        {
            if (root.ValueKind != JsonValueKind.Object) throw new PreprocessorFormatException(file, null, "expected a JSON object");
            ExpectTrue("do_normalize");
            ExpectTrue("image_padding_mask");
            var size = Pair("base_image_input_size", Published.BaseSize);
            if (size.First != size.Second) throw Refuse("base_image_input_size", "expected a square");
            int tokenSide = Whole("image_token_length_h", Published.TokenSide);
            if (Whole("image_token_length_w", tokenSide) != tokenSide) throw Refuse("image_token_length_w", "expected the same as image_token_length_h");
            var margins = Pair("overlap_margins", Published.MarginBefore);
            return new PreprocessorConfig
            {
                BaseSize = size.First,
                PatchSize = Whole("image_patch_size", Published.PatchSize),
                MarginBefore = margins.First,
                MarginAfter = margins.Second,
                MaxCrops = Whole("max_crops", Published.MaxCrops),
                TokenSide = tokenSide,
                Mean = Channels("image_mean", Published.Mean),
                Std = Channels("image_std", Published.Std),
            };
        }

        private void ExpectTrue(string field)
        {
            if (root.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.True)
                throw Refuse(field, "expected true, as the published models are prepared");
        }

        private int Whole(string field, int published)
        {
            if (!root.TryGetProperty(field, out var value)) return published;
            return WholeOf(field, value);
        }

        private (int First, int Second) Pair(string field, int published)
        {
            if (!root.TryGetProperty(field, out var value)) return (published, published);
            if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() != 2) throw Refuse(field, "expected two whole numbers");
            return (WholeOf(field, value[0]), WholeOf(field, value[1]));
        }

        private float[] Channels(string field, float[] published)
        {
            if (!root.TryGetProperty(field, out var value)) return published;
            if (value.ValueKind != JsonValueKind.Array) throw Refuse(field, "expected three numbers");
            return [.. value.EnumerateArray().Select(item =>
                item.ValueKind == JsonValueKind.Number && item.TryGetSingle(out float number) ? number : throw Refuse(field, "expected three numbers"))];
        }

        private int WholeOf(string field, JsonElement value)
            => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number : throw Refuse(field, "expected a whole number");

        private PreprocessorFormatException Refuse(string field, string detail)
            => new(file, field, root.TryGetProperty(field, out var value) ? $"{detail}, found {value.GetRawText()}" : detail);
    }
}
