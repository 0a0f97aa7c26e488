using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Molmo.Demo.Browser.Tests.Support;

/// <summary>The real server as a process of its own: the executable beside the test assembly, on a loopback port.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private const string Listening = "Now listening on: ";

    private readonly ConcurrentQueue<string> _log = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process _process;
    private readonly TemporaryFolder? _owned;
    private readonly CancellationTokenSource _end = new();
    private volatile float _share = 1;

    private ServerProcess(Process process, TemporaryFolder? owned)
    {
        _process = process;
        _owned = owned;
    }

    public Uri Address { get; private set; } = null!;

    /// <summary>
    /// Part of the time that the process may run, above 0 to 1. The tiny model answers within a blink; with a small share a
    /// test can act in the middle of an answer on any machine.
    /// </summary>
    public float Share { get => _share; set => _share = value; }

    /// <summary>Everything the process has written.</summary>
    public string Log => string.Join('\n', _log);

    /// <summary>Starts a server and waits until it listens.</summary>
    /// <param name="data">Its data folder; null for a fresh one that goes with the process.</param>
    /// <param name="port">0 for any free one.</param>
    /// <param name="isSlow">
    /// Without vector instructions and on one thread, for tests that act in the middle of an answer; see <see cref="Share"/>.
    /// </param>
    /// <param name="model">Folder of its checkpoint; null for the shipped one.</param>
    public static async Task<ServerProcess> StartAsync(string? data = null, int port = 0, bool isSlow = false, string? model = null)
    {
        var owned = data is null ? new TemporaryFolder() : null;
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Molmo.Demo.Server.exe" : "Molmo.Demo.Server"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            Environment =
            {
                ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["Molmo__Data"] = data ?? owned!.Path,
            },
        };
        if (model is not null) start.Environment["Molmo__Model"] = model;
        if (isSlow)
        {
            start.Environment["DOTNET_EnableHWIntrinsic"] = "0";
            start.Environment["Molmo__Threads"] = "1";
        }

        var server = new ServerProcess(new Process { StartInfo = start, EnableRaisingEvents = true }, owned);
        await server.RunAsync();
        return server;
    }

    /// <summary>Ends it as a crash or a cut of power to the process would.</summary>
    public async Task KillAsync()
    {
        await _end.CancelAsync();
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
        _end.Dispose();
        _owned?.Dispose();
    }

    private async Task RunAsync()
    {
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.Exited += (_, _) => _address.TrySetException(new InvalidOperationException($"The server ended before it listened:\n{Log}"));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _process.StandardInput.Close();
        Address = await _address.Task.WaitAsync(TimeSpan.FromMinutes(2));
        _ = Task.Factory.StartNew(HoldBack, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Stops and continues the process ten times a second while its share is small.</summary>
    private void HoldBack()
    {
        const int period = 100;
        var id = _process.Id;
        var end = _end.Token;
        while (!end.WaitHandle.WaitOne((int)(period * Share)))
        {
            if (Share >= 1) continue;
            _ = Signal(id, Stop);
            end.WaitHandle.WaitOne((int)(period * (1 - Share)));
            _ = Signal(id, Continue);
        }
    }

    private const int Stop = 19;
    private const int Continue = 18;

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Signal(int process, int signal);

    private void Read(string? line)
    {
        if (line is null) return;
        _log.Enqueue(line);
        var at = line.IndexOf(Listening, StringComparison.Ordinal);
        if (at >= 0) _address.TrySetResult(new Uri(line[(at + Listening.Length)..].Trim()));
    }
}
