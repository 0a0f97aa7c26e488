using System.CommandLine;
using System.Diagnostics;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Server.Engines;

namespace Molmo.Demo.Server.Commands;

/// <summary><c>bench</c>: where the time of a question goes, as JSON on standard output.</summary>
internal sealed class BenchCommand : Command
{
    private const string Question = "Point to the dogs.";
    private const int AnswerTokens = 64;

    private readonly Option<string?> _image = new("--image", "-i")
    {
        Description = "The picture (PNG, JPEG, WebP, GIF or BMP). Default: a blank one of 960 x 720.",
        HelpName = "file"
    };
    private readonly Option<int> _runs =
        new("--runs") { Description = "Runs whose median is taken, 1 to 1000.", DefaultValueFactory = _ => 5 };
    private readonly Option<bool> _json =
        new("--json") { Description = "Print the JSON only; else a summary goes to standard error too." };
    private readonly EngineSettings _engine = new();

    public BenchCommand()
        : base("bench", "Measure preprocessing, encoding, first token and tokens per second.")
    {
        foreach (var option in (Option[])[_image, _runs, _json, .. _engine.All]) Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var count = arguments.GetValue(_runs);
        if (count is < 1 or > 1000) throw new CommandException("--runs is a number from 1 to 1000.");
        var path = arguments.GetValue(_image);
        var file = path is null ? null : await ImageFile.ReadAsync(path, cancellationToken);
        var image = path is null
            ? new RgbImage(960, 720, new byte[960 * 720 * 3])
            : ImageFile.Decode(path, file!, cancellationToken);

        await using var model = await LocalModel.OpenAsync(
            _engine.Read(arguments), arguments.InvocationConfiguration.Error, cancellationToken);
        var watch = Stopwatch.StartNew();
        await ModelLoader.WarmUpAsync(model.Model, cancellationToken);
        var warmUpMs = watch.Elapsed.TotalMilliseconds;

        var runs = new List<BenchRun>();
        for (var i = 0; i < count; i++)
        {
            watch.Restart();
            if (path is not null) ImageFile.Decode(path, file!, cancellationToken);
            runs.Add(await MeasureAsync(model.Model, image, watch.Elapsed.TotalMilliseconds, cancellationToken));
        }
        var inputs = model.Model.Preprocessor.Process(image, ct: cancellationToken);
        var promptTokens = model.Model.Prompts.Build([], Question, inputs).TokenIds.Length;
        var result = new BenchResult(
            BenchMachine.Here(model.Options.Threads), model.Stamp(),
            new BenchImage(path, image.Width, image.Height, inputs.CropCount, promptTokens, AnswerTokens),
            model.LoadMs, warmUpMs, BenchRun.MedianOf(runs), runs);
        await arguments.InvocationConfiguration.Output.WriteLineAsync(CommandJson.Write(result));
        if (!arguments.GetValue(_json)) await arguments.InvocationConfiguration.Error.WriteLineAsync(Summary(result));
        return 0;
    }

    private static async Task<BenchRun> MeasureAsync(
        LoadedModel model, RgbImage image, double decodeMs, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var inputs = model.Preprocessor.Process(image, ct: cancellationToken);
        var preprocessMs = watch.Elapsed.TotalMilliseconds;
        var prompt = model.Prompts.Build([], Question, inputs);
        var (prefillMs, rate) = await AnswerAsync(model, prompt, AnswerTokens, cancellationToken);
        var (textPrefillMs, _) = await AnswerAsync(model, prompt with { Image = null }, 1, cancellationToken);
        return new BenchRun(
            decodeMs, preprocessMs, prefillMs, textPrefillMs, Math.Max(0, prefillMs - textPrefillMs),
            preprocessMs + prefillMs, rate);
    }

    /// <summary>A fixed number of tokens, whatever the model says.</summary>
    private static async Task<(double FirstTokenMs, double TokensPerSecond)> AnswerAsync(
        LoadedModel model, Prompt prompt, int tokens, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        TimeSpan? first = null;
        await foreach (var _ in model.Engine.GenerateAsync(
            new GenerationRequest(prompt, SamplingOptions.Greedy, [], tokens), cancellationToken))
            first ??= watch.Elapsed;
        var decoding = watch.Elapsed - first!.Value;
        return (first.Value.TotalMilliseconds, decoding > TimeSpan.Zero ? (tokens - 1) / decoding.TotalSeconds : 0);
    }

    private static string Summary(BenchResult result) => string.Create(CultureInfo.InvariantCulture,
        $"{result.Stamp.Model} in {result.Stamp.Precision} on {result.Machine.Processor}, "
            + $"{result.Stamp.Device}: preprocess {result.Median.PreprocessMs:F1} ms, "
            + $"encode {result.Median.EncodeMs:F1} ms, first token {result.Median.FirstTokenMs:F1} ms, "
            + $"{result.Median.TokensPerSecond:F0} tokens/s (median of {result.Runs.Count}).");
}
