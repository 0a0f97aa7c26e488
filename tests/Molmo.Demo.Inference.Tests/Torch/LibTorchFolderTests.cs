using Molmo.Demo.Inference.Torch.Native;

namespace Molmo.Demo.Inference.Tests.Torch;

/// <summary>Folders that do not fit, and what is said of them, without loading any.</summary>
public sealed class LibTorchFolderTests : IDisposable
{
    private const string Advice = "Nothing was loaded; set Molmo:LibTorch to the folder of a libtorch 2.10 or 2.11 "
        + "(such as torch/lib of a PyTorch), or start with --device cpu.";

    private readonly TemporaryFolder _torch = new();

    private string Lib => Path.Combine(_torch.Path, "lib");

    public void Dispose() => _torch.Dispose();

    [Fact]
    public void Check_MissingFolder_SaysSo()
        => AssertRefused($"The folder of libtorch, {Lib}, does not exist. {Advice}");

    [Fact]
    public void Check_FolderWithoutLibTorch_NamesTheFile()
    {
        Directory.CreateDirectory(Lib);

        AssertRefused($"{Lib} has no libc10.so. {Advice}");
    }

    [Theory]
    [InlineData("libtorch.so")]
    [InlineData("libc10_cuda.so")]
    public void Check_OneFileMissing_NamesIt(string name)
    {
        Fill("libcudart.so.12");
        File.Delete(Path.Combine(Lib, name));

        AssertRefused($"{Lib} has no {name}. {Advice}");
    }

    [Fact]
    public void Check_CutFile_SaysWhereItEnds()
    {
        Fill();
        var path = Path.Combine(Lib, "libtorch_cpu.so");
        var length = new FileInfo(path).Length;
        using (var file = File.OpenWrite(path)) file.SetLength(length - 1);

        AssertRefused(
            $"libtorch_cpu.so of {Lib} cannot be used: it is cut after {length - 1} of {length} bytes. {Advice}");
    }

    [Fact]
    public void Check_PackagesLibraryCut_SaysWhereItEnds()
    {
        Fill();
        var path = Path.Combine(Lib, "libtorch_cpu.so");
        File.Delete(path);
        using (var whole = File.OpenRead(Path.Combine(LibTorchTests.Package(), "libtorch_cpu.so")))
        using (var cut = File.Create(path))
        {
            var bytes = new byte[1 << 20];
            whole.ReadExactly(bytes);
            cut.Write(bytes);
        }

        AssertRefused($"libtorch_cpu.so of {Lib} cannot be used: it is cut after 1048576 of 461211480 bytes. {Advice}");
    }

    [Theory]
    [InlineData("build-version", "2.9.1+cpu\n", "2.9.1+cpu")]
    [InlineData("build-version", "2.1.0\n", "2.1.0")]
    [InlineData("version.py", "__all__ = ['debug']\n__version__ = '2.12.0+cu130'\ncuda = '13.0'\n", "2.12.0+cu130")]
    public void Check_OtherVersion_NamesIt(string file, string text, string version)
    {
        Fill();
        File.WriteAllText(_torch.File(file), text);

        AssertRefused($"{Lib} holds libtorch {version}, and this program works with 2.10 or 2.11. {Advice}");
    }

    [Theory]
    [InlineData("build-version", "2.10.0+cpu\n", "2.10.0+cpu")]
    [InlineData("version.py", "__version__ = '2.11.0+cu130'\ndebug = False\n", "2.11.0+cu130")]
    [InlineData("lib/build-version", "2.10.0\n", "2.10.0")]
    [InlineData("LICENSE", "2.9", null)]
    public void Check_FittingVersion_IsTaken(string file, string text, string? version)
    {
        Fill();
        File.WriteAllText(_torch.File(file), text);

        Assert.Equal(new LibTorchInfo(Lib, version, HasCuda: false), LibTorchFolder.Check(Lib));
    }

