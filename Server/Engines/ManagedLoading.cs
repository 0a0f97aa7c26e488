using Molmo.Demo.Inference;
using Molmo.Demo.Inference.Model;

namespace Molmo.Demo.Server.Engines;

/// <summary>
/// The managed engine: weights come from a packed file where there is one, else they are converted from the checkpoint.
/// </summary>
/// <param name="options">Precision, memory and threads.</param>
internal sealed class ManagedLoading(MolmoOptions options) : IModelLoading
{
    public Fact Device => new CpuVectors(ManagedModelRunner.VectorBits, ManagedModelRunner.ThreadsOf(options.Threads));

    public string SmallestForm => WeightBudget.Smallest(options.Weights).Name();

    public void Check() => WeightBudget.Check(options.Weights);

    public ModelMemory CreateMemory() => new();

    public long LeastBytes(Checkpoint checkpoint)
        => WeightBytes(checkpoint, WeightBudget.Smallest(options.Weights)) + KeyValueBytes(checkpoint);

    public LoadedRunner Load(
        Checkpoint checkpoint, ModelMemory memory, IProgress<double>? progress, Action<string>? note,
        CancellationToken cancellationToken)
    {
        if (LoadPacked(checkpoint, memory, note, cancellationToken) is { } packed) return packed;
        var settings = SettingsFor(checkpoint, ChooseWeights(checkpoint, memory), memory);
        var runner = ManagedModelRunner.Load(checkpoint, settings, progress, cancellationToken);
        return Loaded(checkpoint, runner, settings, memory, packedFile: null);
    }

    /// <summary>The precision that the configuration gives a checkpoint.</summary>
    public WeightPrecision ChooseWeights(Checkpoint checkpoint, ModelMemory memory) => WeightBudget.Choose(
        options.Weights, precision => WeightBytes(checkpoint, precision), KeyValueBytes(checkpoint), memory.FreeBytes);

    private LoadedRunner? LoadPacked(
        Checkpoint checkpoint, ModelMemory memory, Action<string>? note, CancellationToken cancellationToken)
    {
        var freeBytes = memory.FreeBytes;
        var packed = PackedChoice.Find(
            checkpoint, options,
            precision => WeightBudget.Fits(
                options.Weights, precision, WeightBytes(checkpoint, precision), KeyValueBytes(checkpoint), freeBytes),
            note);
        if (packed is null) return null;
        var path = packed.Path;
        try
        {
            var settings = SettingsFor(checkpoint, packed.Precision, memory);
            var runner = ManagedModelRunner.Load(checkpoint, packed, settings, cancellationToken);
            return Loaded(checkpoint, runner, settings, memory, path);
        }
        catch (ModelFormatException e) when (e.File == path)
        {
            note?.Invoke(PackedChoice.Refusal(e));
            return null;
        }
    }

    private LoadedRunner Loaded(
        Checkpoint checkpoint, ManagedModelRunner runner, RunnerSettings settings, ModelMemory memory,
        string? packedFile)
    {
        var bytesPerBlock = ManagedModelRunner.BytesPerBlock(checkpoint.Config);
        memory.Take(WeightBytes(checkpoint, settings.Weights) + settings.KeyValueBlocks * bytesPerBlock);
        var choice = options.Weights != WeightSetting.Auto ? "as set"
            : packedFile is null ? "the most exact that fits into the free memory"
            : "for which there is a packed file that fits into the free memory";
        var source = packedFile is null ? "converted from the checkpoint" : $"mapped from the packed file {packedFile}";
        return new LoadedRunner(runner, Device, "managed", bytesPerBlock, $"{choice}, {source}", packedFile);
    }

    private long WeightBytes(Checkpoint checkpoint, WeightPrecision precision)
        => ManagedModelRunner.BytesOfWeights(checkpoint.Config, precision, options.Vision);

    /// <summary>Keys and values of an answer at full length.</summary>
    private static long KeyValueBytes(Checkpoint checkpoint)
    {
        var blocks = KeyValueBudget.BlocksFor(checkpoint.Config.MaxPositions, ManagedModelRunner.PositionsPerBlock);
        return blocks * ManagedModelRunner.BytesPerBlock(checkpoint.Config);
    }

    private RunnerSettings SettingsFor(Checkpoint checkpoint, WeightPrecision precision, ModelMemory memory)
    {
        var weights = WeightBytes(checkpoint, precision);
        // Nor at the price of answers at full length.
        if ((memory.FreeBytes - weights) * KeyValueBudget.ProcessorShare < KeyValueBytes(checkpoint)) memory.Release();
        var blocks = KeyValueBudget.Blocks(
            options.KeyValueMegabytes, options.MaxSequences, checkpoint.Config.MaxPositions,
            ManagedModelRunner.PositionsPerBlock, ManagedModelRunner.BytesPerBlock(checkpoint.Config),
            memory.FreeBytes - weights, KeyValueBudget.ProcessorShare);
        return new RunnerSettings(blocks, options.Threads, precision, options.Vision);
    }
}
