using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Lab.Data;

namespace Molmo.Demo.Lab.Training;

/// <summary>An example as the network takes it.</summary>
/// <param name="Image">Null for text alone.</param>
/// <param name="Sequence">Tokens, mask and targets.</param>
/// <param name="Patches">What each patch shows; null without a picture.</param>
internal sealed record TrainingItem(ImageInputs? Image, PackedSequence Sequence, PatchTargets? Patches);

/// <summary>Makes the items of a stage, each from its number alone, so that a run can go on from any step.</summary>
internal sealed class ItemMaker(
    Mixture mixture, SequencePacker packer, MultiCropPreprocessor preprocessor, PreprocessorConfig config,
    IReadOnlyDictionary<string, int> labels, long seed)
{
    /// <param name="number">Of the item, over all stages.</param>
    public TrainingItem Make(long number)
    {
        var random = SampleRandom.For(seed, "training", number);
        var example = mixture.Draw(random, number);
        var image = example.Picture is { } picture ? preprocessor.Process(picture) : null;
        var sequence = packer.Pack(example.Annotations, image?.ImageTokenIds ?? [], random);
        return new TrainingItem(
            image, sequence, image is null ? null : PatchTargets.Of(example, config, labels));
    }
}
