using Molmo.Demo.Inference.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Molmo.Demo.Lab.Training;

/// <summary>
/// A matrix on top of the vision features that names what a patch shows. It is trained with them and thrown away.
/// </summary>
internal sealed class PatchHead : nn.Module
{
    private readonly Parameter _weight;
    private readonly int _labels;

    /// <param name="features">Floats of a patch.</param>
    /// <param name="labels">Labels, without the one for none.</param>
    /// <param name="format">Device.</param>
    public PatchHead(int features, int labels, TensorFormat format)
        : base(nameof(PatchHead))
    {
        _labels = labels;
        _weight = format.ExactParameter(labels + 4, features);
        register_parameter("weight", _weight);
    }

    /// <summary>
    /// Cross-entropy of the label, distance of the offset where there is one, and cross-entropy of the centre, each as
    /// a mean over patches.
    /// </summary>
    /// <param name="features">[crops, patches, features] of all crops.</param>
    /// <param name="batch">With what is true.</param>
    /// <returns>The loss; how many of the patches with a thing on them are named right; how many those are.</returns>
    public (Tensor Loss, long Named, long Covered) Loss(Tensor features, TrainingBatch batch)
    {
        using var scope = NewDisposeScope();
        var known = batch.PatchLabels!.ge(Scalars.Zero).nonzero().squeeze(1);
        if (known.numel() == 0) return (zeros(1, device: features.device).sum().MoveToOuterDisposeScope(), 0, 0);
        var flat = features.index_select(0, batch.Overviews!).flatten(0, 1).index_select(0, known);
        var scores = nn.functional.linear(flat, _weight);
        var labels = batch.PatchLabels!.index_select(0, known);
        var names = scores.narrow(1, 0, _labels + 1);
        var label = nn.functional.cross_entropy(names, labels);
        var isCovered = labels.gt(Scalars.Zero);
        var covered = isCovered.to(scores.dtype);
        var offset = scores.narrow(1, _labels + 1, 2)
            .Minus(batch.PatchOffsets!.index_select(0, known)).abs().sum(1);
        var near = (offset * covered).sum() / covered.sum().clamp(min: Scalars.One);
        var centre = nn.functional.binary_cross_entropy_with_logits(
            scores.select(1, _labels + 3), batch.PatchCentres!.index_select(0, known));
        var named = names.argmax(1).eq(labels).logical_and(isCovered).sum().item<long>();
        return (label.Plus(near).Plus(centre).MoveToOuterDisposeScope(), named, isCovered.sum().item<long>());
    }
}
