using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Molmo.Demo.Inference.Kernels;

namespace Molmo.Demo.Inference.Limits;

/// <summary>Measures <see cref="MachineLimits"/>, at the widest vectors there are.</summary>
public static class LimitMeasurement
{
    /// <summary>Takes all cores meanwhile, and the plan's memory.</summary>
    /// <exception cref="InvalidOperationException">A measurement computed something wrong.</exception>
    /// <exception cref="OutOfMemoryException">There is not that much memory.</exception>
    public static MachineLimits Measure(LimitPlan plan, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var cores = Environment.ProcessorCount;
        return new MachineLimits(
            Both(CreateFloat), Both(CreateInt8), AvxVnni.IsSupported ? Both(CreateVnni) : null, Both(CreateInt4),
            new(Read(1), Read(cores)),
            X86Base.IsSupported ? Series(plan, 1, _ => new MultiplyChain(), cancellationToken) : null);

        ThreadLimits Both(Func<int, IProbe> create)
            => new(Series(plan, 1, create, cancellationToken), Series(plan, cores, create, cancellationToken));

        Limit Read(int threads)
            => Series(plan, threads, _ => new MemoryRead(plan.ReadBytes / threads, VectorBits), cancellationToken);
    }

    private static int VectorBits
        => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    internal static IProbe CreateFloat(int seed)
        => Vector512.IsHardwareAccelerated ? new FloatTile<Lanes512>(seed)
            : Vector256.IsHardwareAccelerated ? new FloatTile<Lanes256>(seed) : new FloatTile<Lanes128>(seed);

    internal static IProbe CreateInt8(int seed)
        => Avx512BW.IsSupported
            ? new IntegerTile<Int8Form<Integers512, Lanes512>, Integers512, Lanes512>(seed)
            : Avx2.IsSupported
                ? new IntegerTile<Int8Form<Integers256, Lanes256>, Integers256, Lanes256>(seed)
                : new IntegerTile<Int8Form<Integers128, Lanes128>, Integers128, Lanes128>(seed);

    internal static IProbe CreateInt4(int seed)
        => Avx512BW.IsSupported
            ? new IntegerTile<Int4Form<Integers512, Lanes512>, Integers512, Lanes512>(seed)
            : Avx2.IsSupported
                ? new IntegerTile<Int4Form<Integers256, Lanes256>, Integers256, Lanes256>(seed)
                : new IntegerTile<Int4Form<Integers128, Lanes128>, Integers128, Lanes128>(seed);

    internal static IProbe CreateVnni(int seed)
        => new IntegerTile<VnniForm, Integers256, Lanes256>(seed);

    /// <summary>Several runs on so many threads, each with a probe of its own.</summary>
    /// <param name="plan">How many and how long.</param>
    /// <param name="threads">At least 1.</param>
    /// <param name="create">Makes the probe of a thread, on that thread.</param>
    /// <param name="cancellationToken">Looked at before each series.</param>
    /// <returns>Giga of work a second, all threads together.</returns>
    internal static Limit Series(
        LimitPlan plan, int threads, Func<int, IProbe> create, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var starts = new long[threads];
        var ends = new long[threads];
        var probes = new IProbe[threads];
        var rates = new double[plan.Runs];
        var faults = new Exception?[threads];
        var passes = 1L;
        MachineLoad? load = null;
        double? others = null;
        using var together = new Barrier(threads);
        var workers = Enumerable.Range(0, threads).Select(thread => new Thread(() => Work(thread))).ToList();
        foreach (var worker in workers) worker.Start();
        foreach (var worker in workers) worker.Join();
        foreach (var probe in probes) probe?.Dispose();
        if (faults.FirstOrDefault(fault => fault is not null) is { } first) throw first;
        Array.Sort(rates);
        return new Limit(
            Rounded(rates[^1]), Rounded((rates[(rates.Length - 1) / 2] + rates[rates.Length / 2]) / 2), others);

        void Work(int thread)
        {
            try
            {
                probes[thread] = create(thread);
            }
            catch (Exception e) when (e is OutOfMemoryException or OverflowException)
            {
                faults[thread] = e;
            }

            // All see the same faults behind it: none waits for one that has given up.
            together.SignalAndWait(CancellationToken.None);
            if (Array.Exists(faults, fault => fault is not null)) return;
            if (thread == 0)
            {
                passes = Passes(probes[0], plan.Milliseconds);
                load = new MachineLoad();
            }

            for (var run = 0; run < plan.Runs; run++)
            {
                together.SignalAndWait(CancellationToken.None);
                starts[thread] = Stopwatch.GetTimestamp();
                probes[thread].Run(passes);
                ends[thread] = Stopwatch.GetTimestamp();
                together.SignalAndWait(CancellationToken.None);
                if (thread == 0)
                    rates[run] = probes.Sum(probe => probe.Work) * passes * 1e-9
                        / Stopwatch.GetElapsedTime(starts.Min(), ends.Max()).TotalSeconds;
            }

            if (thread == 0) others = load!.OthersShare;
            if (!probes[thread].IsRight())
                faults[thread] = new InvalidOperationException($"{probes[thread].GetType().Name} computed wrongly.");
        }
    }

    /// <summary>
    /// Passes that take so long, by doubling; the first calls warm the caches and the clock. The quickest of three
    /// counts: one that the system put aside would look long enough.
    /// </summary>
    private static long Passes(IProbe probe, double milliseconds)
    {
        for (var passes = 1L; ; passes *= 2)
        {
            var quickest = TimeSpan.MaxValue;
            for (var attempt = 0; attempt < 3; attempt++)
            {
                var start = Stopwatch.GetTimestamp();
                probe.Run(passes);
                var time = Stopwatch.GetElapsedTime(start);
                if (time < quickest) quickest = time;
            }

            if (quickest.TotalMilliseconds >= milliseconds) return passes;
        }
    }

    // Plain code on a busy machine reaches thousandths.
    private static double Rounded(double value) => Math.Round(value, value < 1 ? 6 : 2);
}
