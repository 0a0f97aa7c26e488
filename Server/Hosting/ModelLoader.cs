using System.Diagnostics;
using Molmo.Demo.Inference;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Server.Hosting;

/// <summary>From a checkpoint's folder to a model that answers at full speed.</summary>
internal static class ModelLoader
{
    private static readonly TimeSpan WarmUpLimit = TimeSpan.FromSeconds(1);

    /// <summary>Reads and checks everything but the weights' values: a fraction of a second.</summary>
    /// <exception cref="StartupException">It is broken; the message names the file and the rule.</exception>
    public static Checkpoint Open(string folder)
    {
        try
        {
            return Checkpoint.Open(folder);
        }
        catch (Exception e) when (IsBroken(e))
        {
            throw Broken(folder, e);
        }
    }

    /// <summary>Loads the weights, from a packed file where there is one, and starts the engine.</summary>
    /// <param name="checkpoint">Opened and checked.</param>
    /// <param name="options">Precision, memory and threads.</param>
    /// <param name="progress">Share of the weights converted, 0 to 1.</param>
    /// <param name="note">Takes a sentence about each packed file that is there and cannot be used.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    /// <exception cref="StartupException">The weights cannot be read, or do not fit into memory.</exception>
    public static LoadedModel Load(
        Checkpoint checkpoint, MolmoOptions options, IProgress<double>? progress, Action<string>? note, CancellationToken cancellationToken)
    {
        ManagedModelRunner runner;
        string? packedFile = null;
        try
        {
            if (LoadPacked(checkpoint, options, note, cancellationToken) is { } packed)
            {
                (runner, packedFile) = packed;
            }
            else
            {
                var weights = ChooseWeights(checkpoint, options);
                runner = ManagedModelRunner.Load(checkpoint, SettingsFor(checkpoint, options, weights), progress, cancellationToken);
            }
        }
        catch (Exception e) when (IsBroken(e) || e is OutOfMemoryException)
        {
            throw Broken(checkpoint.Folder, e);
        }
        return new LoadedModel
        {
            Name = checkpoint.Name,
            Revision = checkpoint.Revision,
            Precision = runner.Precision,
            PackedFile = packedFile,
            Device = runner.Device,
            Preprocessor = new MultiCropPreprocessor(checkpoint.Preprocessor, checkpoint.Special),
            Prompts = new PromptBuilder(checkpoint.Tokenizer, checkpoint.Special),
            Engine = new InferenceEngine(runner, checkpoint.Tokenizer, options.MaxSequences),
            EndTokenIds = checkpoint.EndTokenIds,
            MaxPositions = (int)Math.Min(runner.MaxPositions, (long)runner.BlockCapacity * runner.BlockSize),
            IsSingleTurn = File.Exists(Path.Combine(checkpoint.Folder, "labels.json")),
        };
    }

    /// <summary>
    /// Asks about a blank picture until the code is compiled for speed, else the first person would wait for that. Takes a
    /// second at most, also where the model would need more for a single answer.
    /// </summary>
    public static async Task WarmUpAsync(LoadedModel model, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(WarmUpLimit);
        var image = new RgbImage(960, 720, new byte[960 * 720 * 3]);
        var fastest = TimeSpan.MaxValue;
        try
        {
            for (var round = 0; ; round++)
            {
                var watch = Stopwatch.StartNew();
                await WarmUpAsync(model, image, limit.Token);
                // The runtime replaces slow code in the background, a tenth of a second after it was last busy.
                if (round >= 4 && watch.Elapsed > fastest * 0.9) return;
                if (watch.Elapsed < fastest) fastest = watch.Elapsed;
                await Task.Delay(50, limit.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
        }
    }

    private static async Task WarmUpAsync(LoadedModel model, RgbImage image, CancellationToken cancellationToken)
    {
        var inputs = model.Preprocessor.Process(image, ct: cancellationToken);
        var prompt = model.Prompts.Build([], "?", inputs);
        // No end token: a fixed number of steps whatever the model says.
        var request = new GenerationRequest(prompt, SamplingOptions.Greedy, [], MaxTokens: 32);
        await foreach (var _ in model.Engine.GenerateAsync(request, cancellationToken)) cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>The precision that a configuration gives a checkpoint.</summary>
    public static WeightPrecision ChooseWeights(Checkpoint checkpoint, MolmoOptions options) => WeightBudget.Choose(
        options.Weights, precision => ManagedModelRunner.BytesOfWeights(checkpoint.Config, precision), KeyValueBytes(checkpoint), KeyValueBudget.FreeBytes());

    private static (ManagedModelRunner Runner, string File)? LoadPacked(
        Checkpoint checkpoint, MolmoOptions options, Action<string>? note, CancellationToken cancellationToken)
    {
        var freeBytes = KeyValueBudget.FreeBytes();
        var packed = PackedChoice.Find(
            checkpoint, options,
            precision => WeightBudget.Fits(options.Weights, precision, ManagedModelRunner.BytesOfWeights(checkpoint.Config, precision), KeyValueBytes(checkpoint), freeBytes),
            note);
        if (packed is null) return null;
        var path = packed.Path;
        try
        {
            return (ManagedModelRunner.Load(checkpoint, packed, SettingsFor(checkpoint, options, packed.Precision), cancellationToken), path);
        }
        catch (ModelFormatException e) when (e.File == path)
        {
            note?.Invoke(PackedChoice.Refusal(e));
            return null;
        }
    }

    /// <summary>Keys and values of an answer at full length.</summary>
    private static long KeyValueBytes(Checkpoint checkpoint)
    {
        var blocks = (checkpoint.Config.MaxPositions + ManagedModelRunner.PositionsPerBlock - 1) / ManagedModelRunner.PositionsPerBlock;
        return blocks * ManagedModelRunner.BytesPerBlock(checkpoint.Config);
    }

    private static RunnerSettings SettingsFor(Checkpoint checkpoint, MolmoOptions options, WeightPrecision precision)
    {
        var weights = ManagedModelRunner.BytesOfWeights(checkpoint.Config, precision);
        var blocks = KeyValueBudget.Blocks(
            options.KeyValueMegabytes, options.MaxSequences, checkpoint.Config.MaxPositions, ManagedModelRunner.PositionsPerBlock,
            ManagedModelRunner.BytesPerBlock(checkpoint.Config), KeyValueBudget.FreeBytes() - weights);
        return new RunnerSettings(blocks, options.Threads, precision);
    }

    private static bool IsBroken(Exception e)
        => e is ModelFormatException or IOException or UnauthorizedAccessException;

    private static StartupException Broken(string folder, Exception e)
        => new($"The model in {folder} cannot be used: {e.Message} Give another with --model or Molmo__Model.", e);
}
