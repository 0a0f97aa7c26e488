using Molmo.Demo.Inference.Torch.Native;
using Molmo.Demo.Tests;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Tests.Torch;

public sealed class LibTorchTests
{
    [Fact]
    public void Load_PackageFolder_TorchComputes()
    {
        var info = LibTorch.Load(TestData.LibTorch);

        using var one = ones(2, 3);
        using var product = one.matmul(one.transpose(0, 1));

        Assert.Equal([3f, 3f, 3f, 3f], product.data<float>().ToArray());
        Assert.Equal(TestData.LibTorch, info.Folder);
        Assert.Equal("2.10.0", info.Version);
        Assert.False(info.HasCuda);
        Assert.Same(info, LibTorch.Load(TestData.LibTorch));
        Assert.Same(info, LibTorch.Load(null));
    }
}
