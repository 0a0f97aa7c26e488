using System.Security.Cryptography;
using Molmo.Demo.Inference.Preprocessing;

namespace Molmo.Demo.Inference.Tests.Preprocessing;

/// <summary>The vectors of <c>tests/Golden/preprocess</c>, at the tolerances of their README.</summary>
public sealed class GoldenPreprocessorTests
{
    private const float PixelTolerance = 3e-6f;
    private const double MomentTolerance = 1e-5;
    private const float MaskTolerance = 1e-6f;

    private static string Folder => Path.Combine(TestData.Golden, "preprocess");

    public static TheoryData<string> CaseNames()
    {
        var names = new TheoryData<string>();
        if (File.Exists(Path.Combine(Folder, "cases.json")))
            foreach (var item in ReadJson("cases.json").GetProperty("cases").EnumerateArray())
                names.Add(item.GetProperty("name").GetString()!);
        return names.OrAbsent();
    }

    [Slow]
    [Theory]
    [MemberData(nameof(CaseNames))]
    public void Process_GoldenPicture_GivesTheReferenceInputs(string name)
    {
        AbsentData.Skip(name, "Preprocessing cases");
        var golden = ReadJson("cases.json");
        var item = golden.GetProperty("cases")
            .EnumerateArray().First(item => item.GetProperty("name").GetString() == name);
        var picture = item.GetProperty("image");
        var image = GeneratedImage.Create(Int(picture, "width"), Int(picture, "height"), (uint)Int(picture, "seed"));
        Assert.Equal(
            picture.GetProperty("sha256_rgb").GetString(), Convert.ToHexStringLower(SHA256.HashData(image.Pixels)));
        var config = Config(item.GetProperty("config"));
        var ids = golden.GetProperty("special_token_ids");
        var special = new SpecialTokens(
            Int(ids, "eos"), Int(ids, "im_start"), Int(ids, "im_end"), Int(ids, "im_patch"), Int(ids, "im_col"));

        var inputs =
            new MultiCropPreprocessor(config, special).Process(image, ct: TestContext.Current.CancellationToken);

        var tiling = item.GetProperty("geometry").GetProperty("tiling");
        Assert.Equal(new Tiling(tiling[0].GetInt32(), tiling[1].GetInt32()), inputs.Tiling);
        Assert.Equal(Int(item, "n_crops"), inputs.CropCount);
        Assert.Equal((image.Width, image.Height), (inputs.SourceWidth, inputs.SourceHeight));
        var tensors = new GoldenTensors(Path.Combine(Folder, item.GetProperty("tensors").GetString()!));
        Assert.Equal(tensors.Read<int>("image_token_ids"), inputs.ImageTokenIds);
        Assert.Equal(Int(item, "n_image_tokens"), inputs.ImageTokenIds.Length);
        Assert.Equal(Unpack(item.GetProperty("image_tokens_rle")), inputs.ImageTokenIds);
        Assert.Equal(tensors.Read<int>("image_input_idx"), inputs.ImageTokenPositions);
        Assert.Equal(Int(item, "n_valid_features"), inputs.ImageTokenPositions.Count(position => position >= 0));
        AssertClose(tensors.Read<float>("image_masks"), inputs.Masks, MaskTolerance);

        int cropLength = inputs.PatchCount * inputs.PatchSize;
        Assert.Equal(inputs.CropCount * cropLength, inputs.Patches.Length);
        var sampleIndex = tensors.Read<int>("sample_index");
        int samples = sampleIndex.Length / inputs.CropCount;
        var sampled = sampleIndex.Select((index, i) => inputs.Patches[i / samples * cropLength + index]).ToArray();
        AssertClose(tensors.Read<float>("sample_value"), sampled, PixelTolerance);
        if (tensors.Contains("crops")) AssertClose(tensors.Read<float>("crops"), inputs.Patches, PixelTolerance);

        var means = tensors.Read<double>("crop_mean");
        var deviations = tensors.Read<double>("crop_std");
        var smallest = tensors.Read<float>("crop_min");
        var largest = tensors.Read<float>("crop_max");
        for (int crop = 0; crop < inputs.CropCount; crop++)
        {
            var values = inputs.Patches[(crop * cropLength)..((crop + 1) * cropLength)];
            double mean = values.Average(value => (double)value);
            Assert.Equal(means[crop], mean, MomentTolerance);
            Assert.Equal(
                deviations[crop], Math.Sqrt(values.Average(value => (value - mean) * (value - mean))), MomentTolerance);
            Assert.Equal(smallest[crop], values.Min(), PixelTolerance);
            Assert.Equal(largest[crop], values.Max(), PixelTolerance);
        }
    }

