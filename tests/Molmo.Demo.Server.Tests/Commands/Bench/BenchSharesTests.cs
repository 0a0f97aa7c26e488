using Molmo.Demo.Inference;
using Molmo.Demo.Inference.Limits;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Server.Commands.Bench;

namespace Molmo.Demo.Server.Tests.Commands.Bench;

public sealed class BenchSharesTests
{
    private static readonly ModelWork Dense =
        new(ModelConfig.Load(Path.Combine(TestData.Repository, "tests", "Golden", "model", "qwen2")));

    private static readonly ModelWork Mixture =
        new(ModelConfig.Load(Path.Combine(TestData.Repository, "tests", "Golden", "model", "olmoe")));

    [Theory]
    [InlineData("float32", 400, 400, 400, "float32", "float32")]
    [InlineData("bfloat16", 400, 400, 400, "float32", "float32")]
    [InlineData("int8", 800, 800, 800, "int8", "int8")]
    [InlineData("int4", 800, 800, 1600, "int8", "int4")]
    [InlineData("int4", 400, 400, 1600, "float32", "int4", VisionPrecision.Exact)]
    public void Of_AllThreads_TakesTheArithmeticOfEachStage(
        string precision, double vision, double connector, double prefill, string encodeName, string prefillName,
        VisionPrecision encoder = VisionPrecision.Auto)
    {
        var shares = BenchShares.Of(
            KnownLimits.File, Dense, "managed", Result(precision, threads: 16), encoder);

        // Giga a second are mega a millisecond.
        var crop = (Dense.VisionOperations / vision / 1e6) + (Dense.ConnectorOperations / connector / 1e6);
        var prompt = Dense.PrefillOperations(50) / prefill / 1e6;
        AssertShare(shares.EncodeCrop, encodeName, crop, 4);
        AssertShare(shares.Prefill, prefillName, prompt, 5);
        AssertShare(
            shares.FirstToken, encodeName == prefillName ? encodeName : $"{encodeName} + {prefillName}",
            (3 * crop) + prompt, 20);
        Assert.Null(shares.Note);
    }

    [Theory]
    [InlineData("float32", 32)]
    [InlineData("bfloat16", 16)]
    [InlineData("int8", 8.5)]
    [InlineData("int4", 4.5)]
    public void Of_Decode_IsBytesOverReading(string precision, double bits)
    {
        var shares = BenchShares.Of(KnownLimits.File, Dense, "managed", Result(precision, threads: 16));

        // 100 tokens a second; eight answers at 400.
        AssertShare(shares.Decode, "read", Dense.DecodeBytes(bits, 50 + 32) / 40e6, 10);
        AssertShare(shares.Batch, "read", Dense.DecodeBytes(bits, 20 + 16, 8)!.Value / 40e6, 20);
    }

    [Fact]
    public void Of_OneThread_TakesItsLimits()
    {
        var shares = BenchShares.Of(KnownLimits.File, Dense, "managed", Result("int8", threads: 1));

        // Of both ways to multiply 8 bits the faster: 250 on one core.
        AssertShare(shares.Prefill, "int8", Dense.PrefillOperations(50) / 250e6, 5);
        AssertShare(shares.Decode, "read", Dense.DecodeBytes(8.5, 82) / 10e6, 10);
    }

    [Fact]
    public void Of_Mixture_SaysNothingOfABatch()
    {
        var shares = BenchShares.Of(KnownLimits.File, Mixture, "managed", Result("int8", threads: 16));
        Assert.Null(shares.Batch);
        Assert.NotNull(shares.Decode);
        Assert.Equal("float32", shares.EncodeCrop!.Arithmetic);
        Assert.Equal("int8", shares.Prefill!.Arithmetic);
    }

    [Fact]
    public void Of_OtherLibraryOrPrecision_KnowsNoShares()
    {
        Assert.All(
            [BenchShares.Of(KnownLimits.File, Dense, "libtorch 2.10.0", Result("float32", threads: 16)),
            BenchShares.Of(KnownLimits.File, Dense, "managed", Result("float16", threads: 16))],
            shares =>
            {
                Assert.NotNull(shares.Note);
                Assert.Equal(
                    (null, null, null, null, null),
                    (shares.EncodeCrop, shares.Prefill, shares.Decode, shares.Batch, shares.FirstToken));
            });
    }

    [Fact]
    public void Of_EncodingBelowTheNoise_HasNoShare()
    {
        var result = Result("int8", threads: 16);
        result = result with { Median = result.Median with { EncodeCropMs = 0 } };
        Assert.Null(BenchShares.Of(KnownLimits.File, Dense, "managed", result).EncodeCrop);
    }

    [Fact]
    public void Of_OtherProcessor_SaysSo()
    {
        var result = Result("int8", threads: 16);
        result = result with { Machine = result.Machine with { Processor = "Another" } };
        Assert.Contains(
            "another processor", BenchShares.Of(KnownLimits.File, Dense, "managed", result).Note!,
            StringComparison.Ordinal);
    }

    private static void AssertShare(StageShare? share, string arithmetic, double limitMs, double ms)
    {
        Assert.NotNull(share);
        Assert.Equal(arithmetic, share.Arithmetic);
        Assert.Equal(limitMs, share.LimitMs, 1e-4);
        Assert.Equal(limitMs / ms, share.Share, 1e-4);
    }

    private static BenchResult Result(string precision, int threads) => new(
        KnownLimits.File.Machine with { Threads = threads },
        new EngineStamp("model", "1", precision, new CpuChosen(), "1", SamplingChoice.Greedy),
        new BenchImage(null, 960, 720, 3, 50, 64, 20, 8, 32), 0, 0, null,
        new BenchRun(0, 1, 17, 5, 12, 4, 20, 20, 10_000, 100, 100, 400, 4), null, []);
}
