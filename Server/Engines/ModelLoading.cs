using Molmo.Demo.Inference.Torch;
using Molmo.Demo.Inference.Torch.Native;

namespace Molmo.Demo.Server.Engines;

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
        // Whoever names a folder counts on it: nothing slower takes its place without a word.
        if (choice.Kind == DeviceKind.Auto && !string.IsNullOrWhiteSpace(options.LibTorch))
            Told(() => LibTorch.Check(options.LibTorch));
        return choice.Kind switch
        {
            DeviceKind.Managed => new ManagedLoading(options),
            DeviceKind.TorchCpu =>
                new TorchLoading(options, TorchDevice.Cpu, Told(() => LibTorch.Load(options.LibTorch))),
            DeviceKind.Gpu => OnGpu(options, choice.Gpu),
            _ => LibTorch.CountGpus(options.LibTorch) > 0 ? OnGpu(options, 0) : new ManagedLoading(options),
        };
    }

    private static TorchLoading OnGpu(MolmoOptions options, int number)
        => new(options, new TorchDevice(number), Told(() =>
        {
            var library = LibTorch.Load(options.LibTorch);
            CudaDriver.Require(library, number);
            return library;
        }));

    private static LibTorchInfo Told(Func<LibTorchInfo> load)
    {
        try
        {
            return load();
        }
        catch (LibTorchException e)
        {
            throw new StartupException(e.Message, e);
        }
    }
}
