using Molmo.Demo.Inference.Limits;
using Molmo.Demo.Inference.Model;

namespace Molmo.Demo.Lab.Training;

/// <summary>What a training takes, from the network's sizes alone.</summary>
/// <param name="config">The network.</param>
/// <param name="positions">Of a sequence, with the picture's tokens.</param>
/// <param name="crops">Of a picture, with the overview.</param>
internal sealed class TrainingCost(ModelConfig config, int positions, int crops)
{
    /// <summary>A backward pass computes two products for each of the forward pass.</summary>
    private const double ForwardAndBackward = 3;

    private readonly ModelWork _work = new(config);

    /// <summary>Numbers of vision transformer, connector and language model.</summary>
    public long Parameters => WeightManifest.CountOf(config);

    /// <summary>
    /// Operations of one sequence, forwards and back; a multiply-add is two. All positions count as learned, which
    /// makes the head a little dearer than it is.
    /// </summary>
    public double Operations
    {
        get
        {
            double hidden = config.HiddenSize;
            // What answering leaves out: the last layer behind its keys and values, and the other positions' logits.
            var feedForward = 3.0 * hidden * config.FeedForwardSize * Math.Max(1, config.ExpertsPerToken);
            var rest = (positions - 1.0) * ((hidden * hidden) + feedForward + (hidden * config.EmbeddingSize))
                + (positions * (positions - 1.0) * hidden);
            return ForwardAndBackward * ((crops * (_work.VisionOperations + _work.ConnectorOperations))
                + _work.PrefillOperations(positions) + (2 * rest));
        }
    }

    /// <summary>Bytes of weights, gradient sums and two moments in float32, and of the network's own copy.</summary>
    /// <param name="computeBytes">Of a number of the computation: 2 or 4.</param>
    public double StateBytes(int computeBytes) => Parameters * ((4.0 * sizeof(float)) + (2 * computeBytes));

    /// <param name="sequences">Trained on in all.</param>
    /// <param name="operationsPerSecond">That a device reaches.</param>
    /// <param name="devices">That share the work evenly.</param>
    public TimeSpan Duration(double sequences, double operationsPerSecond, int devices)
        => TimeSpan.FromSeconds(sequences * Operations / (operationsPerSecond * devices));
}
