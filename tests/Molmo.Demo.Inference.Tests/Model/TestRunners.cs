using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Torch;
using Molmo.Demo.Inference.Torch.Native;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Tests.Model;

/// <summary>The runners that one suite holds to the same numbers.</summary>
/// <remarks><c>MOLMO_TORCH_DEVICE=cuda</c> runs libtorch's on a GPU.</remarks>
internal static class TestRunners
{
    public const string Managed = "managed";

    public const string Torch = "torch";

    public static readonly string[] Kinds = [Managed, Torch];

    public static TorchDevice Device { get; } =
        Environment.GetEnvironmentVariable("MOLMO_TORCH_DEVICE") == "cuda" ? new TorchDevice(0) : TorchDevice.Cpu;

    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <param name="folder">The checkpoint's.</param>
    /// <param name="blocks">Key/value blocks.</param>
    public static IModelRunner Load(string kind, string folder, int blocks)
        => kind == Torch ? LoadTorch(folder, blocks) : LoadManaged(folder, blocks);

    public static TorchModelRunner LoadTorch(
        string folder, int blocks, TorchPrecision precision = TorchPrecision.Float32)
    {
        LibTorch.Load(TestData.LibTorch);
        using var weights = WeightStore.Open(folder);
        return TorchModelRunner.Load(
            ModelConfig.Load(folder), weights, new TorchSettings(Device, precision, Threads: 2, _ => blocks), null,
            TestContext.Current.CancellationToken);
    }

    public static void SetTrace(IModelRunner runner, ForwardTrace? trace)
    {
        if (runner is TorchModelRunner torch) torch.Trace = trace;
        else ((ManagedModelRunner)runner).Trace = trace;
    }

    private static ManagedModelRunner LoadManaged(string folder, int blocks)
    {
        using var weights = WeightStore.Open(folder);
        return ManagedModelRunner.Load(ModelConfig.Load(folder), weights, new RunnerSettings(blocks, 2), null,
            TestContext.Current.CancellationToken);
    }
}
