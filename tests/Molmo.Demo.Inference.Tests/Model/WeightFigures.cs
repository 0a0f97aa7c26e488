using System.Diagnostics;
using System.Text.Json.Nodes;
using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Lab.Synthesis;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Tests.Model;

/// <summary>
/// Measures the figures of the tables on weights of docs/models.md and writes them to
/// <c>artifacts/weight-figures.md</c>. Takes minutes and 4 GB, so it runs only where <c>MOLMO_FIGURES</c> is set: to 1,
/// or to the name of one of the parts below.
/// </summary>
public sealed unsafe class WeightFigures
{
    private static readonly WeightPrecision[] Narrow =
        [WeightPrecision.BFloat16, WeightPrecision.Int8, WeightPrecision.Int4];

    /// <summary>Draws of Student's distribution, of which weights take any.</summary>
    private static readonly float[] Draws =
        [.. Enumerable.Repeat(new Random(3), 1 << 16).Select(random => (float)Student(random))];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Tables_OnRequest_AreMeasuredAndWritten()
    {
        var wanted = Environment.GetEnvironmentVariable("MOLMO_FIGURES");
        Assert.SkipUnless(wanted is { Length: > 0 }, "Takes minutes; set MOLMO_FIGURES=1 to run it.");
        var text = new StringBuilder();
        var file = Path.Combine(TestData.Repository, "artifacts", "weight-figures.md");
        foreach (var part in (Action<StringBuilder>[])[Packing, Layers, FullWidth, Golden])
        {
            if (wanted != "1" && wanted != part.Method.Name) continue;
            part(text);
            File.WriteAllText(file, text.ToString());
        }

        Assert.True(text.Length > 0, $"There is no part {wanted}.");
    }

    /// <summary>Tiny random checkpoints along the continuations of the reference.</summary>
    private static void Golden(StringBuilder text)
    {
        text.AppendLine("Golden checkpoints").AppendLine();
        foreach (var precision in Narrow)
        {
            foreach (var name in GoldenModelSet.Names())
            {
                var set = new GoldenModelSet(name);
                using var exact = set.Load(512);
                using var narrow = set.Load(512, precision: precision);
                var comparison = new LogitComparison();
                foreach (var item in set.CaseNames().Select(set.Case))
                    WeightPrecisionTests.Compare(exact, narrow, item, comparison);
                text.AppendLine(CultureInfo.InvariantCulture, $"| {precision.Name()} | {name} | {comparison} |");
            }
        }

        text.AppendLine().AppendLine("Golden checkpoints with pictures, a part in int8").AppendLine();
        foreach (var name in GoldenModelSet.Names())
        {
            var set = new GoldenModelSet(name);
            var cases = set.CaseNames().Select(set.Case).Where(item => item.Prompt.Image is not null).ToArray();
            if (cases.Length == 0) continue;
            using var exact = set.Load(512);
            foreach (var (what, weights, vision) in ((string, WeightPrecision, VisionPrecision)[])[
                ("encoder", WeightPrecision.Float32, VisionPrecision.Int8),
                ("language model", WeightPrecision.Int8, VisionPrecision.Exact),
                ("both", WeightPrecision.Int8, VisionPrecision.Int8)])
            {
                using var narrow = set.Load(512, precision: weights, vision: vision);
                var comparison = new LogitComparison();
                foreach (var item in cases) WeightPrecisionTests.Compare(exact, narrow, item, comparison);
                text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {what} | {comparison} |");
            }
        }

        text.AppendLine().AppendLine("Golden checkpoints, features of the picture encoder").AppendLine();
        foreach (var vision in (WeightPrecision[])[WeightPrecision.BFloat16, WeightPrecision.Int8])
        {
            foreach (var set in GoldenModelSet.Names().Select(name => new GoldenModelSet(name)))
            {
                var expected = WeightPrecisionTests.Features(set, WeightPrecision.Float32, VisionPrecision.Auto);
                if (expected.Count == 0) continue;
                var choice = vision == WeightPrecision.Int8 ? VisionPrecision.Int8 : VisionPrecision.Auto;
                var found = WeightPrecisionTests.Features(set, vision, choice);
                text.AppendLine(CultureInfo.InvariantCulture,
                    $"| {vision.Name()} | {WeightPrecisionTests.FeatureError(expected, found):p2} |");
            }
        }
    }

