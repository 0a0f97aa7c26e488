using System.Diagnostics;
using System.Threading.Channels;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Inference.Tokenization;
using Molmo.Demo.Inference.Torch;
using Molmo.Demo.Inference.Torch.Modules;
using Molmo.Demo.Inference.Weights;
using Molmo.Demo.Lab.Data;
using static TorchSharp.torch;

namespace Molmo.Demo.Lab.Training;

/// <summary>What came of a run.</summary>
/// <param name="Finished">Whether all stages are done.</param>
/// <param name="Losses">Of the steps that this call made, in their order.</param>
internal sealed record TrainingResult(bool Finished, IReadOnlyList<LossParts> Losses);

/// <summary>Runs a training from where its folder says it stands.</summary>
/// <param name="config">What to do.</param>
/// <param name="format">Device and number format of the computation.</param>
/// <param name="report">Takes a line for people now and then.</param>
internal sealed class Trainer(TrainingConfig config, TensorFormat format, Action<string> report)
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(10);

    // A GPU learns from more pictures than one core can draw; a processor needs the cores to learn.
    private static readonly ParallelOptions Half =
        new() { MaxDegreeOfParallelism = Math.Max(1, Environment.ProcessorCount / 2) };

    /// <param name="sources">Makes the data of a part.</param>
    /// <param name="mostSteps">Steps of this call at most; null for all there are.</param>
    /// <param name="cancellationToken">Ends the run between two steps; what is done is kept.</param>
    public TrainingResult Run(
        Func<DataPart, IExampleSource> sources, long? mostSteps, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(config.Output);
        using var alone = Lock();
        var network = ModelConfig.Load(config.Model);
        var labels = KnownLabels.Read(config.Model);
        using var model = new TrainedModel(network, labels.Count, format, Fill(network), config.Seed + 1);
        var progress = TrainingState.Read(config.Output, model.Components) ?? new TrainingProgress(0, 0, 0);
        var curves = new Curves(config.Output, [.. config.Stages.Select(stage => stage.Name)], progress);
        var losses = new List<LossParts>();
        // Its checkpoint may have been moved away since.
        if (progress.Stage >= config.Stages.Count) Save(model, progress, curves);
        while (progress.Stage < config.Stages.Count)
        {
            var stage = config.Stages[progress.Stage];
            var items = Items(stage, sources, labels);
            progress = RunStage(
                new StageRun(model, stage, items, curves, losses, mostSteps - losses.Count), progress,
                cancellationToken);
            // More than the steps there are, where the file was given fewer since.
            if (progress.Step >= stage.Steps)
            {
                progress = new TrainingProgress(progress.Stage + 1, 0, progress.Items);
                foreach (var component in model.Components) component.Forget();
            }

            Save(model, progress, curves);
            if (losses.Count >= mostSteps || cancellationToken.IsCancellationRequested) break;
        }

        return new TrainingResult(progress.Stage >= config.Stages.Count, losses);
    }

    /// <summary>Two runs in one folder would write over each other's state.</summary>
    private FileStream Lock()
    {
        var path = Path.Combine(config.Output, "lock");
        try
        {
            return new FileStream(
                path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 1,
                FileOptions.DeleteOnClose);
        }
        catch (IOException e)
        {
            throw new CommandException(
                $"Another training is at work in {config.Output}. Nothing was changed; wait for it or end it.", e);
        }
    }

    private Action<MolmoModel> Fill(ModelConfig network) => model =>
    {
        InitialWeights.Fill(model, network, config.Seed);
        if (config.From is not { } folder) return;
        using var weights = WeightStore.Open(folder);
        WeightReader.Read(model, weights, progress: null, CancellationToken.None);
    };

    private ItemMaker Items(
        TrainingStage stage, Func<DataPart, IExampleSource> sources, IReadOnlyDictionary<string, int> labels)
    {
        var tokenizerFile = Path.Combine(config.Model, "tokenizer.json");
        var tokenizer = BpeTokenizer.Load(tokenizerFile);
        var special = SpecialTokens.Find(tokenizer, tokenizerFile);
        var ends = EndTokens.Read(config.Model, tokenizer, special.Bos);
        if (ends.Count > 1)
            throw new CommandException(
                $"The folder {config.Model} ends answers with the tokens {string.Join(" and ", ends)}, but those that "
                    + $"are learned end with {special.Bos} alone. Correct eos_token_id in generation_config.json or "
                    + "eos_token in tokenizer_config.json.");
        var preprocessing = PreprocessorConfig.Load(config.Model);
        var parts = new List<(DataPart Part, IExampleSource Source)>();
        foreach (var part in stage.Data)
        {
            if (part.Optional && part.Folder is { } folder && !Directory.Exists(folder))
                report($"There is no folder {folder}: {stage.Name} goes on without {part.Name}.");
            else parts.Add((part, sources(part)));
        }

        var mixture = new Mixture(parts);
        return new ItemMaker(
            mixture, new SequencePacker(tokenizer, special, stage), new MultiCropPreprocessor(preprocessing, special),
            preprocessing, labels, config.Seed);
    }

    private TrainingProgress RunStage(StageRun run, TrainingProgress progress, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var batches = Prefetch(run, progress, stop.Token);
        var (saved, reported) = (Stopwatch.StartNew(), Stopwatch.StartNew());
        var (since, tokens) = (progress.Step, 0L);
        var averages = default(LossAverages);
        var begun = run.Losses.Count;
        while (progress.Step < run.Stage.Steps && !cancellationToken.IsCancellationRequested
            && !(run.Losses.Count - begun >= run.MostSteps))
        {
            if (!batches.TryRead(out var items))
            {
                if (!batches.WaitToReadAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult()) break;
                continue;
            }

            var (loss, norms, rates) = Step(run, items, progress);
            progress = progress with { Step = progress.Step + 1, Items = progress.Items + items.Count };
            run.Losses.Add(loss);
            averages = averages.With(loss);
            tokens += items.Sum(item => item.Sequence.Length);
            if (reported.Elapsed >= ReportEvery || progress.Step == run.Stage.Steps)
            {
                var seconds = reported.Elapsed.TotalSeconds;
                var means = averages.Means;
                var left = TimeSpan.FromSeconds(
                    seconds / (progress.Step - since) * (run.Stage.Steps - progress.Step));
                run.Curves.Add(new CurvePoint(
                    run.Stage.Name, progress.Step, means.Answers, means.Patches.Loss, means.Windows.Loss,
                    rates[0], rates[1], rates[2], norms[0], norms[1], norms[2], tokens / seconds));
                report(string.Create(CultureInfo.InvariantCulture,
                    $"{run.Stage.Name} {progress.Step:N0} of {run.Stage.Steps:N0}  answers {means.Answers:F4}  "
                    + $"{Shown("patches", means.Patches)}{Shown("windows", means.Windows)}"
                    + $"norms {norms[0]:F2} {norms[1]:F2} {norms[2]:F2}  "
                    + $"{tokens / seconds:N0} tokens/s  {left.Days * 24 + left.Hours} h {left.Minutes} min left"));
                reported.Restart();
                (since, tokens, averages) = (progress.Step, 0, default);
            }

            if (saved.Elapsed.TotalSeconds < config.SaveSeconds) continue;
            Save(run.Model, progress, run.Curves);
            saved.Restart();
        }

        stop.Cancel();
        return progress;
    }

    /// <summary>One update of the weights.</summary>
    private (LossParts Loss, double[] Norms, double[] Rates) Step(
        StageRun run, IReadOnlyList<TrainingItem> items, TrainingProgress progress)
    {
        var stage = run.Stage;
        // Dropout draws from it: a run that goes on draws what the whole run would have drawn.
        manual_seed(config.Seed + (1_000_003 * progress.Items));
        var total = items.Sum(item => item.Sequence.Weights.Sum(weight => (double)weight));
        var parts = items.Chunk(stage.MicroBatchSize).ToList();
        var sums = default(LossAverages);
        foreach (var part in parts)
        {
            using var batch = TrainingBatch.Of(part, format);
            sums = sums.With(run.Model.Accumulate(batch, stage, total, parts.Count));
        }

        double[] rates =
        [
            .. ((ComponentRates[])[stage.Vision, stage.Connector, stage.Language, stage.Vision, stage.Connector])
                .Select(rate => LearningRate.At(rate, progress.Step, stage.Steps, stage.FinalRate)),
        ];
        double[] norms = [.. run.Model.Components.Select((component, i)
            => component.Step(rates[i], progress.Step + 1, stage.ClipNorm))];
        return (sums.Means, norms, rates);
    }

    /// <summary>Makes the next batches while the network is at work.</summary>
    private static ChannelReader<IReadOnlyList<TrainingItem>> Prefetch(
        StageRun run, TrainingProgress progress, CancellationToken cancellationToken)
    {
        var channel = Channel.CreateBounded<IReadOnlyList<TrainingItem>>(2);
        _ = Task.Run(async () =>
        {
            try
            {
                for (var step = progress.Step; step < run.Stage.Steps; step++)
                {
                    var first = progress.Items + ((step - progress.Step) * run.Stage.BatchSize);
                    var items = new TrainingItem[run.Stage.BatchSize];
                    Parallel.For(0, items.Length, Half, i => items[i] = run.Items.Make(first + i));
                    await channel.Writer.WriteAsync(items, cancellationToken);
                }

                channel.Writer.Complete();
            }
            catch (Exception e)
            {
                // Of several pictures that cannot be read the first says enough.
                var first = e is AggregateException { InnerExceptions: [var one, ..] } ? one : e;
                channel.Writer.Complete(first is OperationCanceledException ? null : first);
            }
        }, CancellationToken.None);
        return channel.Reader;
    }

    /// <summary>The state last: where it says that all is done, the checkpoint is there.</summary>
    private void Save(TrainedModel model, TrainingProgress progress, Curves curves)
    {
        using (var whole = model.Whole())
            CheckpointWriter.Write(Path.Combine(config.Output, "checkpoint"), config.Model, whole);
        curves.Write();
        TrainingState.Write(config.Output, progress, model.Components);
    }

    private static string Shown(string name, ShownLoss shown) => shown == default
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{name} {shown.Loss:F3} ({shown.NamedShare:F1} % named)  ");

    /// <summary>What a stage's steps need.</summary>
    private sealed record StageRun(
        TrainedModel Model, TrainingStage Stage, ItemMaker Items, Curves Curves, List<LossParts> Losses,
        long? MostSteps);

    /// <summary>Means over batches: of answers by their tokens, of what is shown by the batch.</summary>
    private readonly record struct LossAverages(LossParts Sums, int Batches)
    {
        public LossParts Means => Sums with
        {
            Answers = Sums.Tokens > 0 ? Sums.Answers / Sums.Tokens : 0,
            Patches = Mean(Sums.Patches),
            Windows = Mean(Sums.Windows),
        };

        public LossAverages With(LossParts part) => new(
            new LossParts(
                Sums.Answers + (part.Answers * part.Tokens), Sums.Patches.Plus(part.Patches),
                Sums.Windows.Plus(part.Windows), Sums.Tokens + part.Tokens),
            Batches + 1);

        private ShownLoss Mean(ShownLoss sum) => sum with { Loss = Batches > 0 ? sum.Loss / Batches : 0 };
    }
}
