using System.Diagnostics.CodeAnalysis;

namespace Molmo.Demo.Inference;

/// <summary>How the large matrices of the picture encoder are kept, and with them how it computes.</summary>
[SuppressMessage(
    "Naming", "CA1720:Identifier contains type name", Justification = "The number formats are what is named.")]
public enum VisionPrecision
{
    /// <summary>As the language model's, but not below int8.</summary>
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
    public static WeightPrecision With(this VisionPrecision vision, WeightPrecision weights) => vision switch
    {
        VisionPrecision.Auto => weights == WeightPrecision.Int4 ? WeightPrecision.Int8 : weights,
        VisionPrecision.Exact => WeightPrecision.Float32,
        VisionPrecision.Int8 => WeightPrecision.Int8,
        _ => throw new ArgumentOutOfRangeException(nameof(vision), vision, "Unknown precision."),
    };

    /// <summary>
    /// The choice that comes to a picture encoder's precision beside a language model's, if one does.
    /// </summary>
    public static VisionPrecision? Find(WeightPrecision vision, WeightPrecision weights)
    {
        foreach (var choice in Enum.GetValues<VisionPrecision>())
            if (choice.With(weights) == vision) return choice;
        return null;
    }
}
