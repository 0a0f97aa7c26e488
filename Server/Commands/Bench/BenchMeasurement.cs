using System.Diagnostics;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Server.Engines;

namespace Molmo.Demo.Server.Commands.Bench;

/// <summary>Asks a model and takes the times.</summary>
internal sealed class BenchMeasurement(LoadedModel model, CancellationToken cancellationToken)
{
    /// <summary>Tokens of an answer about a picture.</summary>
    public const int AnswerTokens = 64;

    /// <summary>Answers that are decoded together, and tokens of each.</summary>
    public const int BatchAnswers = 8, BatchTokens = 32;

    /// <summary>What the first run's questions are.</summary>
    public BenchImage Describe(string? file, RgbImage image)
    {
        var inputs = model.Preprocessor.Process(image, ct: cancellationToken);
        return new BenchImage(
            file, image.Width, image.Height, inputs.CropCount, Build(BenchQuestions.First(0), inputs).TokenIds.Length,
            AnswerTokens, Build(BenchQuestions.Text(0, 0), null).TokenIds.Length, BatchAnswers, BatchTokens);
    }

    /// <summary>One run.</summary>
    /// <param name="run">Its number, from 0.</param>
    /// <param name="picture">Of all runs; each has its own form of it.</param>
    /// <param name="decodeMs">What decoding it took.</param>
    public async Task<BenchRun> RunAsync(int run, RgbImage picture, double decodeMs)
    {
        var image = BenchQuestions.Vary(picture, run);
        var (preprocessMs, inputs) = Process(image);
        var prompt = Build(BenchQuestions.First(run), inputs);
        var (prefillMs, times) = await AnswerAsync(prompt, AnswerTokens);

        // From the pixels again, as the next question in a chat begins.
        var (preprocessAgainMs, sameInputs) = Process(image);
        var (secondMs, _) = await AnswerAsync(Build(BenchQuestions.Second(run), sameInputs), 1);

        var question = model.Prompts.Encode([], BenchQuestions.First(run)).Question;
        var (textMs, _) = await AnswerAsync(BenchQuestions.WithoutImage(prompt, question, run), 1);

        var (_, alone) = await AnswerAsync(Build(BenchQuestions.Text(run, BatchAnswers), null), BatchTokens);
        var aloneRate = BenchRates.Alone(alone);
        var together = await TogetherAsync(run);
        var encodeMs = Math.Max(0, prefillMs - textMs);
        return new BenchRun(
            decodeMs, preprocessMs, prefillMs, textMs, encodeMs, encodeMs / inputs.CropCount, preprocessMs + prefillMs,
            preprocessAgainMs + secondMs, prompt.TokenIds.Length * 1000 / textMs, BenchRates.Alone(times), aloneRate,
            together, aloneRate > 0 ? together / aloneRate : 0);
    }

    private Prompt Build(string question, ImageInputs? inputs) => model.Prompts.Build([], question, inputs);

    private (double Ms, ImageInputs Inputs) Process(RgbImage image)
    {
        var watch = Stopwatch.StartNew();
        var inputs = model.Preprocessor.Process(image, ct: cancellationToken);
        return (watch.Elapsed.TotalMilliseconds, inputs);
    }

    private async Task<double> TogetherAsync(int run)
    {
        // Each prompt by itself before: in pieces beside answers, those of a large model would outlast the answers.
        for (var i = 0; i < BatchAnswers; i++) await AnswerAsync(Build(BenchQuestions.Text(run, i), null), 1);
        var start = Stopwatch.GetTimestamp();
        var answers = Enumerable.Range(0, BatchAnswers).Select(
            i => Task.Run(() => TimesAsync(Build(BenchQuestions.Text(run, i), null), BatchTokens, start)));
        return BenchRates.Together(await Task.WhenAll(answers));
    }

    private async Task<(double FirstTokenMs, List<TimeSpan> Times)> AnswerAsync(Prompt prompt, int tokens)
    {
        var times = await TimesAsync(prompt, tokens, Stopwatch.GetTimestamp());
        return (times[0].TotalMilliseconds, times);
    }

    /// <summary>When each token comes. A fixed number of them, whatever the model says.</summary>
    private async Task<List<TimeSpan>> TimesAsync(Prompt prompt, int tokens, long start)
    {
        var times = new List<TimeSpan>(tokens);
        await foreach (var update in model.Engine.GenerateAsync(
            new GenerationRequest(prompt, SamplingOptions.Greedy, [], tokens), cancellationToken))
            if (update.TokenId is not null) times.Add(Stopwatch.GetElapsedTime(start));
        return times;
    }
}
