using Molmo.Demo.Inference.Torch.Native;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Tests.Torch;

public sealed class LibTorchTests
{
    [Fact]
    public void Load_PackageFolder_TorchComputes()
    {
        var info = LibTorch.Load(Package());

        using var one = ones(2, 3);
        using var product = one.matmul(one.transpose(0, 1));

        Assert.Equal([3f, 3f, 3f, 3f], product.data<float>().ToArray());
        Assert.Equal(new LibTorchInfo(Package(), "2.10.0", HasCuda: false), info);
    }

    [Fact]
    public void Load_Twice_ReturnsWhatIsLoaded()
    {
        var infos = new LibTorchInfo[8];
        Parallel.For(0, infos.Length, index => infos[index] = LibTorch.Load(Package()));

        Assert.All(infos, info => Assert.Same(infos[0], info));
        Assert.Same(infos[0], LibTorch.Load(null));
        Assert.Same(infos[0], LibTorch.Load(Package() + "/"));
    }

    [Fact]
    public void Load_AnotherFolderLater_SaysThatTheFirstStays()
    {
        LibTorch.Load(Package());
        using var folder = new TemporaryFolder();

        var error = Assert.Throws<LibTorchException>(() => LibTorch.Load(folder.Path));

        Assert.Equal(
            $"libtorch of {Package()} is loaded and stays in use. One process cannot hold another one as well; "
            + $"restart the program to use {folder.Path}.",
            error.Message);
    }

    // TorchSharp copies libtorch to such a folder where it does not find it loaded.
    [Fact]
    public void Load_PackageFolder_CopiesNothing()
    {
        LibTorch.Load(Package());
        using var one = ones(1);

        Assert.False(Directory.Exists(Path.Combine(AppContext.BaseDirectory, "cpu")));
        Assert.Empty(Directory.EnumerateFiles(AppContext.BaseDirectory, "libtorch*", SearchOption.AllDirectories));
        Assert.Empty(Directory.EnumerateFiles(AppContext.BaseDirectory, "*Skia*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Require_BuiltWithoutLibTorch_SaysHowToBuild()
    {
        var error = Assert.Throws<LibTorchException>(() => LibTorchFolder.Require(null));

        Assert.Equal(
            "This program was built without libtorch. Nothing was loaded; build it with -p:MolmoTorch=cpu or "
            + "-p:MolmoTorch=cuda, or set Molmo:LibTorch to the folder of a libtorch 2.10 or 2.11, or start with "
            + "--device cpu.",
            error.Message);
    }

    internal static string Package()
        => TestData.Require(TestData.LibTorch, "The libraries of libtorch");
}
