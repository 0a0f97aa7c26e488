using Molmo.Demo.Inference.Limits;
using Molmo.Demo.Inference.Model;

namespace Molmo.Demo.Inference.Tests.Model;

/// <summary>Work of the published networks, against sums made by hand.</summary>
public sealed class ModelWorkTests
{
    private static readonly ModelConfig Dense = Read(PublishedConfigs.SevenBillionD);
    private static readonly ModelConfig Mixture = Read(PublishedConfigs.Mixture);

    [Fact]
    public void Vision_AllLayers_IsThePublishedFigure()
    {
        var all = Dense with { Vision = Dense.Vision with { TappedLayers = [22, 14] } };

        // A layer: 577 positions through 12 * 1024^2 weights and 577^2 pairs twice; and 576 patches of 588 values.
        const double layer = 2 * ((577.0 * 12 * 1024 * 1024) + (2.0 * 577 * 577 * 1024));
        Assert.Equal((23 * layer) + (2.0 * 576 * 588 * 1024), new ModelWork(all).VisionOperations, 1.0);
        Assert.Equal(366, new ModelWork(all).VisionOperations / 1e9, 0.5);
    }

    [Fact]
    public void Vision_LastTappedLayer_IsTheLastCounted()
    {
        Assert.Equal(350.2, new ModelWork(Dense).VisionOperations / 1e9, 0.1);
        Assert.Equal(new ModelWork(Dense).VisionOperations, new ModelWork(Mixture).VisionOperations);
    }

    [Fact]
    public void Connector_IsDominatedByTheProjector()
    {
        // 144 windows of 4 patches: queries of the means, keys and values of all, output; then 1024 to 18944 twice and
        // to 3584.
        const double pooling = (2048.0 * 1024 * (144 + (2 * 576))) + (2.0 * 576 * 1024) + (144.0 * 1024 * 1024);
        Assert.Equal(
            2 * (pooling + (144.0 * 18944 * (2048 + 3584))), new ModelWork(Dense).ConnectorOperations, 1.0);
        Assert.Equal(36.5, new ModelWork(Dense).ConnectorOperations / 1e9, 0.1);
        Assert.Equal(2 * (pooling + (144.0 * 1024 * (2048 + 2048))), new ModelWork(Mixture).ConnectorOperations, 1.0);
    }

    [Fact]
    public void Prefill_Dense_CountsTheLastLayerForOnePosition()
    {
        // Weights of a layer: 3584 * (4608 + 3584) + 3 * 3584 * 18944; queries, keys and values alone 3584 * 4608.
        const double weights = (3584.0 * 8192) + (3.0 * 3584 * 18944), inputs = 3584.0 * 4608, head = 3584.0 * 152064;
        const double layer = (1233 * weights) + (2 * (1233.0 * 1234 / 2) * 3584);
        const double last = (1232 * inputs) + weights + (2.0 * 1233 * 3584);
        Assert.Equal(2 * ((27 * layer) + last + head), new ModelWork(Dense).PrefillOperations(1233), 1e3);
        Assert.Equal(15.86, new ModelWork(Dense).PrefillOperations(1233) / 1e12, 0.05);
    }

    [Fact]
    public void Prefill_Mixture_CountsActiveExpertsAndRouter()
    {
        const double weights = (4 * 2048.0 * 2048) + (8 * 3 * 2048.0 * 1024) + (2048 * 64);
        const double layer = (100 * weights) + (2 * (100.0 * 101 / 2) * 2048);
        const double last = (99 * 3 * 2048.0 * 2048) + weights + (2.0 * 100 * 2048);
        Assert.Equal(
            2 * ((15 * layer) + last + (2048.0 * 50304)), new ModelWork(Mixture).PrefillOperations(100), 1e3);
    }

    [Fact]
    public void Prefill_OnePosition_IsWhatDecodeComputes()
    {
        const double weights = (28 * ((3584.0 * 8192) + (3.0 * 3584 * 18944))) + (3584.0 * 152064);
        Assert.Equal(2 * (weights + (28 * 2 * 3584)), new ModelWork(Dense).PrefillOperations(1), 1e3);
    }

    [Fact]
    public void Decode_Dense_ReadsAllWeightsAndTheKeysAndValues()
    {
        var work = new ModelWork(Dense);

        // 28 layers of 233 million weights and 545 million of the head, 4.5 bits each.
        Assert.Equal(3.977e9, work.DecodeBytes(4.5, 0), 1e6);
        Assert.Equal(1.569e9, new ModelWork(Dense with { LayerCount = 4 }).DecodeBytes(8.5, 0), 1e6);
        // Keys and values: 28 layers * 2 * 512 floats.
        Assert.Equal(1000.0 * 28 * 2 * 512 * 4, work.DecodeBytes(4.5, 1000) - work.DecodeBytes(4.5, 0), 1.0);
        Assert.Equal(
            work.DecodeBytes(8.5, 0) + (8 * 100.0 * 28 * 2 * 512 * 4), work.DecodeBytes(8.5, 100, 8)!.Value, 1.0);
    }

    [Fact]
    public void Decode_Mixture_ReadsActiveExpertsAlone()
    {
        var work = new ModelWork(Mixture);

        // 16 layers of 67 million active weights and 103 million of the head, 8.5 bits; routers of 2048 * 64 floats.
        Assert.Equal(1.2503e9 + (16 * 2048 * 64 * 4), work.DecodeBytes(8.5, 0), 1e6);
        Assert.Null(work.DecodeBytes(8.5, 0, 8));
    }

    private static ModelConfig Read(string text)
    {
        using var json = JsonDocument.Parse(text);
        return ModelConfig.Read(json.RootElement, "config.json");
    }
}
