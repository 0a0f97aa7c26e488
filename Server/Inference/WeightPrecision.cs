using System.Diagnostics.CodeAnalysis;

namespace Molmo.Demo.Inference;

/// <summary>
/// How the large matrices are kept in memory; largest first. Norms, biases and activations are float32 in all of them.
/// </summary>
[SuppressMessage(
    "Naming", "CA1720:Identifier contains type name", Justification = "The number formats are what is named.")]
public enum WeightPrecision
{
    /// <summary>32 bits a weight: as the reference computes.</summary>
    Float32,

    /// <summary>16 bits a weight: the upper half of a float32, rounded to the nearest.</summary>
    BFloat16,

    /// <summary>8.5 bits a weight: 32 weights share a half-precision scale.</summary>
    Int8,

    /// <summary>4.5 bits a weight: 32 weights share a half-precision scale.</summary>
    Int4,
}

/// <summary>Names of precisions.</summary>
public static class WeightPrecisions
{
    /// <summary>As settings, stamps and logs write it.</summary>
    public static string Name(this WeightPrecision precision) => precision switch
    {
        WeightPrecision.Float32 => "float32",
        WeightPrecision.BFloat16 => "bfloat16",
        WeightPrecision.Int8 => "int8",
        WeightPrecision.Int4 => "int4",
        _ => throw new ArgumentOutOfRangeException(nameof(precision), precision, "Unknown precision."),
    };
}