    /// <summary>
    /// Molmo-7B-D's widths, with one layer, a vocabulary of 16,384 and two layers of vision, and weights spread as
    /// trained ones are: Student's distribution with five degrees of freedom, each input's column with a scale of its
    /// own.
    /// </summary>
    private static void FullWidth(StringBuilder text)
    {
        using var folder = new TemporaryFolder();
        var published = PublishedModel.All.First(model => model.Name == "Molmo-7B-D-0924").WithLayers(1);
        var config = JsonNode.Parse(published.Config)!.AsObject();
        (config["vocab_size"], config["embedding_size"]) = (16_000, 16_384);
        config["vit_layers"] = new JsonArray(-1, -2);
        config["vision_backbone"] = JsonNode.Parse("""{"image_num_layers": 2}""");
        new SyntheticCheckpoint(published with { Config = config.ToJsonString(), EndOfText = 300 }, TrainedLike)
            .Write(folder.Path, null, Token);
        var checkpoint = Checkpoint.Open(folder.Path);
        text.AppendLine().AppendLine("Full width, one layer, 64 contexts").AppendLine();

        using var exact = ManagedModelRunner.Load(checkpoint, new RunnerSettings(512, 2), null, Token);
        var expected = Logits(exact);
        foreach (var precision in Narrow)
        {
            using var narrow = ManagedModelRunner.Load(checkpoint, new RunnerSettings(512, 2, precision), null, Token);
            text.AppendLine(
                CultureInfo.InvariantCulture, $"| {precision.Name()} | {Compare(expected, Logits(narrow))} |");
        }

        text.AppendLine().AppendLine("Full width, the picture encoder alone in int8, 16 pictures").AppendLine();
        var settings = new RunnerSettings(512, 2, Vision: VisionPrecision.Int8);
        using var narrowVision = ManagedModelRunner.Load(checkpoint, settings, null, Token);
        var vision = ModelConfig.Load(folder.Path).Vision;
        text.AppendLine(CultureInfo.InvariantCulture,
            $"| {Compare(PictureLogits(exact, vision), PictureLogits(narrowVision, vision))} |");
        FullWidthPictures(folder.Path, text);
    }

    private static LogitComparison Compare(List<float[]> expected, List<float[]> found)
    {
        var comparison = new LogitComparison();
        foreach (var (left, right) in expected.Zip(found))
        {
            var best = RunnerDriver.Likeliest(left);
            comparison.Add(left, right, best, left[best] - left.Where((_, i) => i != best).Max());
        }

        return comparison;
    }

    /// <summary>After pictures of one crop with a few words behind.</summary>
    private static List<float[]> PictureLogits(ManagedModelRunner runner, VisionConfig vision)
    {
        var random = new Random(7);
        var driver = new RunnerDriver(runner);
        var logits = new List<float[]>();
        for (var picture = 0; picture < 16; picture++)
        {
            var patches = new float[vision.PatchCount * vision.PatchLength];
            foreach (ref var patch in patches.AsSpan()) patch = (float)Normal(random);
            var image = new ImageInputs
            {
                SourceWidth = 336,
                SourceHeight = 336,
                Tiling = new Tiling(1, 1),
                CropCount = 1,
                PatchCount = vision.PatchCount,
                PatchSize = vision.PatchLength,
                TokensPerCrop = vision.TokensPerCrop,
                Patches = patches,
                Masks = [.. Enumerable.Repeat(1f, vision.PatchCount)],
                ImageTokenPositions = [.. Enumerable.Range(1, vision.TokensPerCrop)],
                ImageTokenIds = [.. Enumerable.Repeat(1, vision.TokensPerCrop)],
            };
            int[] words = [.. Enumerable.Range(0, 24).Select(_ => random.Next(16_000))];
            var sequence = driver.Begin(new([300, .. image.ImageTokenIds, .. words], image));
            logits.Add(driver.Forward(sequence));
            driver.End(sequence);
        }

        return logits;
    }

    /// <summary>The picture encoder of that checkpoint: error of its features, relative, over two crops.</summary>
    private static void FullWidthPictures(string folder, StringBuilder text)
    {
        var config = ModelConfig.Load(folder);
        var vision = config.Vision;
        const int crops = 2;
        var random = new Random(11);
        var patches = new float[crops * vision.PatchCount * vision.PatchLength];
        foreach (ref var patch in patches.AsSpan()) patch = (float)Normal(random);
        var masks = Enumerable.Repeat(1f, crops * vision.PatchCount).ToArray();
        int[] windows = [.. Enumerable.Range(0, crops * vision.TokensPerCrop)];
        var expected = Encode(WeightPrecision.Float32);
        text.AppendLine().AppendLine("Full width, features of the picture encoder").AppendLine();
        foreach (var precision in (WeightPrecision[])[WeightPrecision.BFloat16, WeightPrecision.Int8])
        {
            var error = WeightPrecisionTests.FeatureError(expected, Encode(precision));
            text.AppendLine(CultureInfo.InvariantCulture, $"| {precision.Name()} | {error:p2} |");
        }

        List<float> Encode(WeightPrecision precision)
        {
            using var team = new ThreadTeam(2);
            using var store = WeightStore.Open(folder);
            var loader = new ConvertingLoader(store, precision, 2, null, Token);
            var scope = store.Root.Scope("model.vision_backbone");
            using var transformer = new VisionTransformer(vision, scope.Scope("image_vit"), loader, team);
            using var connector = new Connector(config, scope, loader, team);
            using var output = new Tensor(0, config.HiddenSize);
            fixed (float* start = patches) transformer.Forward(start, crops, windows, Token);
            connector.Forward(transformer.Features, masks, windows, output);
            return [.. output.Span];
        }
    }

