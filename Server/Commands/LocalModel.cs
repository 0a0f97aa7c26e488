using System.Diagnostics;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Server.Hosting;

namespace Molmo.Demo.Server.Commands;

/// <summary>The model in this process, for commands: no server, no data folder.</summary>
internal sealed class LocalModel : IAsyncDisposable
{
    private LocalModel(LoadedModel model, MolmoOptions options, double loadMs)
    {
        Model = model;
        Options = options;
        LoadMs = loadMs;
    }

    public LoadedModel Model { get; }

    public MolmoOptions Options { get; }

    /// <summary>Milliseconds that opening and loading took.</summary>
    public double LoadMs { get; }

    /// <param name="options">Which model, and how and where it is kept.</param>
    /// <param name="notes">Takes what the person should know of the loading.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    /// <exception cref="StartupException">It is missing or broken.</exception>
    public static async Task<LocalModel> OpenAsync(MolmoOptions options, TextWriter notes, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var loading = ModelLoading.For(options);
        var checkpoint = await ModelSource.FindOrFetchAsync(options, progress: null, cancellationToken);
        var model = await Task.Run(() => ModelLoader.Load(ModelLoader.Open(checkpoint, options), options, loading, progress: null, notes.WriteLine, cancellationToken), cancellationToken);
        return new LocalModel(model, options, watch.Elapsed.TotalMilliseconds);
    }

    /// <summary>Answers one question.</summary>
    /// <param name="image">The picture; null for a question without one.</param>
    /// <param name="question">The question.</param>
    /// <param name="sampling">How tokens are chosen; with a seed where the temperature is not 0.</param>
    /// <param name="prompt">How it is asked.</param>
    /// <param name="write">Takes the verbatim text as it comes.</param>
    /// <param name="cancellationToken">Ends the answer.</param>
    public async Task<LocalAnswer> AskAsync(
        RgbImage? image, string question, SamplingChoice sampling, PromptChoice prompt, Action<string>? write, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var inputs = image is null ? null : Cut(image, prompt, cancellationToken);
        var preprocessMs = watch.Elapsed.TotalMilliseconds;
        var answer = await AskAsync(inputs, question, sampling, prompt, write, cancellationToken);
        var timings = answer.Timings;
        return answer with
        {
            Timings = timings with
            {
                PreprocessMs = preprocessMs,
                FirstTokenMs = timings.FirstTokenMs + preprocessMs,
                TotalMs = timings.TotalMs + preprocessMs,
            },
        };
    }

    /// <summary>Cuts a picture into as many crops as the choice allows.</summary>
    public ImageInputs Cut(RgbImage image, PromptChoice prompt, CancellationToken cancellationToken)
        => Model.Preprocessor.Process(image, Model.CropsFor(prompt), cancellationToken);

    /// <summary>Answers one question about a picture that is already cut into crops.</summary>
    public async Task<LocalAnswer> AskAsync(
        ImageInputs? inputs, string question, SamplingChoice sampling, PromptChoice prompt, Action<string>? write, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var laidOut = Model.Prompts.Build([], PromptStyle.Apply(prompt.Style, question), inputs);
        var options = new SamplingOptions(sampling.Temperature, sampling.TopK, sampling.TopP, sampling.Seed ?? 0);
        var text = new StringBuilder();
        var tokens = 0;
        var firstTokenMs = 0.0;
        FinishReason? finish = null;
        await foreach (var update in Model.Engine.GenerateAsync(new GenerationRequest(laidOut, options, Model.EndTokenIds, sampling.MaxTokens), cancellationToken))
        {
            if (tokens == 0) firstTokenMs = watch.Elapsed.TotalMilliseconds;
            if (update.TokenId is not null) tokens++;
            text.Append(update.Text);
            write?.Invoke(update.Text);
            finish = update.Finish;
        }
        var totalMs = watch.Elapsed.TotalMilliseconds;
        var rate = tokens > 1 && totalMs > firstTokenMs ? (tokens - 1) * 1000 / (totalMs - firstTokenMs) : 0;
        return new LocalAnswer(
            text.ToString(),
            finish == FinishReason.EndToken ? EndReason.Finished : EndReason.Length,
            Model.Stamp(sampling, prompt, inputs?.CropCount),
            inputs is null ? null : new SentImage(inputs.SourceWidth, inputs.SourceHeight, inputs.CropCount, inputs.ImageTokenIds.Length),
            new TokenUsage(laidOut.TokenIds.Length, tokens),
            new GenerationTimings(QueuedMs: 0, PreprocessMs: 0, firstTokenMs, totalMs, rate),
            Model.WarnOfCrops(prompt, inputs?.CropCount));
    }

    public ValueTask DisposeAsync() => Model.DisposeAsync();
}

/// <summary>An answer with what is known of its making.</summary>
/// <param name="Text">Verbatim, markup included.</param>
/// <param name="Reason">How it ended.</param>
/// <param name="Stamp">What made it.</param>
/// <param name="Sent">What of the picture reached the model.</param>
/// <param name="Usage">Tokens in and out.</param>
/// <param name="Timings">Where the time went.</param>
/// <param name="Warning">What is to be said where the picture was cut in another way than in training.</param>
internal sealed record LocalAnswer(
    string Text, EndReason Reason, EngineStamp Stamp, SentImage? Sent, TokenUsage Usage, GenerationTimings Timings, Fact? Warning);
