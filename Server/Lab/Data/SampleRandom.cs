using Molmo.Demo.Lab.Synthesis;

namespace Molmo.Demo.Lab.Data;

/// <summary>
/// Random numbers of one example: they depend on nothing but the seed, the source's name and the example's number, so
/// that every example can be made again by itself.
/// </summary>
internal static class SampleRandom
{
    /// <param name="seed">Of the whole data set.</param>
    /// <param name="source">Name of the generator, so that two of them draw differently.</param>
    /// <param name="index">Number of the example.</param>
    public static Random For(long seed, string source, long index)
    {
        var state = Mix((ulong)seed);
        foreach (var character in source) state = Mix(state ^ character);
        // Of the framework's generators the one with a seed keeps its sequence from version to version.
        return new Random((int)(Mix(state ^ (ulong)index) >> 33));
    }

    /// <summary>A number from a normal distribution.</summary>
    public static double NextNormal(this Random random, double mean, double deviation)
        => mean + (deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()))
            * Math.Cos(2 * Math.PI * random.NextDouble()));

    public static double NextBetween(this Random random, double least, double most)
        => least + ((most - least) * random.NextDouble());

    public static T Pick<T>(this Random random, IReadOnlyList<T> items) => items[random.Next(items.Count)];

    private static ulong Mix(ulong state) => SplitMix.Finish(state + SplitMix.Step);
}