    private static List<float[]> Logits(ManagedModelRunner runner)
    {
        var random = new Random(5);
        var driver = new RunnerDriver(runner);
        var logits = new List<float[]>();
        for (var context = 0; context < 64; context++)
        {
            var sequence = driver.Begin(new([.. Enumerable.Range(0, 24).Select(_ => random.Next(16_000))], null));
            logits.Add(driver.Forward(sequence));
            driver.End(sequence);
        }

        return logits;
    }

    /// <summary>Values by tensor and place, so that parts written one by one fit together.</summary>
    private static void TrainedLike(WeightSpec spec, long start, Span<float> destination)
    {
        var columns = (int)spec.Dimensions[^1];
        if (spec.Dimensions.Length == 1 || spec.Name.Contains("embedding", StringComparison.Ordinal))
        {
            new RandomWeights(1).Fill(spec, start, destination);
            return;
        }

        var seed = spec.Name.Aggregate(17, (hash, character) => unchecked((hash * 31) + character));
        var columnRandom = new Random(seed);
        var scales = new float[columns];
        // The root mean square of the draws times that of the scales, e^0.09, comes to one over the root of the inputs.
        foreach (ref var scale in scales.AsSpan())
            scale = (float)(Math.Exp((0.3 * Normal(columnRandom)) - 0.09) / Math.Sqrt(columns * 5 / 3.0));
        var places = new ushort[destination.Length];
        new Random(unchecked(seed + (int)(start >> 20))).NextBytes(MemoryMarshal.AsBytes(places.AsSpan()));
        for (var i = 0; i < destination.Length; i++)
            destination[i] = Draws[places[i]] * scales[(int)((start + i) % columns)];
    }

    /// <summary>
    /// Root mean square error of a product at the width of Molmo-7B-D, by how the weights are spread.
    /// </summary>
    private static void Layers(StringBuilder text)
    {
        const int rows = 16, inputs = 3584, outputs = 1024;
        text.AppendLine().AppendLine("A layer of 3,584 inputs: error of the output, relative").AppendLine();
        var random = new Random(1);
        using var x = new Tensor(rows, inputs);
        foreach (ref var value in x.Span) value = (float)Normal(random);
        using var y = new Tensor(rows, outputs);
        using var team = new ThreadTeam(2);
        var expected = new float[rows * outputs];
        foreach (var (name, draw) in ((string, Func<double>)[])[
            ("normal", () => Normal(random)), ("Student, 5 degrees", () => Student(random)),
            ("even", () => (2 * random.NextDouble()) - 1)])
        {
            var weights = new float[outputs * inputs];
            foreach (ref var weight in weights.AsSpan()) weight = (float)(0.02 * draw());
            MatMul.Reference(x.Span, weights, [], inputs, expected);
            foreach (var precision in Narrow)
            {
                using var packed = KernelData.Pack(weights, [], inputs, precision);
                MatMul.Forward(x, packed, y, team);
                var (error, size) = (0.0, 0.0);
                for (var i = 0; i < expected.Length; i++)
                {
                    error += Math.Pow(expected[i] - y.Span[i], 2);
                    size += Math.Pow(expected[i], 2);
                }

                text.AppendLine(
                    CultureInfo.InvariantCulture, $"| {name} | {precision.Name()} | {Math.Sqrt(error / size):p2} |");
            }
        }
    }

    /// <summary>Time to bring weights into their form, on one thread: the plain form and the vectors.</summary>
    private static void Packing(StringBuilder text)
    {
        const int inputs = 256, rounds = 500;
        text.AppendLine().AppendLine("Packing, nanoseconds a weight, one thread: plain, vectors").AppendLine();
        var weights = KernelData.Floats(PackedMatrix.PanelWidth * inputs, 9, 0.02f);
        foreach (var precision in Enum.GetValues<WeightPrecision>())
        {
            using var matrix = new PackedMatrix(PackedMatrix.PanelWidth, inputs, hasBias: false, precision);
            var plain = Best(() =>
            {
                for (var output = 0; output < PackedMatrix.PanelWidth; output++)
                    matrix.SetRow(output, 0, weights.AsSpan(output * inputs, inputs));
            });
            var vector = Best(() => matrix.SetRows(0, PackedMatrix.PanelWidth, 0, weights));
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {precision.Name()} | {plain / weights.Length:f2} | {vector / weights.Length:f2} |");
        }

        static double Best(Action pack)
        {
            var best = double.MaxValue;
            for (var i = 0; i < rounds; i++)
            {
                var watch = Stopwatch.StartNew();
                pack();
                best = Math.Min(best, watch.Elapsed.TotalNanoseconds);
            }

            return best;
        }
    }

    private static double Normal(Random random)
        => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static double Student(Random random)
        => Normal(random) / Math.Sqrt(Enumerable.Range(0, 5).Sum(_ => Math.Pow(Normal(random), 2)) / 5);
}
