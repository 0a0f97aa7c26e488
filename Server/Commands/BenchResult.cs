using System.Numerics;

namespace Molmo.Demo.Server.Commands;

/// <summary>What <c>bench</c> prints.</summary>
/// <param name="Machine">Where it ran.</param>
/// <param name="Stamp">What ran.</param>
/// <param name="Image">What was asked about.</param>
/// <param name="LoadMs">Milliseconds that opening and loading the model took.</param>
/// <param name="WarmUpMs">Milliseconds that warming up took.</param>
/// <param name="Median">Each figure's median over the runs.</param>
/// <param name="Runs">All runs.</param>
internal sealed record BenchResult(
    BenchMachine Machine, EngineStamp Stamp, BenchImage Image, double LoadMs, double WarmUpMs, BenchRun Median,
    IReadOnlyList<BenchRun> Runs);

/// <summary>The picture and what it became.</summary>
/// <param name="File">As named; null for the blank picture.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Crops">Crops, the overview included.</param>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="AnswerTokens">Tokens written in each run.</param>
internal sealed record BenchImage(string? File, int Width, int Height, int Crops, int PromptTokens, int AnswerTokens);

/// <summary>Times of one run, in milliseconds.</summary>
/// <param name="DecodeImageMs">File to pixels; 0 for the blank picture.</param>
/// <param name="PreprocessMs">Pixels to crops.</param>
/// <param name="PrefillMs">Crops and prompt to the first token: vision, connector and all prompt positions.</param>
/// <param name="TextPrefillMs">The same prompt without its picture.</param>
/// <param name="EncodeMs">The picture's share: <paramref name="PrefillMs"/> less
/// <paramref name="TextPrefillMs"/>.</param>
/// <param name="FirstTokenMs">From pixels to the first token: preprocessing and prefill.</param>
/// <param name="TokensPerSecond">Rate after the first token, one answer at a time.</param>
internal sealed record BenchRun(
    double DecodeImageMs, double PreprocessMs, double PrefillMs, double TextPrefillMs, double EncodeMs,
    double FirstTokenMs, double TokensPerSecond)
{
    public static BenchRun MedianOf(IReadOnlyList<BenchRun> runs) => new(
        Median(runs.Select(r => r.DecodeImageMs)), Median(runs.Select(r => r.PreprocessMs)),
        Median(runs.Select(r => r.PrefillMs)),
        Median(runs.Select(r => r.TextPrefillMs)), Median(runs.Select(r => r.EncodeMs)),
        Median(runs.Select(r => r.FirstTokenMs)), Median(runs.Select(r => r.TokensPerSecond)));

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

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
    public static BenchMachine Here(int threads) => new(
        ProcessorName(), Environment.ProcessorCount, threads == 0 ? Environment.ProcessorCount : threads,
        WidestVector(), RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription);

    private static int WidestVector()
        => global::System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated ? 512 : Vector<byte>.Count * 8;

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
