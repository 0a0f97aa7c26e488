using System.Buffers;

namespace Molmo.Demo.Lab.Training;

/// <summary>A training as a JSON file describes it. Paths are relative to that file.</summary>
/// <param name="Model">Folder with <c>config.json</c>, <c>preprocessor_config.json</c> and the tokenizer.</param>
/// <param name="Output">Folder that the run is kept in; the checkpoint comes below it, in <c>checkpoint</c>.</param>
/// <param name="Stages">One after the other, each with a schedule of its own.</param>
internal sealed record TrainingConfig(string Model, string Output, IReadOnlyList<TrainingStage> Stages)
{
    /// <summary>Folder of a checkpoint whose weights are trained on; null for random ones.</summary>
    public string? From { get; init; }

    /// <summary>
    /// Of the first weights, of dropout, and of what is drawn from the parts. A part's own pictures have the seed of
    /// the part alone: two trainings with the same part and seed see the same ones.
    /// </summary>
    public long Seed { get; init; }

    /// <summary>Seconds between two states on disk; what a run that is cut loses at most.</summary>
    public double SaveSeconds { get; init; } = 50;

    /// <exception cref="CommandException">The file is missing, or something in it cannot be.</exception>
    public static TrainingConfig Load(string path)
    {
        if (!File.Exists(path)) throw new CommandException($"There is no file {path}.");
        try
        {
            var config = JsonSerializer.Deserialize<TrainingConfig>(File.ReadAllText(path), StrictJson.Options)
                ?? throw new JsonException("it is null");
            var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            foreach (var stage in config.Stages) stage.Check();
            if (config.Stages.Count == 0) throw new FormatException("there is no stage");
            if (config.Stages.DistinctBy(stage => stage.Name).Count() < config.Stages.Count)
                throw new FormatException("two stages have the same name");
            if (!(config.SaveSeconds >= 0)) throw new FormatException("saveSeconds is below zero");
            return config with
            {
                Model = Path.Combine(folder, config.Model),
                Output = Path.Combine(folder, config.Output),
                From = config.From is { } from ? Path.Combine(folder, from) : null,
                Stages = [.. config.Stages.Select(stage => stage.Below(folder))],
            };
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new CommandException($"The file {path} does not describe a training: {e.Message}", e);
        }
    }
}

/// <summary>A part of a training with a schedule and a mixture of its own.</summary>
/// <param name="Name">For people, and the curves.</param>
/// <param name="Steps">Updates of the weights.</param>
/// <param name="Data">What is learned from.</param>
internal sealed record TrainingStage(string Name, long Steps, IReadOnlyList<DataPart> Data)
{
    /// <summary>Sequences of an update.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>Sequences that go through the network at once; gradients are summed over all of a batch.</summary>
    public int MicroBatchSize { get; init; } = 16;

    /// <summary>Positions of a sequence; annotations that do not fit are left out.</summary>
    public int Length { get; init; } = 2304;

    public ComponentRates Vision { get; init; } = new(6e-6, 2000);

    public ComponentRates Connector { get; init; } = new(2e-4, 200);

    public ComponentRates Language { get; init; } = new(2e-5, 2000);

    /// <summary>Share of the peak rate at the end of the cosine.</summary>
    public double FinalRate { get; init; } = 0.1;

    /// <summary>Dropout of the language model's residuals, 0 to 1.</summary>
    public double Dropout { get; init; }

    /// <summary>Whether answers alone are dropped from; else all positions.</summary>
    public bool TextOnlyDropout { get; init; }

    /// <summary>Weight of the squared log of the softmax's normaliser.</summary>
    public double ZLoss { get; init; } = 1e-4;

    /// <summary>Weight of the loss on answers; 0 leaves the language model out.</summary>
    public double AnswerWeight { get; init; } = 1;

    /// <summary>
    /// Weight of a place's tenths of a percent, beside 1 of other tokens, where the tokenizer has tokens for them. The
    /// eye cannot tell a tenth of a percent: most of the answers' loss is what nobody can learn.
    /// </summary>
    public double TenthWeight { get; init; } = 1;

    /// <summary>Weight of the loss on what each patch shows; 0 for none.</summary>
    public double PatchWeight { get; init; }

    /// <summary>Weight of the loss on what each of the connector's tokens shows, and where; 0 for none.</summary>
    public double WindowWeight { get; init; }

    /// <summary>Greatest norm of a component's gradient.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>
    /// Whether captions are asked for in words and without transcripts, as in fine-tuning; else by their style and a
    /// hint at their length, with one transcript, as in pre-training.
    /// </summary>
    public bool AsksForCaptions { get; init; }

