using System.Diagnostics.CodeAnalysis;
using Molmo.Demo.Inference.Model;

namespace Molmo.Demo.Inference;

/// <summary>How the large matrices of the picture encoder are kept, and with them how it computes.</summary>
[SuppressMessage(
    "Naming", "CA1720:Identifier contains type name", Justification = "The number formats are what is named.")]
public enum VisionPrecision
{
    /// <summary>
    /// As the language model's, but not below int8; beside a mixture of experts in integers float32.
    /// </summary>
    Auto,

    /// <summary>float32, weights and arithmetic.</summary>
    Exact,

    /// <summary>Whole numbers of 8 bits, weights and activations.</summary>
    Int8,
}

/// <summary>What a choice comes to.</summary>
public static class VisionPrecisions
{
    /// <summary>The picture encoder's precision beside a language model's.</summary>
    /// <remarks>
    /// Experts are chosen by a threshold: small errors of a picture send its tokens to others, and the golden mixture
    /// is then further from float32 than the table of docs/models.md gives for int8.
    /// </remarks>
    public static WeightPrecision With(
        this VisionPrecision vision, WeightPrecision weights, ModelFamily family)
        => vision switch
        {
            VisionPrecision.Auto when weights is not (WeightPrecision.Int8 or WeightPrecision.Int4) => weights,
            VisionPrecision.Auto when family == ModelFamily.Olmoe => WeightPrecision.Float32,
            VisionPrecision.Auto => WeightPrecision.Int8,
            VisionPrecision.Exact => WeightPrecision.Float32,
            VisionPrecision.Int8 => WeightPrecision.Int8,
            _ => throw new ArgumentOutOfRangeException(nameof(vision), vision, "Unknown precision."),
        };

    /// <summary>
    /// The choice that comes to a picture encoder's precision beside a language model's, if one does.
    /// </summary>
    public static VisionPrecision? Find(WeightPrecision vision, WeightPrecision weights, ModelFamily family)
    {
        foreach (var choice in Enum.GetValues<VisionPrecision>())
            if (choice.With(weights, family) == vision) return choice;
        return null;
    }
}
