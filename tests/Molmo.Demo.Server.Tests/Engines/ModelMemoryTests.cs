using Molmo.Demo.Inference;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Server.Engines;

namespace Molmo.Demo.Server.Tests.Engines;

public sealed class ModelMemoryTests
{
    private const long Gigabyte = 1L << 30;

    [Fact]
    public void FreeBytes_CountsWhatWasTakenAndKeptBackWhateverTheSystemSays()
    {
        var system = 20 * Gigabyte;
        var memory = new ModelMemory(() => system);
        memory.Reserve(6 * Gigabyte);
        Assert.Equal(14 * Gigabyte, memory.FreeBytes);
        // Mapped weights: the system does not count them.
        memory.Take(9 * Gigabyte);
        Assert.Equal(5 * Gigabyte, memory.FreeBytes);
        memory.Release();
        Assert.Equal(11 * Gigabyte, memory.FreeBytes);
        // Somebody else took more.
        system = 4 * Gigabyte;
        Assert.Equal(4 * Gigabyte, memory.FreeBytes);
        Assert.Equal((true, false), (memory.HasRoomFor(4 * Gigabyte), memory.HasRoomFor(4 * Gigabyte + 1)));
    }

    [Fact]
    public void LeastBytes_IsThatOfTheFormThatIsSet_AndOfTheSmallestOtherwise()
    {
        var checkpoint = Checkpoint.Open(TestData.TinyModel);
        long Least(WeightSetting setting)
            => new ManagedLoading(new MolmoOptions { Weights = setting }).LeastBytes(checkpoint);
        Assert.Equal(Least(WeightSetting.Int4), Least(WeightSetting.Auto));
        Assert.True(Least(WeightSetting.Float32) > Least(WeightSetting.BFloat16)
            && Least(WeightSetting.BFloat16) > Least(WeightSetting.Auto));
        // Little enough to be loaded on a full machine.
        Assert.True(new ModelMemory(() => 0).HasRoomFor(Least(WeightSetting.Float32)));
    }

    [Fact]
    public async Task Load_TakesItsWeightsAndKeysFromWhatIsShared()
    {
        var checkpoint = Checkpoint.Open(TestData.TinyModel);
        var memory = new ModelMemory(() => 20 * Gigabyte);
        var options = new MolmoOptions { Weights = WeightSetting.Float32, Threads = 1 };
        await using var model = ModelLoader.Load(checkpoint, options, new ManagedLoading(options), progress: null,
            note: null, TestContext.Current.CancellationToken, memory);
        var taken = 20 * Gigabyte - memory.FreeBytes;
        Assert.InRange(
            taken, ManagedModelRunner.BytesOfWeights(checkpoint.Config, WeightPrecision.Float32) + 1, Gigabyte);

        var room = model.KeyValues;
        Assert.Equal((options.MaxSequences, 4L * 4096), (room.FullAnswers, room.Positions));
        Assert.Equal(taken, ManagedModelRunner.BytesOfWeights(checkpoint.Config, WeightPrecision.Float32) + room.Bytes);
        Assert.EndsWith(", 4 answers at full length", room.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(10_000, false)]
    public async Task Load_WithMemoryKeptBackForAnother_LeavesItOnlyWhereItsOwnAnswersFit(
        int reservedMegabytes, bool isKept)
    {
        var memory = new ModelMemory(() => Gigabyte);
        memory.Reserve((long)reservedMegabytes << 20);
        var options = new MolmoOptions { Threads = 1 };
        await using var model = ModelLoader.Load(Checkpoint.Open(TestData.TinyModel), options,
            new ManagedLoading(options), progress: null, note: null, TestContext.Current.CancellationToken, memory);
        Assert.Equal(4096, model.MaxPositions);
        var free = memory.FreeBytes;
        memory.Release();
        Assert.Equal(isKept, memory.FreeBytes > free);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(512, 256)]
    public void Options_WithASecondCheckpoint_AreHalfTheKeysForEach(int megabytes, int each)
    {
        var options = new MolmoOptions
        {
            Model = "first",
            Weights = WeightSetting.Int8,
            Packed = "p",
            Compare = "second",
            CompareWeights = WeightSetting.Int4,
            KeyValueMegabytes = megabytes,
            Key = "a key nobody sees"
        };
        Assert.Equal(("first", WeightSetting.Int8, "p", each), options.ForFirst() is var first
            ? (first.Model, first.Weights, first.Packed, first.KeyValueMegabytes) : default);
        Assert.Equal(("second", WeightSetting.Int4, null, each), options.ForSecond() is { } second
            ? (second.Model, second.Weights, second.Packed, second.KeyValueMegabytes) : default);
        Assert.DoesNotContain("nobody", options.ToString(), StringComparison.Ordinal);

        var alone = new MolmoOptions { KeyValueMegabytes = megabytes };
        Assert.Null(alone.ForSecond());
        Assert.Equal(megabytes, alone.ForFirst().KeyValueMegabytes);
    }

    [Theory]
    [InlineData(WeightSetting.Auto, WeightPrecision.Int4)]
    [InlineData(WeightSetting.BFloat16, WeightPrecision.BFloat16)]
    public void Smallest_IsTheOneSetOrTheFewestBits(WeightSetting setting, WeightPrecision expected)
        => Assert.Equal(expected, WeightBudget.Smallest(setting));
}
