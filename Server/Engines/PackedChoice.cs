using Molmo.Demo.Inference;
using Molmo.Demo.Inference.Model;

namespace Molmo.Demo.Server.Engines;

/// <summary>Finds the packed file of a checkpoint that serves a setting.</summary>
internal static class PackedChoice
{
    /// <summary>Most exact first.</summary>
    private static readonly WeightPrecision[] Precisions =
        [WeightPrecision.Float32, WeightPrecision.BFloat16, WeightPrecision.Int8, WeightPrecision.Int4];

    /// <param name="checkpoint">Opened and checked.</param>
    /// <param name="options">Which file, or which precision.</param>
    /// <param name="fits">Whether a precision is the one configured, or fits where the choice is left.</param>
    /// <param name="note">Takes a sentence about each file that is there and cannot be used.</param>
    /// <returns>The file, opened; null where the checkpoint has to be converted.</returns>
    public static PackedWeights? Find(
        Checkpoint checkpoint, MolmoOptions options, Func<WeightPrecision, bool> fits, Action<string>? note)
    {
        if (options.Packed is { } named)
        {
            if (Open(Path.GetFullPath(named), checkpoint, note) is not { } packed) return null;
            var family = checkpoint.Config.Family;
            var vision = packed.Vision.With(packed.Precision, family);
            if (options.Weights != WeightSetting.Auto && !fits(packed.Precision))
                note?.Invoke($"The packed file {packed.Path} is not used: it holds {packed.Precision.Name()}, "
                    + $"and other weights are set.");
            else if (options.Vision != VisionPrecision.Auto
                && options.Vision.With(packed.Precision, family) != vision)
                note?.Invoke($"The packed file {packed.Path} is not used: its picture encoder is in "
                    + $"{vision.Name()}, and another precision is set.");
            else return packed;
            packed.Dispose();
            return null;
        }

        return Precisions.Where(fits)
            .SelectMany(precision => PackedPlaces.Of(checkpoint, precision, options.Vision)).Where(File.Exists)
            .Select(path => Open(path, checkpoint, note)).FirstOrDefault(packed => packed is not null);
    }

    /// <summary>What to say of a packed file that cannot be used.</summary>
    public static string Refusal(ModelFormatException e)
        => $"A packed file is not used, and the weights are converted from the checkpoint instead: "
            + $"{e.Message} The command convert writes a new one.";

    private static PackedWeights? Open(string path, Checkpoint checkpoint, Action<string>? note)
    {
        try
        {
            return PackedWeights.Open(path, checkpoint);
        }
        catch (ModelFormatException e)
        {
            note?.Invoke(Refusal(e));
            return null;
        }
    }
}
