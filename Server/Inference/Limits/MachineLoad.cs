using System.Diagnostics;

namespace Molmo.Demo.Inference.Limits;

/// <summary>What other programs take of the processor while something is measured.</summary>
public sealed class MachineLoad
{
    private const string File = "/proc/stat";

    /// <summary>The kernel counts processor time in hundredths of a second, whatever its own clock.</summary>
    private const double TicksPerSecond = 100;

    private readonly double? _busy = BusySeconds();
    private readonly TimeSpan _own = Environment.CpuUsage.TotalTime;
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>
    /// Share of all cores, 0 to 1, that others took since this was created; null where the system does not tell.
    /// </summary>
    public double? OthersShare
        => _busy is { } before && BusySeconds() is { } now
            ? ShareOf(
                now - before, (Environment.CpuUsage.TotalTime - _own).TotalSeconds,
                Stopwatch.GetElapsedTime(_start).TotalSeconds, Environment.ProcessorCount)
            : null;

    /// <param name="busy">Processor seconds of all programs.</param>
    /// <param name="own">Of this one.</param>
    /// <param name="wall">Seconds that passed.</param>
    /// <param name="cores">Cores of the machine.</param>
    internal static double ShareOf(double busy, double own, double wall, int cores)
        => Math.Round(Math.Clamp((busy - own) / (wall * cores), 0, 1), 3);

    /// <summary>Seconds of all cores that were neither idle nor waiting for a disk; null where there is no such
    /// line.</summary>
    /// <param name="line">Such as <c>cpu  10 0 20 300 4 0 1 2 0 0</c>: the last of eight was taken by other
    /// machines.</param>
    internal static double? BusySeconds(string? line)
    {
        if (line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not ["cpu", .. var fields] || fields.Length < 8)
            return null;
        var ticks = 0L;
        for (var i = 0; i < 8; i++)
        {
            if (!long.TryParse(fields[i], CultureInfo.InvariantCulture, out var value)) return null;
            if (i is not (3 or 4)) ticks += value;
        }

        return ticks / TicksPerSecond;
    }

    private static double? BusySeconds()
        => System.IO.File.Exists(File) ? BusySeconds(System.IO.File.ReadLines(File).FirstOrDefault()) : null;
}
