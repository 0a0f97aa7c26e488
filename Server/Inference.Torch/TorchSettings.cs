using System.Diagnostics.CodeAnalysis;

namespace Molmo.Demo.Inference.Torch;

/// <summary>Number formats of the network on a device.</summary>
[SuppressMessage(
    "Naming", "CA1720:Identifier contains type name", Justification = "The number formats are what is named.")]
public enum TorchPrecision
{
    /// <summary>32 bits: as the reference computes.</summary>
    Float32,

    /// <summary>16 bits with the range of a float32; the default on a GPU.</summary>
    BFloat16,

    /// <summary>16 bits of IEEE half precision.</summary>
    Float16,
}

/// <summary>Where a network computes through libtorch.</summary>
/// <param name="Gpu">Number of the GPU; null for the processor.</param>
public readonly record struct TorchDevice(int? Gpu)
{
    public static TorchDevice Cpu { get; } = new(null);
}

/// <summary>What a runner may use.</summary>
/// <param name="Device">Where it computes.</param>
/// <param name="Precision">Of weights, keys and values.</param>
/// <param name="Threads">Threads of libtorch on a processor; 0 for one a core.</param>
/// <param name="Blocks">Chooses the number of key/value blocks once the weights are on the device.</param>
public sealed record TorchSettings(
    TorchDevice Device, TorchPrecision Precision, int Threads, Func<TorchMemory, int> Blocks);

/// <summary>What a device has left for keys and values.</summary>
/// <param name="FreeBytes">Free memory, less what a step and a picture need.</param>
/// <param name="BytesPerBlock">Keys and values of a block, all layers together.</param>
public readonly record struct TorchMemory(long FreeBytes, long BytesPerBlock);

/// <summary>Names of precisions.</summary>
public static class TorchPrecisions
{
    /// <summary>As settings, stamps and logs write it.</summary>
    public static string Name(this TorchPrecision precision) => precision switch
    {
        TorchPrecision.Float32 => "float32",
        TorchPrecision.BFloat16 => "bfloat16",
        TorchPrecision.Float16 => "float16",
        _ => throw new ArgumentOutOfRangeException(nameof(precision), precision, "Unknown precision."),
    };
}
