using System.Collections.Concurrent;

namespace Molmo.Demo.Server.Tests.Lasting;

/// <summary>What a <see cref="CutRun"/> counted.</summary>
internal sealed class CutFigures(int seed)
{
    private int _cuts;
    private int _hubCuts;
    private int _answers;
    private int _gaps;
    private int _doubles;

    public int Seed => seed;

    public int Cuts => _cuts;

    /// <summary>Of them, those of readers over the hub; the others read server-sent events.</summary>
    public int HubCuts => _hubCuts;

    /// <summary>Read to their end.</summary>
    public int Answers => _answers;

    /// <summary>Events that came with a number too high, and with one that was there.</summary>
    public int Gaps => _gaps;

    public int Doubles => _doubles;

    public TimeSpan Duration { get; set; }

    /// <summary>How long the network was away each time, in milliseconds.</summary>
    public ConcurrentBag<double> Lengths { get; } = [];

    /// <summary>
    /// From when the network was there again until the first event, in milliseconds; of those that were not cut again
    /// before it.
    /// </summary>
    public ConcurrentBag<double> Backs { get; } = [];

    /// <summary>Sentences about everything that was not as it must be; empty where all was.</summary>
    public ConcurrentQueue<string> Faults { get; } = new();

    public void Cut(TimeSpan length, bool isHub)
    {
        Interlocked.Increment(ref _cuts);
        if (isHub) Interlocked.Increment(ref _hubCuts);
        Lengths.Add(length.TotalMilliseconds);
    }

    public void Answered() => Interlocked.Increment(ref _answers);

    public void Gap() => Interlocked.Increment(ref _gaps);

    public void Double() => Interlocked.Increment(ref _doubles);
}
