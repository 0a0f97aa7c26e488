using Molmo.Demo.Client.Localization;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Torch;
using Molmo.Demo.Inference.Torch.Native;

namespace Molmo.Demo.Server.Engines;

/// <summary>The network through libtorch: weights go from the checkpoint's files to the device.</summary>
/// <param name="options">Precision, memory and threads.</param>
/// <param name="device">Where it computes.</param>
/// <param name="library">What is loaded of libtorch.</param>
internal sealed class TorchLoading(MolmoOptions options, TorchDevice device, LibTorchInfo library) : IModelLoading
{
    public Fact Device => device.Gpu is { } number ? new GpuChosen(number) : new CpuChosen();

    public string SmallestForm => Precision.Name();

    private TorchPrecision Precision => TorchWeights.PrecisionOf(options.Weights, device);

    private double Share => device.Gpu is null ? KeyValueBudget.ProcessorShare : KeyValueBudget.GpuShare;

    public void Check() => _ = Precision;

    /// <summary>
    /// A GPU tells what is free only once the weights are there: until then nothing counts but what is kept back.
    /// </summary>
    public ModelMemory CreateMemory()
        => device.Gpu is null ? new ModelMemory() : new ModelMemory(() => long.MaxValue / 2);

    public long LeastBytes(Checkpoint checkpoint) => WeightBytes(checkpoint) + KeyValueBytes(checkpoint);

    public LoadedRunner Load(
        Checkpoint checkpoint, ModelMemory memory, IProgress<double>? progress, Action<string>? note,
        CancellationToken cancellationToken)
    {
        if (options.Packed is { } packed)
            note?.Invoke(
                $"The packed file {Path.GetFullPath(packed)} is not used: packed files are the managed engine's.");
        if (!memory.HasRoomFor(LeastBytes(checkpoint)))
            throw TooLarge(checkpoint, $"{Gigabytes(memory.FreeBytes)} of memory are free", null);
        var bytesPerBlock = BytesPerBlock(checkpoint);
        var settings = new TorchSettings(device, Precision, options.Threads, left => Blocks(checkpoint, memory, left));
        try
        {
            var runner = TorchModelRunner.Load(checkpoint, settings, progress, cancellationToken);
            memory.Take(WeightBytes(checkpoint) + runner.BlockCapacity * bytesPerBlock);
            var choice = options.Weights != WeightSetting.Auto ? "as set"
                : device.Gpu is null ? "as the processor computes best" : "as a GPU computes best";
            var name = library.Version is { } version ? $"libtorch {version}" : "libtorch";
            Fact place = runner.GpuName is { } gpu ? new GpuLibTorch(gpu, name) : new CpuLibTorch(name, runner.Threads);
            return new LoadedRunner(runner, place, name, bytesPerBlock, $"{choice}, from the checkpoint");
        }
        catch (DeviceMemoryException e)
        {
            throw TooLarge(checkpoint, e.Message.TrimEnd('.'), e);
        }
    }

    private int Blocks(Checkpoint checkpoint, ModelMemory memory, TorchMemory left)
    {
        // Nor at the price of answers at full length.
        if (Room() * Share < KeyValueBytes(checkpoint)) memory.Release();
        return KeyValueBudget.Blocks(
            options.KeyValueMegabytes, options.MaxSequences, checkpoint.Config.MaxPositions,
            TorchModelRunner.PositionsPerBlock, left.BytesPerBlock, Room(), Share);

        // What the device says, less what is kept back for another checkpoint; and not more than the account allows.
        long Room() => Math.Min(left.FreeBytes - memory.ReservedBytes, memory.FreeBytes - WeightBytes(checkpoint));
    }

    private StartupException TooLarge(Checkpoint checkpoint, string why, Exception? cause) => new(
        $"The model in {checkpoint.Folder} needs {Gigabytes(LeastBytes(checkpoint))} in {Precision.Name()} on "
        + $"{Words.Of(Device, Language.English)}, "
        + $"which are not there: {why}. Give {(Precision == TorchPrecision.Float32 ? "--weights bfloat16, " : "")}"
        + $"a smaller model with {options.ModelSwitch}, or another device with --device.", cause);

    private long WeightBytes(Checkpoint checkpoint) => TorchModelRunner.BytesOfWeights(checkpoint.Config, Precision);

    private long KeyValueBytes(Checkpoint checkpoint)
    {
        var blocks = KeyValueBudget.BlocksFor(checkpoint.Config.MaxPositions, TorchModelRunner.PositionsPerBlock);
        return blocks * BytesPerBlock(checkpoint);
    }

    private long BytesPerBlock(Checkpoint checkpoint) => TorchModelRunner.BytesPerBlock(checkpoint.Config, Precision);

    private static string Gigabytes(long bytes)
        => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, bytes) / 1e9:0.0} GB");
}