    [Fact]
    public void Find_FolderAboveLib_IsItsLib()
    {
        Fill();

        Assert.Equal(Lib, LibTorchFolder.Find(_torch.Path));
        Assert.Equal(Lib, LibTorchFolder.Find(Lib + "/"));
    }

    [Theory]
    [InlineData("libcudart.so.12", 12)]
    [InlineData("libcudart.so.13", 13)]
    [InlineData("libcudart.so.11.0", 11)]
    [InlineData("libcublas.so.12", 0)]
    public void CudaVersion_NamedByTheLibrary_IsItsMajor(string needed, int version)
    {
        Fill(needed);

        Assert.True(LibTorchFolder.Check(Lib).HasCuda);
        Assert.Equal(version, LibTorchFolder.CudaVersion(Lib));
    }

    [Fact]
    public void CheckVersion_OlderDriver_SaysWhatToDo()
    {
        Fill("libcudart.so.13");

        var error = Assert.Throws<LibTorchException>(() => CudaDriver.CheckVersion(Lib, 12080));

        Assert.Equal(
            $"NVIDIA's driver knows CUDA up to 12.8, and libtorch of {Lib} needs 13.0. The network was not started; "
            + "update the driver, or set Molmo:LibTorch to the folder of a libtorch for CUDA 12, "
            + "or start with --device cpu.",
            error.Message);
        CudaDriver.CheckVersion(Lib, 13000);
        CudaDriver.CheckVersion(Lib, 14010);
    }

    [Fact]
    public void CountGpus_NoCudaOrNoFolder_IsZero()
    {
        Assert.Equal(0, LibTorch.CountGpus(Lib));
        Assert.Equal(0, LibTorch.CountGpus(null));
        Fill();
        Assert.Equal(0, LibTorch.CountGpus(Lib));
    }

    [Fact]
    public void CountGpus_Cuda_IsTheDriversCount()
    {
        Fill("libcudart.so.12");

        var count = CudaDriver.TryOpen() is { Version: >= 12000 } driver ? driver.CountDevices() : 0;
        Assert.Equal(count, LibTorch.CountGpus(Lib));
    }

    [Fact]
    public void Require_LibTorchWithoutCuda_SaysHowToBuild()
    {
        var info = new LibTorchInfo(Lib, null, HasCuda: false);

        var error = Assert.Throws<LibTorchException>(() => CudaDriver.Require(info, 0));

        Assert.Equal(
            $"libtorch of {Lib} has no CUDA. The network was not started; build with -p:MolmoTorch=cuda, or name "
            + "the folder of one with CUDA as --libtorch, or start with --device torch-cpu.",
            error.Message);
    }

    [Fact]
    public void Require_NoDriver_SaysWhatToInstall()
    {
        Assert.SkipWhen(CudaDriver.TryOpen() is not null, "This machine has NVIDIA's driver and a GPU.");

        var info = new LibTorchInfo(Lib, null, HasCuda: true);

        var error = Assert.Throws<LibTorchException>(() => CudaDriver.Require(info, 0));

        Assert.Equal(
            "NVIDIA's driver (libcuda.so.1) is missing or finds no GPU. The network was not started; install the "
            + "driver (run a container with --gpus all), or start with --device cpu.",
            error.Message);
    }

    // Libraries as small as can be; with the two of CUDA where one of CUDA's is named.
    private void Fill(params string[] cuda)
    {
        Directory.CreateDirectory(Lib);
        string[] names = ["libc10.so", "libtorch_cpu.so", "libtorch.so"];
        foreach (var name in names) File.WriteAllBytes(Path.Combine(Lib, name), LibraryFile.Make("libc.so.6"));
        if (cuda.Length == 0) return;
        File.WriteAllBytes(Path.Combine(Lib, "libc10_cuda.so"), LibraryFile.Make(cuda));
        File.WriteAllBytes(Path.Combine(Lib, "libtorch_cuda.so"), LibraryFile.Make(["libc.so.6", .. cuda]));
    }

    private void AssertRefused(string message)
        => Assert.Equal(message, Assert.Throws<LibTorchException>(() => LibTorchFolder.Check(Lib)).Message);
}
