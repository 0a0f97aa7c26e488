using Molmo.Demo.Inference.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Molmo.Demo.Lab.Training;

/// <summary>What patches show, or windows of patches, as tensors.</summary>
/// <param name="Labels">[rows]: number of the label, 0 for none, -1 where nothing is known.</param>
/// <param name="Places">[rows, 2]: where that thing's centre lies.</param>
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
internal sealed class ShownHead : nn.Module
{
    private readonly Parameter _weight;
    private readonly int _labels;

    /// <param name="features">Floats of a row.</param>
    /// <param name="labels">Labels, without the one for none.</param>
    /// <param name="format">Device.</param>
    public ShownHead(int features, int labels, TensorFormat format)
        : base(nameof(ShownHead))
    {
        _labels = labels;
        _weight = format.ExactParameter(labels + 4, features);
        register_parameter("weight", _weight);
    }

    /// <summary>
    /// Cross-entropy of the label, distance of the place where there is one, and cross-entropy of the centre, each as
    /// a mean over rows.
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
        var place = scores.narrow(1, _labels + 1, 2).Minus(shown.Places.index_select(0, known)).abs().sum(1);
        var near = (place * covered).sum() / covered.sum().clamp(min: Scalars.One);
        var centre = nn.functional.binary_cross_entropy_with_logits(
            scores.select(1, _labels + 3), shown.Centres.index_select(0, known));
        var loss = label.Plus(near).Plus(centre);
        var named = names.argmax(1).eq(labels).logical_and(isCovered).sum();
        var counts = new ShownLoss(loss.ToDouble(), named.item<long>(), isCovered.sum().item<long>());
        return (loss.MoveToOuterDisposeScope(), counts);
    }
}