    [Theory]
    [MemberData(nameof(CaseNames))]
    public void Fit_GoldenPicture_GivesTheReferenceGeometry(string name)
    {
        AbsentData.Skip(name, "Preprocessing cases");
        var item = ReadJson("cases.json")
            .GetProperty("cases").EnumerateArray().First(item => item.GetProperty("name").GetString() == name);
        var geometry = item.GetProperty("geometry");
        foreach (string canvas in new[] { "crops", "overview" })
        {
            var expected = geometry.GetProperty(canvas);
            var (canvasHeight, canvasWidth) = Pair(expected, "target");
            var placement = Placement.Fit(Int(geometry, "width"), Int(geometry, "height"), canvasWidth, canvasHeight);
            Assert.Equal(Pair(expected, "scaled"), (placement.Height, placement.Width));
            Assert.Equal(Pair(expected, "pad_top_left"), (placement.Top, placement.Left));
        }
    }

    [Fact]
    public void Choose_GeometryTable_GivesTheReferenceTilingsAndSizes()
    {
        string path = Path.Combine(Folder, "geometry_table.json");
        Assert.SkipUnless(File.Exists(path), "geometry_table.json is not in this set.");
        var table = ReadJson("geometry_table.json");
        var columns = table.GetProperty("columns").EnumerateArray().Select(column => column.GetString()!).ToList();
        var config = new PreprocessorConfig();
        var wrong = new List<string>();
        foreach (var row in table.GetProperty("rows").EnumerateArray())
        {
            int Value(string column) => row[columns.IndexOf(column)].GetInt32();
            int width = Value("width"), height = Value("height");
            var tiling = Tiling.Choose(width, height, config, Value("max_crops"));
            var crops = Placement.Fit(width, height,
                tiling.Columns * config.WindowPixels + config.MarginPixels,
                tiling.Rows * config.WindowPixels + config.MarginPixels);
            var overview = Placement.Fit(width, height, config.BaseSize, config.BaseSize);
            bool vanishes = Value("reference_would_fail_zero_size") == 1;
            bool agrees = tiling == new Tiling(Value("tiling_rows"), Value("tiling_cols"))
                && (crops.Height, crops.Width) == (
                    Math.Max(Value("crops_scaled_h"), 1), Math.Max(Value("crops_scaled_w"), 1))
                && (overview.Height, overview.Width) == (
                    Math.Max(Value("overview_scaled_h"), 1), Math.Max(Value("overview_scaled_w"), 1))
                && (vanishes || (crops.Top, crops.Left) == (Value("crops_pad_top"), Value("crops_pad_left")))
                && (vanishes
                    || (overview.Top, overview.Left) == (Value("overview_pad_top"), Value("overview_pad_left")));
            if (!agrees) wrong.Add($"{row.GetRawText()}: {tiling}, {crops}, {overview}");
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} rows differ:\n{string.Join('\n', wrong.Take(10))}");
    }

    internal static PreprocessorConfig Config(JsonElement config) => new()
    {
        BaseSize = Int(config, "base_image_input_size"),
        PatchSize = Int(config, "image_patch_size"),
        MarginBefore = config.GetProperty("overlap_margins")[0].GetInt32(),
        MarginAfter = config.GetProperty("overlap_margins")[1].GetInt32(),
        MaxCrops = Int(config, "max_crops"),
        TokenSide = Int(config, "image_token_length"),
    };

    private static void AssertClose(float[] expected, float[] actual, float tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        int worst = 0;
        for (int i = 1; i < expected.Length; i++)
            if (Math.Abs(expected[i] - actual[i]) > Math.Abs(expected[worst] - actual[worst])) worst = i;
        Assert.True(Math.Abs(expected[worst] - actual[worst]) <= tolerance,
            $"Largest difference at {worst}: expected {expected[worst]:R}, found {actual[worst]:R}.");
        Assert.DoesNotContain(actual, float.IsNaN);
    }

    private static int[] Unpack(JsonElement runs)
        => [.. runs.EnumerateArray().SelectMany(run => Enumerable.Repeat(run[0].GetInt32(), run[1].GetInt32()))];

    private static (int First, int Second) Pair(JsonElement element, string name)
        => (element.GetProperty(name)[0].GetInt32(), element.GetProperty(name)[1].GetInt32());

    private static int Int(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private static JsonElement ReadJson(string file)
        => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, file))).RootElement;
}
