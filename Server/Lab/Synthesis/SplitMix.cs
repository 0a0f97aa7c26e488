namespace Molmo.Demo.Lab.Synthesis;

/// <summary>The generator SplitMix64 in its two parts: a counter, and what makes a number of it.</summary>
internal static class SplitMix
{
    /// <summary>Odd, and without a pattern in its bits: multiples of it visit all 64-bit numbers.</summary>
    public const ulong Step = 0x9E3779B97F4A7C15;

    /// <summary>Spreads each bit over all.</summary>
    public static ulong Finish(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
