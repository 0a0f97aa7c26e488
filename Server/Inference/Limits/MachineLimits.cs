namespace Molmo.Demo.Inference.Limits;

/// <summary>
/// What a machine reaches in C#: the same arithmetic as the engine's, from the cache, and the same reads from memory.
/// A multiply-add counts as two operations; giga is 10^9.
/// </summary>
/// <param name="Float32Gflops">float32 tile.</param>
/// <param name="Int8Gops">Tile of 8-bit weights in blocks of 32, in bytes and 16-bit sums.</param>
/// <param name="Int8VnniGops">The same with the 256-bit instruction for four products; null without
/// it.</param>
/// <param name="Int4Gops">Tile of 4-bit weights in blocks of 32, in bytes and 16-bit sums.</param>
/// <param name="ReadGigabytesPerSecond">Memory that is read once.</param>
/// <param name="ClockGigahertz">Of one core, from multiplications that wait for each other; null where their time is
/// not known.</param>
public sealed record MachineLimits(
    ThreadLimits Float32Gflops, ThreadLimits Int8Gops, ThreadLimits? Int8VnniGops, ThreadLimits Int4Gops,
    ThreadLimits ReadGigabytesPerSecond, Limit? ClockGigahertz);

/// <summary>A limit on one core, and on all of them together.</summary>
public sealed record ThreadLimits(Limit OneThread, Limit AllThreads)
{
    /// <summary>What so many threads reach at best, all being one a core.</summary>
    public double For(int threads) => threads == 1 ? OneThread.Best : AllThreads.Best;
}

/// <summary>Several measurements of the same.</summary>
/// <param name="Best">The highest.</param>
/// <param name="Median">The middle.</param>
/// <param name="OthersShare">Share of all cores that others took meanwhile, 0 to 1; null where the system does not
/// tell.</param>
public sealed record Limit(double Best, double Median, double? OthersShare);

/// <summary>How long limits are measured.</summary>
/// <param name="Runs">Of each, at least 1.</param>
/// <param name="Milliseconds">Of a run at least.</param>
/// <param name="ReadBytes">Memory that is read, all threads together.</param>
public sealed record LimitPlan(int Runs, double Milliseconds, long ReadBytes)
{
    /// <summary>
    /// For figures: about fifteen seconds, and a gibibyte of memory. Short runs: on a busy machine some of them are not
    /// interrupted.
    /// </summary>
    public static LimitPlan Full { get; } = new(40, 12, 1L << 30);

    /// <summary>Shows that all runs, and nothing else.</summary>
    public static LimitPlan Brief { get; } = new(2, 0.1, 1 << 20);
}