    /// <summary>Share of captions whose length is hinted at.</summary>
    public double LengthHints { get; init; } = 0.9;

    /// <summary>Annotations of a picture at most, drawn at random where it has more; null for all.</summary>
    public int? MaxAnnotations { get; init; }

    // A name stands in a CSV and in an SVG.
    private static readonly SearchValues<char> NotInNames = SearchValues.Create(",<>&\"\r\n");

    internal void Check()
    {
        if (Steps < 1 || BatchSize < 1 || MicroBatchSize < 1 || Length < 1)
            throw new FormatException($"stage {Name}: steps, batchSize, microBatchSize and length are at least 1");
        if (BatchSize % MicroBatchSize != 0)
            throw new FormatException($"stage {Name}: microBatchSize must divide batchSize");
        if (Dropout is < 0 or >= 1) throw new FormatException($"stage {Name}: dropout is from 0 to below 1");
        (string Name, double Value)[] atLeastZero =
        [
            ("tenthWeight", TenthWeight), ("answerWeight", AnswerWeight), ("patchWeight", PatchWeight),
            ("windowWeight", WindowWeight), ("zLoss", ZLoss), ("clipNorm", ClipNorm), ("finalRate", FinalRate),
            ("peak of vision", Vision.Peak), ("peak of connector", Connector.Peak), ("peak of language", Language.Peak),
            ("warmUp of vision", Vision.WarmUp), ("warmUp of connector", Connector.WarmUp),
            ("warmUp of language", Language.WarmUp),
        ];
        foreach (var (name, value) in atLeastZero)
            if (!(value >= 0)) throw new FormatException($"stage {Name}: {name} is below zero");
        if (LengthHints is not (>= 0 and <= 1)) throw new FormatException($"stage {Name}: lengthHints is from 0 to 1");
        if (MaxAnnotations < 1) throw new FormatException($"stage {Name}: maxAnnotations is at least 1");
        if (Name.AsSpan().ContainsAny(NotInNames))
            throw new FormatException($"stage {Name}: a name has no commas, quotes, & and angle brackets");
        if (AnswerWeight == 0 && PatchWeight == 0 && WindowWeight == 0)
            throw new FormatException($"stage {Name}: nothing is learned");
        if (Data.Count == 0) throw new FormatException($"stage {Name}: there is no data");
        foreach (var part in Data)
        {
            if (part.Rate < 0 || part.Size < 0)
                throw new FormatException($"stage {Name}: a rate or a size of {part.Name} is below zero");
            if (part.LeaveOut is < 0 or 1)
                throw new FormatException($"stage {Name}: leaveOut of {part.Name} is 0 or a number from 2");
            if (part is { LeaveOut: > 0, Folder: null })
                throw new FormatException($"stage {Name}: leaveOut is for photographs; {part.Name} is drawn");
        }
    }

    internal TrainingStage Below(string folder) => this with
    {
        Data = [.. Data.Select(part => part.Folder is null
            ? part
            : part with { Folder = Path.Combine(folder, part.Folder) })],
    };
}

/// <summary>Learning rate of a component.</summary>
/// <param name="Peak">After the warm-up.</param>
/// <param name="WarmUp">Steps from zero to the peak.</param>
internal sealed record ComponentRates(double Peak, long WarmUp);

/// <summary>One data set of a mixture: of a generator, or of a folder.</summary>
/// <param name="Name">A generator, or any name for a folder.</param>
internal sealed record DataPart(string Name)
{
    /// <summary>Folder of examples, or of photographs with <c>truth.json</c>; null for a generator.</summary>
    public string? Folder { get; init; }

    /// <summary>Whether the training goes on without it where the folder is missing.</summary>
    public bool Optional { get; init; }

    /// <summary>Data sets of a group share its rate by the square roots of their sizes.</summary>
    public string Group { get; init; } = "all";

    /// <summary>The group's share; the same, or 0, for all of a group. Shares are scaled to sum to one.</summary>
    public double Rate { get; init; } = 1;

    /// <summary>Counted as so many examples; 0 for as many as it has.</summary>
    public long Size { get; init; }

    /// <summary>Of its pictures, or of how its photographs are turned and lit. Evaluation draws with others.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// 8 leaves out every eighth photograph, which <c>lab evaluate --every 8</c> asks about; 0 leaves out none.
    /// </summary>
    public int LeaveOut { get; init; }
}
