namespace Molmo.Demo.Inference.Torch.Native;

/// <summary>
/// NVIDIA's driver, asked directly: before libtorch is loaded, and for what TorchSharp does not tell.
/// Source: CUDA Driver API.
/// </summary>
public sealed unsafe class CudaDriver
{
    private static readonly Lazy<CudaDriver?> Opened = new(Open);

    private readonly delegate* unmanaged<int*, int> _deviceGetCount;
    private readonly delegate* unmanaged<int*, int, int> _deviceGet;
    private readonly delegate* unmanaged<byte*, int, int, int> _deviceGetName;
    private readonly delegate* unmanaged<nuint*, nuint*, int> _memGetInfo;

    private CudaDriver(IntPtr library, int version)
    {
        Version = version;
        _deviceGetCount = (delegate* unmanaged<int*, int>)NativeLibrary.GetExport(library, "cuDeviceGetCount");
        _deviceGet = (delegate* unmanaged<int*, int, int>)NativeLibrary.GetExport(library, "cuDeviceGet");
        _deviceGetName = (delegate* unmanaged<byte*, int, int, int>)NativeLibrary.GetExport(library, "cuDeviceGetName");
        _memGetInfo = (delegate* unmanaged<nuint*, nuint*, int>)NativeLibrary.GetExport(library, "cuMemGetInfo_v2");
    }

    /// <summary>Newest CUDA that the driver knows: 1000 times the major version and 10 times the minor one.</summary>
    public int Version { get; }

    /// <summary>The driver of this machine; null where there is none or it finds no GPU.</summary>
    public static CudaDriver? TryOpen() => Opened.Value;

    /// <summary>Checks that a GPU can be used with a libtorch.</summary>
    /// <param name="info">What is loaded.</param>
    /// <param name="gpu">Number of the GPU, from 0.</param>
    /// <returns>The driver.</returns>
    /// <exception cref="LibTorchException">There is no driver, it is too old, or there is no such GPU.</exception>
    public static CudaDriver Require(LibTorchInfo info, int gpu)
    {
        const string Kept = "The network was not started;";
        if (!info.HasCuda)
            throw new LibTorchException(
                $"libtorch of {info.Folder} has no CUDA. {Kept} build with -p:MolmoTorch=cuda, or name the folder "
                + "of one with CUDA as --libtorch, or start with --device torch-cpu.");
        var driver = TryOpen() ?? throw new LibTorchException(
            $"NVIDIA's driver (libcuda.so.1) is missing or finds no GPU. {Kept} install the driver (run a container "
            + "with --gpus all), or start with --device cpu.");
        CheckVersion(info.Folder, driver.Version);
        var count = driver.CountDevices();
        if (gpu < 0 || gpu >= count)
            throw new LibTorchException(
                $"There is no GPU {gpu}: the driver finds {count}, numbered from 0. {Kept} name one of them, such as "
                + "--device cuda:0.");
        return driver;
    }

    /// <summary>Checks a driver's version against the CUDA that a folder's libtorch needs.</summary>
    /// <exception cref="LibTorchException">The driver is too old.</exception>
    internal static void CheckVersion(string folder, int version)
    {
        var needed = LibTorchFolder.CudaVersion(folder);

        // Within a major version of CUDA any driver serves.
        if (version < 1000 * needed)
            throw new LibTorchException(
                $"NVIDIA's driver knows CUDA up to {version / 1000}.{version % 1000 / 10}, and libtorch of {folder} "
                + $"needs {needed}.0. The network was not started; update the driver, or set Molmo:LibTorch to the "
                + $"folder of a libtorch for CUDA {version / 1000}, or start with --device cpu.");
    }

    /// <summary>GPUs that the driver shows to this process; CUDA_VISIBLE_DEVICES can hide some.</summary>
    public int CountDevices()
    {
        int count;
        return _deviceGetCount(&count) == 0 ? count : 0;
    }

    /// <summary>Name of a GPU, such as <c>NVIDIA H100 80GB HBM3</c>.</summary>
    public string Name(int gpu)
    {
        int device;
        var name = stackalloc byte[256];
        return _deviceGet(&device, gpu) == 0 && _deviceGetName(name, 256, device) == 0
            ? Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name))
            : $"GPU {gpu}";
    }

    /// <summary>
    /// Memory of the GPU whose context is current on this thread: the one that libtorch used last on it.
    /// libtorch's own reserve counts as taken.
    /// </summary>
    /// <returns>Free and total bytes; null where no context is current.</returns>
    public (long Free, long Total)? Memory()
    {
        nuint free, total;
        return _memGetInfo(&free, &total) == 0 ? ((long)free, (long)total) : null;
    }

    private static CudaDriver? Open()
    {
        if (!NativeLibrary.TryLoad("libcuda.so.1", out var library)) return null;
        if (!NativeLibrary.TryGetExport(library, "cuInit", out var init)
            || !NativeLibrary.TryGetExport(library, "cuDriverGetVersion", out var getVersion)) return null;
        int version;
        return ((delegate* unmanaged<uint, int>)init)(0) == 0
            && ((delegate* unmanaged<int*, int>)getVersion)(&version) == 0
            ? new CudaDriver(library, version)
            : null;
    }
}
