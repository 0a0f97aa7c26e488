using System.Diagnostics;
using System.Globalization;
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
    /// <param name="folder">The checkpoint's.</param>
    /// <param name="options">Where it was set, for the refusal.</param>
    /// <exception cref="StartupException">It is broken; the message names the file and the rule.</exception>
    public static Checkpoint Open(string folder, MolmoOptions options)
    {
        try
        {
            return Checkpoint.Open(folder);
        }
        catch (Exception e) when (IsBroken(e))
        {
            throw Broken(folder, options, e);
        }
    }

    /// <summary>Loads the weights, from a packed file where there is one, and starts the engine.</summary>
    /// <param name="checkpoint">Opened and checked.</param>
    /// <param name="options">Precision, memory and threads.</param>
    /// <param name="progress">Share of the weights converted, 0 to 1.</param>
    /// <param name="note">Takes a sentence about each packed file that is there and cannot be used.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    /// <param name="memory">Memory shared with another checkpoint, of which this one takes its part; null where it is alone.</param>
    /// <exception cref="StartupException">The weights cannot be read, or do not fit into memory.</exception>
    public static LoadedModel Load(
        Checkpoint checkpoint, MolmoOptions options, IProgress<double>? progress, Action<string>? note, CancellationToken cancellationToken, ModelMemory? memory = null)
    {
        memory ??= new ModelMemory();
        // The first goes before: where both do not fit, nothing is kept back for the other.
        if (memory.FreeBytes < LeastBytes(checkpoint, options)) memory.Release();
        ManagedModelRunner runner;
        string? packedFile = null;
        try
        {
            if (LoadPacked(checkpoint, options, memory, note, cancellationToken) is { } packed)
            {
                (runner, packedFile) = packed;
            }
            else
            {
                var settings = SettingsFor(checkpoint, options, ChooseWeights(checkpoint, options, memory), memory);
                runner = ManagedModelRunner.Load(checkpoint, settings, progress, cancellationToken);
                memory.Take(BytesOf(checkpoint, settings));
            }
        }
        catch (Exception e) when (IsBroken(e) || e is OutOfMemoryException)
        {
            throw Broken(checkpoint.Folder, options, e);
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
    public static WeightPrecision ChooseWeights(Checkpoint checkpoint, MolmoOptions options) => ChooseWeights(checkpoint, options, new ModelMemory());

    /// <summary>The least memory that a checkpoint can be loaded into: its weights in the configured form, else the smallest, and one answer's keys and values.</summary>
    public static long LeastBytes(Checkpoint checkpoint, MolmoOptions options)
        => ManagedModelRunner.BytesOfWeights(checkpoint.Config, WeightBudget.Smallest(options.Weights)) + KeyValueBytes(checkpoint);

    private static WeightPrecision ChooseWeights(Checkpoint checkpoint, MolmoOptions options, ModelMemory memory) => WeightBudget.Choose(
        options.Weights, precision => ManagedModelRunner.BytesOfWeights(checkpoint.Config, precision), KeyValueBytes(checkpoint), memory.FreeBytes);

    /// <summary>Refuses a checkpoint for which there is no room beside another: the system would end both.</summary>
    /// <exception cref="StartupException">There is none.</exception>
    public static void ThrowIfTooLarge(Checkpoint checkpoint, MolmoOptions options, ModelMemory memory)
    {
        var least = LeastBytes(checkpoint, options);
        if (memory.HasRoomFor(least)) return;
        throw new StartupException(string.Create(CultureInfo.InvariantCulture,
            $"The model in {checkpoint.Folder} needs {least / 1e9:0.0} GB with its weights in {WeightBudget.Smallest(options.Weights).Name()}, and {Math.Max(0, memory.FreeBytes) / 1e9:0.0} GB of memory are left. Give a smaller one with {options.ModelSwitch}, or fewer bits to each."));
    }

    private static (ManagedModelRunner Runner, string File)? LoadPacked(
        Checkpoint checkpoint, MolmoOptions options, ModelMemory memory, Action<string>? note, CancellationToken cancellationToken)
    {
        var freeBytes = memory.FreeBytes;
        var packed = PackedChoice.Find(
            checkpoint, options,
            precision => WeightBudget.Fits(options.Weights, precision, ManagedModelRunner.BytesOfWeights(checkpoint.Config, precision), KeyValueBytes(checkpoint), freeBytes),
            note);
        if (packed is null) return null;
        var path = packed.Path;
        try
        {
            var settings = SettingsFor(checkpoint, options, packed.Precision, memory);
            var runner = ManagedModelRunner.Load(checkpoint, packed, settings, cancellationToken);
            memory.Take(BytesOf(checkpoint, settings));
            return (runner, path);
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

    /// <summary>Weights, keys and values.</summary>
    private static long BytesOf(Checkpoint checkpoint, RunnerSettings settings)
        => ManagedModelRunner.BytesOfWeights(checkpoint.Config, settings.Weights) + settings.KeyValueBlocks * ManagedModelRunner.BytesPerBlock(checkpoint.Config);

    private static RunnerSettings SettingsFor(Checkpoint checkpoint, MolmoOptions options, WeightPrecision precision, ModelMemory memory)
    {
        var weights = ManagedModelRunner.BytesOfWeights(checkpoint.Config, precision);
        // Nor at the price of answers at full length.
        if ((memory.FreeBytes - weights) / 4 < KeyValueBytes(checkpoint)) memory.Release();
        var blocks = KeyValueBudget.Blocks(
            options.KeyValueMegabytes, options.MaxSequences, checkpoint.Config.MaxPositions, ManagedModelRunner.PositionsPerBlock,
            ManagedModelRunner.BytesPerBlock(checkpoint.Config), memory.FreeBytes - weights);
        return new RunnerSettings(blocks, options.Threads, precision);
    }

    private static bool IsBroken(Exception e)
        => e is ModelFormatException or IOException or UnauthorizedAccessException;

    private static StartupException Broken(string folder, MolmoOptions options, Exception e)
        => new($"The model in {folder} cannot be used: {e.Message} Give another with {options.ModelSwitch}.", e);
}
