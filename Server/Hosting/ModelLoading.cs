using System.Globalization;
using Molmo.Demo.Inference.Torch;
using Molmo.Demo.Inference.Torch.Native;

namespace Molmo.Demo.Server.Hosting;

/// <summary>
/// From the setting of the device to the way in which models are loaded. libtorch is loaded only where it is used.
/// </summary>
internal static class ModelLoading
{
    /// <exception cref="StartupException">
    /// There is no such device, or libtorch is missing; the message says what to do.
    /// </exception>
    public static IModelLoading For(MolmoOptions options)
    {
        var choice = DeviceChoice.Parse(options.Device);
        return choice.Kind switch
        {
            DeviceKind.Managed => new ManagedLoading(options),
            DeviceKind.TorchCpu => new TorchLoading(options, TorchDevice.Cpu, LoadLibrary(options)),
            DeviceKind.Gpu => OnGpu(options, choice.Gpu),
            _ => LibTorch.CountGpus(options.LibTorch) > 0 ? OnGpu(options, 0) : new ManagedLoading(options),
        };
    }

    private static TorchLoading OnGpu(MolmoOptions options, int number)
    {
        var library = LoadLibrary(options);
        if (!library.HasCuda)
            throw new StartupException(
                $"The libtorch in {library.Folder} computes on the processor only. Give the folder of one with CUDA with "
                + "--libtorch or Molmo__LibTorch, or start with --device torch-cpu or --device cpu.");
        var count = LibTorch.CountGpus(options.LibTorch);
        if (count == 0)
            throw new StartupException(
                "No GPU was found: there is none, or its driver is missing or too old for this libtorch. "
                + "See what nvidia-smi says, or start with --device cpu.");
        if (number >= count)
            throw new StartupException(string.Create(CultureInfo.InvariantCulture,
                $"There is no GPU {number}: this machine has {count}, numbered from 0. ")
                + "Give another, such as --device cuda:0, or start with --device cpu.");
        return new TorchLoading(options, new TorchDevice(number), library);
    }

    private static LibTorchInfo LoadLibrary(MolmoOptions options)
    {
        try
        {
            return LibTorch.Load(options.LibTorch);
        }
        catch (LibTorchException e)
        {
            throw new StartupException(e.Message, e);
        }
    }
}
