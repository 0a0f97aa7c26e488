using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Molmo.Demo.Client.Localization;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.Images;

namespace Molmo.Demo.Server.Commands;

/// <summary>The model in this process, for commands: no server, no data folder.</summary>
internal sealed class LocalModel : IAsyncDisposable
{
    private static readonly VisitorId Person = new("command");

    private LocalModel(LoadedModel model, MolmoOptions options, double loadMs)
    {
        Model = model;
        Options = options;
        LoadMs = loadMs;
    }

    public LoadedModel Model { get; }

    /// <summary>What answers, its device in words: for a report.</summary>
    public EngineStamp Stamp(PromptChoice? prompt = null) => Words.On(Model.Stamp(SamplingChoice.Greedy, prompt));

    public MolmoOptions Options { get; }

    /// <summary>Milliseconds that opening and loading took.</summary>
    public double LoadMs { get; }

    /// <param name="options">Which model, and how and where it is kept.</param>
    /// <param name="notes">Takes what the person should know of the loading.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    /// <exception cref="StartupException">It is missing or broken.</exception>
    public static async Task<LocalModel> OpenAsync(
        MolmoOptions options, TextWriter notes, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var loading = ModelLoading.For(options);
        var checkpoint = await ModelSource.FindOrFetchAsync(options, progress: null, cancellationToken);
        var knows = KnowledgeFile.Read(checkpoint, notes.WriteLine);
        var model = await Task.Run(() => ModelLoader.Load(ModelLoader.Open(checkpoint, options), options, loading,
            progress: null, notes.WriteLine, cancellationToken, knows: knows),
            cancellationToken);
        return new LocalModel(model, options, watch.Elapsed.TotalMilliseconds);
    }

    /// <summary>
    /// Answers one question as the server does: prepared, written and journalled by the same code, in memory.
    /// </summary>
    /// <param name="image">The picture; null for a question without one.</param>
    /// <param name="question">The question.</param>
    /// <param name="sampling">How tokens are chosen; with a seed where the temperature is not 0.</param>
    /// <param name="prompt">How it is asked.</param>
    /// <param name="write">Takes the events as they come.</param>
    /// <param name="cancellationToken">Ends the answer.</param>
    /// <exception cref="CommandException">There is no answer, or it broke off.</exception>
    public async Task<LocalAnswer> AskAsync(
        RgbImage? image, string question, SamplingChoice sampling, PromptChoice prompt, Action<GenerationEvent>? write,
        CancellationToken cancellationToken)
    {
        var info = image is null ? null : new ImageInfo(ImageId.New(), image.Width, image.Height, "", "");
        var asked = new Assignment(GenerationId.New(), Person, ConversationId.New(), question, info, sampling, [], 0)
        {
            Prompt = prompt,
        };
        var journal = new GenerationJournal(asked.Id, TimeProvider.System);
        // Whoever runs a command waits as long as they like.
        var patient = Options with { FirstTokenSeconds = int.MaxValue / 1000, AnswerSeconds = int.MaxValue / 1000 };
        var source = new EngineAnswers(new Asked(Model, image), patient, TimeProvider.System);
        using var job = new GenerationJob(asked, source, journal, TimeProvider.System, NullLogger.Instance);
        job.Start();
        try
        {
            var answer = new Answer();
            await foreach (var entry in journal.ReadAsync(1, cancellationToken))
            {
                answer.Apply(entry.Event);
                write?.Invoke(entry.Event);
            }
            if (answer.Failure is { } failure) throw new CommandException(Words.Of(failure.Fact));
            if (answer.Ended is { Reason: EndReason.Interrupted })
                throw new CommandException("The device was lost, and the answer with it.");
            return new LocalAnswer(journal.Text, answer);
        }
        finally
        {
            job.Stop.Request(EndReason.Stopped);
            await job.Completion;
        }
    }

    public ValueTask DisposeAsync() => Model.DisposeAsync();

    /// <summary>The model with the one picture that is asked about.</summary>
    private sealed class Asked(LoadedModel model, RgbImage? image) : IAnsweringModel, IImageAccess
    {
        public Fact? Trouble => null;

        public bool HasFailed => false;

        public ModelProgress? Progress => null;

        public Knowledge? Knows => model.Knows;

        public IReadOnlyList<CheckpointStatus>? Checkpoints => null;

        public void ThrowIfUnavailable(string checkpoint) => throw QuestionRules.UnknownCheckpoint(checkpoint);

        public ContextFit? Fit(Assignment assignment) => null;

        public Task<PreparedAnswer> PrepareAsync(Assignment assignment, CancellationToken cancellationToken)
            => new QuestionPreparation(this).PrepareAsync(model, assignment, cancellationToken);

        public Task<ImageInfo?> FindAsync(VisitorId visitor, ImageId id, CancellationToken cancellationToken)
            => Task.FromResult<ImageInfo?>(null);

        public Task<RgbImage?> LoadAsync(VisitorId visitor, ImageInfo info, CancellationToken cancellationToken)
            => Task.FromResult(image);
    }
}

/// <summary>An answer with what is known of its making.</summary>
/// <param name="Text">Verbatim, markup included.</param>
/// <param name="Told">What its events told.</param>
internal sealed record LocalAnswer(string Text, Answer Told)
{
    /// <summary>How it ended.</summary>
    public EndReason Reason => Told.Ended!.Reason;

    /// <summary>What made it.</summary>
    public EngineStamp Stamp => Told.Start!.Stamp;

    /// <summary>What of the picture reached the model.</summary>
    public SentImage? Sent => Told.Start!.Sent;

    /// <summary>Tokens in and out.</summary>
    public TokenUsage Usage => Told.Ended!.Usage;

    /// <summary>Where the time went.</summary>
    public GenerationTimings Timings => Told.Ended!.Timings;
}
