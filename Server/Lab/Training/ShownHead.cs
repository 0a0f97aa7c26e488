using Molmo.Demo.Inference.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Molmo.Demo.Lab.Training;

/// <summary>What patches show, or windows of patches, as tensors.</summary>
/// <param name="Labels">[rows]: number of the label, 0 for none, -1 where nothing is known.</param>
/// <param name="Places">[rows, 2]: where that thing's centre lies, in the unit of its head.</param>
/// <param name="Centres">[rows]: 1 where a centre lies here, else 0.</param>
internal sealed record ShownTensors(Tensor Labels, Tensor Places, Tensor Centres);

/// <summary>How well it is known what is shown.</summary>
/// <param name="Loss">To be learned from.</param>
/// <param name="Named">Rows with a thing whose label is the likeliest.</param>
/// <param name="Covered">Rows with a thing.</param>
internal readonly record struct ShownLoss(double Loss, long Named, long Covered)
{
    /// <summary>Of the rows with a thing those that are named right, in percent.</summary>
    public double NamedShare => Covered > 0 ? 100.0 * Named / Covered : 0;

    public ShownLoss Plus(ShownLoss other)
        => new(Loss + other.Loss, Named + other.Named, Covered + other.Covered);
}

/// <summary>
/// A matrix on top of features that names what each shows and where. It is trained with them and thrown away.
/// </summary>
/// <remarks>
/// A place is a distance, or it is one of some bins: the language model writes a place as one of a hundred numbers, and
/// learns to from features that tell the numbers apart, not from two that grow with the place.
/// </remarks>
internal sealed class ShownHead : nn.Module
{
    private readonly Parameter _weight;
    private readonly int _labels;
    private readonly int _bins;

    /// <param name="features">Floats of a row.</param>
    /// <param name="labels">Labels, without the one for none.</param>
    /// <param name="bins">Of each axis of a place, which is then from 0 to 1; 0 for places that are distances.</param>
    /// <param name="format">Device.</param>
    public ShownHead(int features, int labels, int bins, TensorFormat format)
        : base(nameof(ShownHead))
    {
        (_labels, _bins) = (labels, bins);
        _weight = format.ExactParameter(labels + 2 + (2 * Math.Max(bins, 1)), features);
        register_parameter("weight", _weight);
    }

    /// <summary>
    /// Cross-entropy of the label, distance or cross-entropy of the place where there is one, and cross-entropy of the
    /// centre, each as a mean over rows.
    /// </summary>
    /// <param name="features">[rows, features].</param>
    /// <param name="shown">What is true.</param>
    public (Tensor Loss, ShownLoss Shown) Loss(Tensor features, ShownTensors shown)
    {
        using var scope = NewDisposeScope();
        var known = shown.Labels.ge(Scalars.Zero).nonzero().squeeze(1);
        if (known.numel() == 0)
            return (zeros(1, device: features.device).sum().MoveToOuterDisposeScope(), default);
        var scores = nn.functional.linear(features.index_select(0, known).to(_weight.dtype), _weight);
        var labels = shown.Labels.index_select(0, known);
        var names = scores.narrow(1, 0, _labels + 1);
        var label = nn.functional.cross_entropy(names, labels);
        var isCovered = labels.gt(Scalars.Zero);
        var covered = isCovered.to(scores.dtype);
        var place = Distance(
            scores.narrow(1, _labels + 2, scores.shape[1] - _labels - 2), shown.Places.index_select(0, known));
        var near = (place * covered).sum() / covered.sum().clamp(min: Scalars.One);
        var centre = nn.functional.binary_cross_entropy_with_logits(
            scores.select(1, _labels + 1), shown.Centres.index_select(0, known));
        var loss = label.Plus(near).Plus(centre);
        var named = names.argmax(1).eq(labels).logical_and(isCovered).sum();
        var counts = new ShownLoss(loss.ToDouble(), named.item<long>(), isCovered.sum().item<long>());
        return (loss.MoveToOuterDisposeScope(), counts);
    }

    /// <returns>[rows].</returns>
    private Tensor Distance(Tensor scores, Tensor places)
    {
        if (_bins == 0) return scores.Minus(places).abs().sum(1);
        using Scalar bins = _bins;
        using Scalar half = 0.5;
        // A place is spread over its bin and those beside it: the next number is less wrong than one far away.
        var away = arange(_bins, dtype: scores.dtype, device: scores.device).add(half)
            .Minus(places.mul(bins).unsqueeze(2));
        var wanted = away.square().mul(half).neg().softmax(2);
        return (wanted * scores.view(-1, 2, _bins).log_softmax(2)).sum(2).mean([1]).neg();
    }
}
