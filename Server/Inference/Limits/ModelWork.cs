using Molmo.Demo.Inference.Model;

namespace Molmo.Demo.Inference.Limits;

/// <summary>
/// What a network has to do, from its sizes alone: operations (a multiply-add is two) of products and attention, and
/// bytes read. Norms, activations and biases are left out: they are below a hundredth.
/// </summary>
public sealed class ModelWork(ModelConfig config)
{
    private const int Float32Bits = 32;

    private readonly double _hidden = config.HiddenSize;

    /// <summary>Of the network; how its picture encoder is kept depends on it.</summary>
    public ModelFamily Family => config.Family;

    /// <summary>Experts, or the one feed-forward layer, that a position goes through.</summary>
    private int Active => Math.Max(1, config.ExpertsPerToken);

    private double AttentionWeights => _hidden * ((2 * _hidden) + (2.0 * config.KeyValueSize));

    private double FeedForwardWeights => 3.0 * _hidden * config.FeedForwardSize * Active;

    private double RouterWeights => _hidden * config.ExpertCount;

    private double HeadWeights => _hidden * config.EmbeddingSize;

    /// <summary>Operations of the vision transformer for a crop, up to the last layer that is tapped.</summary>
    public double VisionOperations
    {
        get
        {
            var vision = config.Vision;
            double width = vision.Width, positions = vision.PatchCount + 1;
            var layer = (positions * width * ((4 * width) + (2.0 * vision.FeedForwardSize)))
                + (2 * positions * positions * width);
            return 2 * ((layer * (vision.TappedLayers.Max() + 1)) + (vision.PatchCount * width * vision.PatchLength));
        }
    }

    /// <summary>Operations of pooling and projector for a crop.</summary>
    public double ConnectorOperations
    {
        get
        {
            var vision = config.Vision;
            double width = vision.Width, windows = vision.TokensPerCrop, patches = vision.PatchCount;
            var pooling = (vision.FeatureSize * width * (windows + (2 * patches))) + (2 * patches * width)
                + (windows * width * width);
            return 2 * (pooling + (windows * config.ProjectorSize * ((2 * width) + _hidden)));
        }
    }

    /// <summary>
    /// Operations of prefill: nothing needs the last layer's output but of the last position, nor its logits.
    /// </summary>
    /// <param name="positions">Of a prompt that shares nothing with earlier ones.</param>
    public double PrefillOperations(int positions)
    {
        var products = AttentionWeights + FeedForwardWeights + RouterWeights;
        var inputs = _hidden * (_hidden + (2.0 * config.KeyValueSize));
        // Each position attends to itself and those before it: queries with keys, and weights with values.
        var pairs = positions * (positions + 1.0) / 2;
        var layer = (positions * products) + (2 * pairs * _hidden);
        var lastLayer = ((positions - 1.0) * inputs) + products + (2.0 * positions * _hidden);
        return 2 * (((config.LayerCount - 1) * layer) + lastLayer + HeadWeights);
    }

    /// <summary>Bytes that a token of one answer reads: weights, of a mixture only the active ones, and the keys and
    /// values before it.</summary>
    /// <param name="weightBits">Of a weight, its share of a scale included.</param>
    /// <param name="positions">Before it; keys and values are float32.</param>
    public double DecodeBytes(double weightBits, double positions)
        => WeightBytes(weightBits) + KeyValueBytes(positions);

    /// <summary>Bytes that a step of several answers reads; null for a mixture, whose answers choose experts as they
    /// like.</summary>
    /// <param name="weightBits">Of a weight, its share of a scale included.</param>
    /// <param name="positions">Before each answer's token.</param>
    /// <param name="answers">Decoded together.</param>
    public double? DecodeBytes(double weightBits, double positions, int answers)
        => config.ExpertCount > 0 ? null : WeightBytes(weightBits) + (answers * KeyValueBytes(positions));

    private double WeightBytes(double weightBits)
        => (((config.LayerCount * (AttentionWeights + FeedForwardWeights)) + HeadWeights) * weightBits / 8)
            + (config.LayerCount * RouterWeights * Float32Bits / 8);

    private double KeyValueBytes(double positions)
        => config.LayerCount * 2.0 * config.KeyValueSize * positions * sizeof(float);
}
