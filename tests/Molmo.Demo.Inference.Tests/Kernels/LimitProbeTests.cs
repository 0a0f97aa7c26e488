using System.Runtime.Intrinsics.X86;
using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Limits;

namespace Molmo.Demo.Inference.Tests.Kernels;

/// <summary>What limits are measured with computes what plain code does, at every width.</summary>
public sealed class LimitProbeTests
{
    [Fact]
    public void FloatTile_EveryWidth_IsRight()
    {
        AssertRight(new FloatTile<Lanes512>(1));
        AssertRight(new FloatTile<Lanes256>(2));
        AssertRight(new FloatTile<Lanes128>(3));
    }

    [Fact]
    public void Int8Tile_EveryWidth_IsRight()
    {
        if (Avx512BW.IsSupported)
            AssertRight(new IntegerTile<Int8Form<Integers512, Lanes512>, Integers512, Lanes512>(1));
        if (Avx2.IsSupported)
            AssertRight(new IntegerTile<Int8Form<Integers256, Lanes256>, Integers256, Lanes256>(2));
        AssertRight(new IntegerTile<Int8Form<Integers128, Lanes128>, Integers128, Lanes128>(3));
        AssertRight(LimitMeasurement.CreateInt8(4));
    }

    [Fact]
    public void Int4Tile_EveryWidth_IsRight()
    {
        if (Avx512BW.IsSupported)
            AssertRight(new IntegerTile<Int4Form<Integers512, Lanes512>, Integers512, Lanes512>(1));
        if (Avx2.IsSupported)
            AssertRight(new IntegerTile<Int4Form<Integers256, Lanes256>, Integers256, Lanes256>(2));
        AssertRight(new IntegerTile<Int4Form<Integers128, Lanes128>, Integers128, Lanes128>(3));
        AssertRight(LimitMeasurement.CreateInt4(4));
    }

    [Fact]
    public void VnniTile_WhereThereIsOne_IsRight()
    {
        Assert.SkipUnless(AvxVnni.IsSupported, "This processor has no such instruction.");
        AssertRight(new IntegerTile<VnniForm, Integers256, Lanes256>(1));
    }

    [Theory]
    [InlineData(512)]
    [InlineData(256)]
    [InlineData(128)]
    public void MemoryRead_EveryWidth_AddsAllUp(int bits) => AssertRight(new MemoryRead(100_003, bits));

    [Fact]
    public void MultiplyChain_Runs_MultipliesSoOften() => AssertRight(new MultiplyChain());

    [Fact]
    public void Probe_BeforeItRan_IsNotRight()
    {
        using var tile = LimitMeasurement.CreateInt8(5);
        using var read = new MemoryRead(4096, 128);
        Assert.False(tile.IsRight());
        Assert.False(read.IsRight());
    }

    [Fact]
    public void Measure_Short_GivesEveryFigure()
    {
        var limits = LimitMeasurement.Measure(LimitPlan.Brief, TestContext.Current.CancellationToken);

        foreach (var both in (ThreadLimits?[])[limits.Float32Gflops, limits.Int8Gops, limits.Int8VnniGops,
            limits.Int4Gops, limits.ReadGigabytesPerSecond])
        {
            if (both is null) continue;
            Assert.All([both.OneThread, both.AllThreads], limit => Assert.True(limit.Best >= limit.Median));
            Assert.All([both.OneThread, both.AllThreads], limit => Assert.True(limit.Median > 0));
        }

        Assert.Equal(AvxVnni.IsSupported, limits.Int8VnniGops is not null);
        Assert.Equal(X86Base.IsSupported, limits.ClockGigahertz is not null);
    }

    [Fact]
    public void Series_WrongSum_IsRefused()
        => Assert.Throws<InvalidOperationException>(() => LimitMeasurement.Series(
            LimitPlan.Brief, 2, _ => new WrongProbe(), TestContext.Current.CancellationToken));

    [Theory]
    [InlineData("cpu  100 20 30 4000 500 6 7 8 900 9", 1.71)]
    [InlineData("cpu0 100 20 30 4000 500 6 7 8 900 9", null)]
    [InlineData("cpu 1 2 3", null)]
    [InlineData("cpu a b c d e f g h", null)]
    [InlineData(null, null)]
    public void BusySeconds_Line_AddsAllButIdleAndWaiting(string? line, double? seconds)
        => Assert.Equal(seconds, MachineLoad.BusySeconds(line));

    [Theory]
    [InlineData(3, 1, 2, 2, 0.5)]
    [InlineData(1, 1.01, 2, 2, 0)]
    [InlineData(9, 1, 2, 2, 1)]
    public void ShareOf_Times_IsOfAllCores(double busy, double own, double wall, int cores, double share)
        => Assert.Equal(share, MachineLoad.ShareOf(busy, own, wall, cores));

    private static void AssertRight(IProbe probe)
    {
        using (probe)
        {
            probe.Run(1);
            Assert.True(probe.IsRight());
            probe.Run(3);
            Assert.True(probe.IsRight());
            Assert.True(probe.Work > 0);
        }
    }

    private sealed class WrongProbe : IProbe
    {
        public double Work => 1;

        public void Run(long passes) => Thread.Sleep(1);

        public bool IsRight() => false;

        public void Dispose()
        {
        }
    }
}
