using Molmo.Demo.Inference.Model;

namespace Molmo.Demo.Lab.Synthesis;

/// <summary>
/// Random weights that depend on the seed, the tensor's name and the place in it alone. Matrices are scaled by their
/// inputs and norms lie around one, so that activations keep their size through any number of layers.
/// </summary>
internal sealed class RandomWeights(long seed)
{
    /// <summary>Fills a part of a tensor.</summary>
    /// <param name="spec">The tensor.</param>
    /// <param name="start">First element; even, as two are drawn at a time.</param>
    /// <param name="destination">As many as it holds.</param>
    public void Fill(WeightSpec spec, long start, Span<float> destination)
    {
        var (centre, deviation) = Spread(spec);
        // Of numbers spread evenly over an interval, the deviation is its half width over the root of three.
        var scale = deviation * MathF.Sqrt(3) / (1 << 23);
        var state = Mix((ulong)seed ^ Hash(spec.Name)) + ((ulong)(start / 2) * Step);
        for (var i = 0; i < destination.Length; i += 2)
        {
            state += Step;
            var bits = Mix(state);
            destination[i] = centre + (((int)(bits & 0xFFFFFF) - (1 << 23)) * scale);
            if (i + 1 < destination.Length) destination[i + 1] = centre + (((int)(bits >> 40) - (1 << 23)) * scale);
        }
    }

    /// <summary>Odd, and without a pattern in its bits: multiples of it visit all 64-bit numbers.</summary>
    private const ulong Step = 0x9E3779B97F4A7C15;

    private static (float Centre, float Deviation) Spread(WeightSpec spec)
    {
        var name = spec.Name;
        if (name.EndsWith("embedding", StringComparison.Ordinal) || name.EndsWith("pad_embed", StringComparison.Ordinal))
            return (0, name.Contains(".wte.", StringComparison.Ordinal) ? 0.7f : 0.1f);
        if (name.EndsWith(".bias", StringComparison.Ordinal)) return (0, 0.05f);
        return spec.Dimensions.Length == 1 ? (1, 0.1f) : (0, 1 / MathF.Sqrt(spec.Dimensions[^1]));
    }

    /// <summary>The finaliser of SplitMix64.</summary>
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>FNV-1a.</summary>
    private static ulong Hash(string text)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var character in text) hash = (hash ^ character) * 0x100000001B3;
        return hash;
    }
}
