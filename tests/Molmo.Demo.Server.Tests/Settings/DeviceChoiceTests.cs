using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Torch;
using Molmo.Demo.Inference.Torch.Native;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Settings;

public sealed class DeviceChoiceTests
{
    private const long Gigabyte = 1L << 30;

    private static string LibTorchFolder => TestData.Require(TestData.LibTorch, "Libraries of libtorch");

    [Theory]
    [InlineData("auto", DeviceKind.Auto, 0)]
    [InlineData("cpu", DeviceKind.Managed, 0)]
    [InlineData("torch-cpu", DeviceKind.TorchCpu, 0)]
    [InlineData("cuda", DeviceKind.Gpu, 0)]
    [InlineData("CUDA:12", DeviceKind.Gpu, 12)]
    internal void Parse_Device_IsRead(string text, DeviceKind kind, int gpu)
        => Assert.Equal(new DeviceChoice(kind, gpu), DeviceChoice.Parse(text));

    [Theory]
    [InlineData("gpu")]
    [InlineData("")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:1000")]
    [InlineData("cuda:1 ")]
    [InlineData("cuda:1\n")]
    public void Parse_AnythingElse_IsOneSentence(string text)
        => Assert.Contains("torch-cpu with --device",
            Assert.Throws<StartupException>(() => DeviceChoice.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void For_AutoWithoutAGpu_IsTheManagedEngine()
    {
        Assert.SkipUnless(LibTorch.CountGpus(null) == 0, "This machine has a GPU.");
        var loading = ModelLoading.For(new MolmoOptions { Threads = 3 });
        Assert.IsType<ManagedLoading>(loading);
        Assert.Equal(3, Assert.IsType<CpuVectors>(loading.Device).Threads);
    }

    [Fact]
    public void For_AutoWithAFolderThatHoldsNoLibTorch_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var options = new MolmoOptions { LibTorch = folder.Combine("missing") };
        var refusal = Assert.Throws<StartupException>(() => ModelLoading.For(options));
        Assert.Contains("does not exist", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void For_GpuWithALibraryForTheProcessor_SaysWhatToDo()
    {
        var refusal = Assert.Throws<StartupException>(
            () => ModelLoading.For(new MolmoOptions { Device = "cuda", LibTorch = LibTorchFolder }));
        Assert.Contains("has no CUDA", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--libtorch", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(WeightSetting.Auto, null, TorchPrecision.Float32)]
    [InlineData(WeightSetting.Auto, 1, TorchPrecision.BFloat16)]
    [InlineData(WeightSetting.Float32, 0, TorchPrecision.Float32)]
    [InlineData(WeightSetting.BFloat16, null, TorchPrecision.BFloat16)]
    [InlineData(WeightSetting.Float16, 0, TorchPrecision.Float16)]
    public void TorchWeights_Setting_IsObeyedOrTheDevicesUsual(WeightSetting setting, int? gpu, TorchPrecision expected)
        => Assert.Equal(expected, TorchWeights.PrecisionOf(setting, new TorchDevice(gpu)));

    [Theory]
    [InlineData(WeightSetting.Int8, "int8")]
    [InlineData(WeightSetting.Int4, "int4")]
    public void Check_ThroughLibTorch_RefusesWhatItDoesNotKeep(WeightSetting setting, string name)
    {
        var loading = new TorchLoading(new MolmoOptions { Weights = setting }, TorchDevice.Cpu,
            new LibTorchInfo("/none", "2.10.0", HasCuda: false));
        var refusal = Assert.Throws<StartupException>(loading.Check);
        Assert.Contains(name, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("float32, bfloat16 or float16", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_ManagedInFloat16_IsRefusedWithWhatIsPossible()
    {
        var refusal = Assert.Throws<StartupException>(
            new ManagedLoading(new MolmoOptions { Weights = WeightSetting.Float16 }).Check);
        Assert.Contains("float32, bfloat16, int8 or int4", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_OfAGpu_CountsOnlyWhatIsKeptBack()
    {
        var loading = new TorchLoading(
            new MolmoOptions(), new TorchDevice(0), new LibTorchInfo("/none", "2.10.0", HasCuda: true));
        var memory = loading.CreateMemory();
        memory.Reserve(5 * Gigabyte);
        Assert.True(memory.HasRoomFor(1000 * Gigabyte));
        Assert.Equal(5 * Gigabyte, memory.ReservedBytes);
        Assert.Equal(new GpuChosen(0), loading.Device);
        Assert.Equal("bfloat16", loading.SmallestForm);
    }

    [Fact]
    public void Load_ThroughLibTorchWithoutRoom_SaysWhatIsNeededAndWhatIsFree()
    {
        var checkpoint = Checkpoint.Open(TestData.TinyModel);
        using var folder = new TemporaryFolder();
        var wide = Checkpoint.Open(Chat.TinyModels.Narrow(folder, 131_072));
        var loading = new TorchLoading(
            new MolmoOptions(), TorchDevice.Cpu, new LibTorchInfo("/none", "2.10.0", HasCuda: false));
        var refusal = Assert.Throws<StartupException>(
            () => loading.Load(wide, new ModelMemory(() => 0), null, null, TestContext.Current.CancellationToken));
        Assert.Contains("in float32 on CPU through libtorch", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("0.0 GB of memory are free", refusal.Message, StringComparison.Ordinal);
        Assert.True(loading.LeastBytes(checkpoint) < loading.LeastBytes(wide));
    }
}
