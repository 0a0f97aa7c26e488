using System.Diagnostics;
using System.Text;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Server.Hosting;
using Molmo.Demo.Shared.Chat;

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

    /// <param name="folder">Checkpoint folder; null for the configured one.</param>
    /// <param name="weights">Precision; null for the configured one.</param>
    /// <param name="notes">Takes what the person should know of the loading.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    /// <exception cref="StartupException">It is missing or broken.</exception>
    public static async Task<LocalModel> OpenAsync(string? folder, string? weights, TextWriter notes, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var options = MolmoHost.ReadOptions(folder, weights);
        var checkpoint = await ModelSource.FindOrFetchAsync(options.Model, progress: null, cancellationToken);
        var model = await Task.Run(() => ModelLoader.Load(ModelLoader.Open(checkpoint), options, progress: null, notes.WriteLine, cancellationToken), cancellationToken);
        return new LocalModel(model, options, watch.Elapsed.TotalMilliseconds);
    }

    /// <summary>Answers one question.</summary>
    /// <param name="image">The picture; null for a question without one.</param>
    /// <param name="question">The question.</param>
    /// <param name="sampling">How tokens are chosen; with a seed where the temperature is not 0.</param>
    /// <param name="write">Takes the verbatim text as it comes.</param>
    /// <param name="cancellationToken">Ends the answer.</param>
    public async Task<LocalAnswer> AskAsync(
        RgbImage? image, string question, SamplingChoice sampling, Action<string>? write, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var inputs = image is null ? null : Model.Preprocessor.Process(image, ct: cancellationToken);
        var preprocessMs = watch.Elapsed.TotalMilliseconds;
        var answer = await AskAsync(inputs, question, sampling, write, cancellationToken);
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

    /// <summary>Answers one question about a picture that is already cut into crops.</summary>
    public async Task<LocalAnswer> AskAsync(
        ImageInputs? inputs, string question, SamplingChoice sampling, Action<string>? write, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var prompt = Model.Prompts.Build([], question, inputs);
        var options = new SamplingOptions(sampling.Temperature, sampling.TopK, sampling.TopP, sampling.Seed ?? 0);
        var text = new StringBuilder();
        var tokens = 0;
        var firstTokenMs = 0.0;
        FinishReason? finish = null;
        await foreach (var update in Model.Engine.GenerateAsync(new GenerationRequest(prompt, options, Model.EndTokenIds, sampling.MaxTokens), cancellationToken))
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
            Model.Stamp(sampling),
            new TokenUsage(prompt.TokenIds.Length, tokens),
            new GenerationTimings(QueuedMs: 0, PreprocessMs: 0, firstTokenMs, totalMs, rate));
    }

    public ValueTask DisposeAsync() => Model.DisposeAsync();
}

/// <summary>An answer with what is known of its making.</summary>
/// <param name="Text">Verbatim, markup included.</param>
/// <param name="Reason">How it ended.</param>
/// <param name="Stamp">What made it.</param>
/// <param name="Usage">Tokens in and out.</param>
/// <param name="Timings">Where the time went.</param>
internal sealed record LocalAnswer(string Text, EndReason Reason, EngineStamp Stamp, TokenUsage Usage, GenerationTimings Timings);
