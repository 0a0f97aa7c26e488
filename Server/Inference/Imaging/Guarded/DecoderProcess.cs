using System.Diagnostics;

namespace Molmo.Demo.Inference.Imaging.Guarded;

/// <summary>
/// One run of <see cref="DecoderProgram"/> in a process of its own. A crafted file of 160 kB can keep ImageSharp busy
/// for ten seconds and take 1.4 GB, and nothing inside .NET stops such work; a process can be ended, has a memory limit
/// of its own, and ends nobody else.
/// </summary>
internal sealed class DecoderProcess : IDisposable
{
    // Managed memory of the process: tables and the file. Pixels are limited by DecoderProgram.
    private const string HeapLimit = "0xC000000";

    private static readonly string[] KeptVariables = ["LD_LIBRARY_PATH", "SystemRoot"];

    // The host that belongs to the runtime in use, which need not be on the path.
    private static readonly string DotNet = Path.GetFullPath(
        Path.Combine("..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"),
        RuntimeEnvironment.GetRuntimeDirectory());

    private readonly Process _process;
    private readonly Task<string> _errors;

    private DecoderProcess(Process process)
    {
        _process = process;
        // Read all along: a full pipe would hold the process up.
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>The rows of the picture, as they come.</summary>
    public Stream Pixels => _process.StandardOutput.BaseStream;

    /// <exception cref="System.ComponentModel.Win32Exception">There is no host, or no process to be had.</exception>
    public static DecoderProcess Start(ImageFormat format, int fileLength, int width, int height, int channels)
    {
        var numbers = new[] { fileLength, width, height, channels }
            .Select(number => number.ToString(CultureInfo.InvariantCulture));
        var program = typeof(DecoderProgram).Assembly.Location;
        var start = new ProcessStartInfo(DotNet, [program, format.ToString(), .. numbers])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Nothing of this program's settings and keys is for it.
        foreach (var name in start.Environment.Keys.Except(KeptVariables, StringComparer.OrdinalIgnoreCase).ToList())
            start.Environment.Remove(name);
        start.Environment["DOTNET_GCHeapHardLimit"] = HeapLimit;
        start.Environment["DOTNET_gcConcurrent"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1";
        return new DecoderProcess(Process.Start(start)!);
    }

    /// <summary>Gives it the file.</summary>
    /// <exception cref="IOException">It has ended.</exception>
    public void Send(byte[] file)
    {
        using var input = _process.StandardInput.BaseStream;
        input.Write(file);
    }

    /// <summary>Ends it wherever it is. May be called at any time, from any thread.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended, which is what was wanted.
        }
    }

    /// <summary>Waits for its end and says why it gave no picture.</summary>
    public InvalidImageException Refusal()
    {
        _process.WaitForExit();
        var fault = _process.ExitCode == DecoderProgram.TooMuchMemory ? ImageFault.TooMuchWork : ImageFault.Damaged;
        using var lines = new StringReader(_errors.GetAwaiter().GetResult());
        return new InvalidImageException(fault, $"The decoder ended with code {_process.ExitCode}: {lines.ReadLine()}");
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }
}
