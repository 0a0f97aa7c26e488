using Molmo.Demo.Inference.Torch;
using Molmo.Demo.Inference.Torch.Native;

namespace Molmo.Demo.Lab.Training;

/// <summary>The device that a training computes on.</summary>
internal static class TrainingDevice
{
    /// <param name="name"><c>cpu</c> or <c>cuda:0</c>.</param>
    /// <param name="precision">float32 or bfloat16; null for the device's usual one.</param>
    /// <param name="threads">Of a processor; 0 for all.</param>
    /// <param name="library">Folder of libtorch; null for the one that the program was built with.</param>
    /// <exception cref="CommandException">There is no such device, or libtorch is missing.</exception>
    public static TensorFormat Open(string name, string? precision, int threads, string? library)
    {
        int? gpu = name switch
        {
            "cpu" => null,
            "cuda" => 0,
            _ when name.StartsWith("cuda:", StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                => number,
            _ => throw new CommandException($"There is no device {name}; write cpu or cuda:0."),
        };
        var chosen = precision switch
        {
            null => gpu is null ? TorchPrecision.Float32 : TorchPrecision.BFloat16,
            "float32" => TorchPrecision.Float32,
            "bfloat16" => TorchPrecision.BFloat16,
            _ => throw new CommandException($"There is no precision {precision}; write float32 or bfloat16."),
        };
        try
        {
            if (gpu is null) NativeHeap.KeepFreed();
            LibTorch.Load(library);
            var device = gpu is { } index ? new TorchDevice(index) : TorchDevice.Cpu;
            var place = DevicePlace.Open(new TorchSettings(device, chosen, threads, _ => 0));
            return new TensorFormat(place.Device, TensorFormat.TypeOf(chosen));
        }
        catch (LibTorchException e)
        {
            throw new CommandException(e.Message, e);
        }
    }
}
