using System.Numerics;
using System.Runtime.Intrinsics;

namespace Molmo.Demo.Server.Commands.Bench;

/// <summary>The machine, as far as it explains a figure.</summary>
/// <param name="Processor">As the system names it.</param>
/// <param name="Cores">Logical cores.</param>
/// <param name="Threads">Threads that the engine was given.</param>
/// <param name="VectorBits">Widest vectors that are accelerated.</param>
/// <param name="System">Operating system.</param>
/// <param name="Runtime">Such as <c>.NET 9.0.22</c>.</param>
internal sealed record BenchMachine(
    string Processor, int Cores, int Threads, int VectorBits, string System, string Runtime)
{
    /// <param name="threads">0 for one a core.</param>
    public static BenchMachine Here(int threads) => new(
        ProcessorName(), Environment.ProcessorCount, threads == 0 ? Environment.ProcessorCount : threads,
        Vector512.IsHardwareAccelerated ? 512 : Vector<byte>.Count * 8,
        RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription);

    private static string ProcessorName()
    {
        const string file = "/proc/cpuinfo";
        var line = File.Exists(file)
            ? File.ReadLines(file).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")
            ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
