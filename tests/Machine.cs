namespace Molmo.Demo.Tests;

/// <summary>The machine that a figure is of: what it is, and not whose.</summary>
internal static class Machine
{
    public static string Processor() => File.Exists("/proc/cpuinfo")
        && File.ReadLines("/proc/cpuinfo")
            .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } line
        ? line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
        : RuntimeInformation.ProcessArchitecture.ToString();
}
