using System.Diagnostics;
using Molmo.Demo.Client.Localization;
using Molmo.Demo.Inference;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Inference.Limits;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Preprocessing;

namespace Molmo.Demo.Server.Engines;

/// <summary>From a checkpoint's folder to a model that answers at full speed.</summary>
internal static class ModelLoader
{
    private static readonly TimeSpan WarmUpLimit = TimeSpan.FromSeconds(0.5);

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

    /// <summary>Loads the weights and starts the engine.</summary>
    /// <param name="checkpoint">Opened and checked.</param>
    /// <param name="options">Where the checkpoint was set, and how many answers are written at the same time.</param>
    /// <param name="loading">How, and onto which device.</param>
    /// <param name="progress">Share of the weights loaded, 0 to 1.</param>
    /// <param name="note">Takes a sentence about what was set and is not used.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    /// <param name="memory">Memory shared with another checkpoint, of which this one takes its part; null where it is
    /// alone.</param>
    /// <param name="knows">What it says that it knows; null where it makes no such promise.</param>
    /// <exception cref="StartupException">The weights cannot be read, or do not fit into memory.</exception>
    public static LoadedModel Load(
        Checkpoint checkpoint, MolmoOptions options, IModelLoading loading, IProgress<double>? progress,
        Action<string>? note, CancellationToken cancellationToken, ModelMemory? memory = null,
        Knowledge? knows = null)
    {
        loading.Check();
        memory ??= loading.CreateMemory();
        // The first goes before: where both do not fit, nothing is kept back for the other.
        if (memory.FreeBytes < loading.LeastBytes(checkpoint)) memory.Release();
        LoadedRunner loaded;
        try
        {
            loaded = loading.Load(checkpoint, memory, progress, note, cancellationToken);
        }
        catch (Exception e) when (IsBroken(e) || e is OutOfMemoryException)
        {
            throw Broken(checkpoint.Folder, options, e);
        }
        var runner = loaded.Runner;
        return new LoadedModel
        {
            Name = checkpoint.Name,
            Revision = checkpoint.Revision,
            Precision = runner.Precision,
            PackedFile = loaded.PackedFile,
            Origin = loaded.Origin,
            Device = loaded.Device,
            Library = loaded.Library,
            Work = new ModelWork(checkpoint.Config),
            KeyValues = KeyValueRoom.Of(runner, loaded.BytesPerBlock),
            Preprocessor = new MultiCropPreprocessor(checkpoint.Preprocessor, checkpoint.Special),
            Prompts = new PromptBuilder(checkpoint.Tokenizer, checkpoint.Special),
            Engine = new InferenceEngine(
                runner, checkpoint.Tokenizer, options.MaxSequences, (long)options.PictureMegabytes << 20),
            EndTokenIds = checkpoint.EndTokenIds,
            MaxPositions = (int)Math.Min(runner.MaxPositions, (long)runner.BlockCapacity * runner.BlockSize),
            Knows = knows,
        };
    }

    /// <summary>
    /// Asks about blank pictures until the code is compiled for speed, else the first person would wait for that.
    /// Takes half a second at most, also where the model would need more for a single answer.
    /// </summary>
    /// <param name="model">Loaded.</param>
    /// <param name="cancellationToken">Ends it with the program.</param>
    /// <param name="wanted">Complete once somebody waits, whom slow code keeps waiting less than all of this does: then
    /// once is enough. Null for nobody.</param>
    public static async Task WarmUpAsync(
        LoadedModel model, CancellationToken cancellationToken, Task? wanted = null)
    {
        wanted ??= Task.Delay(Timeout.Infinite, CancellationToken.None);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(WarmUpLimit);
        var pixels = new byte[960 * 720 * 3];
        var fastest = TimeSpan.MaxValue;
        try
        {
            // Words first: within that time, a large model would not get beyond the picture.
            await WarmUpAsync(model, image: null, limit.Token);
            for (var round = 0; ; round++)
            {
                var watch = Stopwatch.StartNew();
                // A picture that was never seen: of another nothing is left to compute.
                pixels[0] = (byte)round;
                await WarmUpAsync(model, new RgbImage(960, 720, pixels), limit.Token);
                // The runtime replaces slow code in the background, a tenth of a second after it was last busy.
                if (round >= 4 && watch.Elapsed > fastest * 0.9) return;
                if (watch.Elapsed < fastest) fastest = watch.Elapsed;
                await Task.WhenAny(wanted, Task.Delay(50, limit.Token));
                if (wanted.IsCompleted) return;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
        }
        finally
        {
            model.Engine.Forget(nameof(WarmUpAsync));
        }
    }

    private static async Task WarmUpAsync(LoadedModel model, RgbImage? image, CancellationToken cancellationToken)
    {
        var inputs = image is null ? null : model.Preprocessor.Process(image, ct: cancellationToken);
        var prompt = model.Prompts.Build([], "?", inputs);
        // No end token: a fixed number of steps whatever the model says.
        var request = new GenerationRequest(prompt, SamplingOptions.Greedy, [], MaxTokens: 32)
        {
            Isolation = nameof(WarmUpAsync),
        };
        try
        {
            await foreach (var _ in model.Engine.GenerateAsync(request, cancellationToken))
                cancellationToken.ThrowIfCancellationRequested();
        }
        catch (EngineException e) when (e.Fault == EngineFault.OutOfMemory)
        {
            throw new StartupException(
                $"{Words.Of(model.Device, Language.English)} holds {model.Name} in {model.Precision} but has too "
                    + $"little memory left to answer. Give its weights fewer bits, set Molmo__KeyValueMegabytes lower, "
                    + $"or give a smaller model or another device.",
                e);
        }
    }

    /// <summary>Refuses a checkpoint for which there is no room beside another: the system would end both.</summary>
    /// <exception cref="StartupException">There is none.</exception>
    public static void ThrowIfTooLarge(
        Checkpoint checkpoint, MolmoOptions options, IModelLoading loading, ModelMemory memory)
    {
        var least = loading.LeastBytes(checkpoint);
        if (memory.HasRoomFor(least)) return;
        throw new StartupException(string.Create(CultureInfo.InvariantCulture,
            $"The model in {checkpoint.Folder} needs {least / 1e9:0.0} GB with its weights in {loading.SmallestForm}, "
                + $"and {Math.Max(0, memory.FreeBytes) / 1e9:0.0} GB of memory are left. "
                + $"Give a smaller one with {options.ModelSwitch}, or fewer bits to each."));
    }

    private static bool IsBroken(Exception e)
        => e is ModelFormatException or IOException or UnauthorizedAccessException;

    private static StartupException Broken(string folder, MolmoOptions options, Exception e)
        => new($"The model in {folder} cannot be used: {e.Message} Give another with {options.ModelSwitch}.", e);
}
