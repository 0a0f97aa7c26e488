using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Torch.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch;

/// <summary>A device of libtorch, ready for use.</summary>
/// <param name="Device">As tensors name it.</param>
/// <param name="Name">For people, with the library.</param>
/// <param name="Gpu">Name of the GPU; null on a processor.</param>
/// <param name="Threads">Threads of the processor.</param>
/// <param name="FreeBytes">Memory for keys and values, asked anew each time.</param>
internal sealed record DevicePlace(Device Device, string Name, string? Gpu, int Threads, Func<long> FreeBytes)
{
    /// <summary>What is left free on a GPU: a picture's crops, a long prompt, kernels' own memory.</summary>
    private const long WorkingBytes = 2L << 30;

    /// <exception cref="LibTorchException">libtorch cannot use the device.</exception>
    public static DevicePlace Open(TorchSettings settings)
    {
        var info = LibTorch.Load(null);
        var library = info.Version is { } version ? $"libtorch {version}" : "libtorch";
        var threads = settings.Threads == 0 ? Environment.ProcessorCount : settings.Threads;
        if (settings.Device.Gpu is not { } gpu)
        {
            set_num_threads(threads);
            return new DevicePlace(
                CPU, $"CPU, {library}, {threads} {(threads == 1 ? "thread" : "threads")}", null, threads,
                HostMemory.FreeBytes);
        }

        var driver = CudaDriver.Require(info, gpu);
        InitializeDeviceType(DeviceType.CUDA);
        var device = new Device(DeviceType.CUDA, gpu);
        // Makes the context that the driver is asked about.
        zeros(1, device: device).Dispose();
        return new DevicePlace(
            device, $"{driver.Name(gpu)}, {library}", driver.Name(gpu), threads,
            () => (driver.Memory()?.Free ?? 0) - WorkingBytes);
    }
}
