using System.Collections.Concurrent;
using System.Diagnostics;

namespace Molmo.Demo.Browser.Tests.Support;

/// <summary>
/// The real server as a process of its own: the executable beside the test assembly, on a loopback port.
/// </summary>
public sealed class ServerProcess : IAsyncDisposable
{
    /// <summary>Opens <c>/admin</c>.</summary>
    public const string AdminKey = "a key for the tests";

    private const string Listening = "Now listening on: ";

    private readonly ConcurrentQueue<string> _log = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process _process;
    private readonly TemporaryFolder? _owned;
    private readonly TemporaryFolder _replay;

    private ServerProcess(Process process, TemporaryFolder? owned, TemporaryFolder replay)
    {
        _process = process;
        _owned = owned;
        _replay = replay;
        Recordings = new Recordings(replay.Path);
    }

    public Uri Address { get; private set; } = null!;

    /// <summary>Its process.</summary>
    public int Id => _process.Id;

    /// <summary>Its data folder.</summary>
    public string Data { get; private init; } = "";

    /// <summary>Streams that it replays.</summary>
    public Recordings Recordings { get; }

    /// <summary>Everything the process has written.</summary>
    public string Log => string.Join('\n', _log);

    /// <summary>Starts a server and waits until it listens.</summary>
    /// <param name="data">Its data folder; null for a fresh one that goes with the process.</param>
    /// <param name="port">0 for any free one.</param>
    /// <param name="model">Folder of its checkpoint; null for the shipped one.</param>
    /// <param name="compare">Folder of a second one; null for none.</param>
    /// <param name="libTorch">Folder of the libtorch through which it computes on the processor; null for the managed
    /// engine.</param>
    /// <param name="program">Its executable; null for the one beside the test assembly.</param>
    /// <param name="settings">Further variables of its environment.</param>
    /// <param name="arguments">Further arguments, such as its role.</param>
    public static async Task<ServerProcess> StartAsync(
        string? data = null, int port = 0, string? model = null, string? compare = null, string? libTorch = null,
        string? program = null, IReadOnlyDictionary<string, string>? settings = null, params string[] arguments)
    {
        var owned = data is null ? new TemporaryFolder() : null;
        var replay = new TemporaryFolder();
        var start = new ProcessStartInfo(program ?? Path.Combine(AppContext.BaseDirectory, "Molmo.Demo.Server"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            Environment =
            {
                ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["Molmo__Data"] = data ?? owned!.Path,
                ["Molmo__Replay"] = replay.Path,
                ["Molmo__AdminKey"] = AdminKey,
            },
        };
        if (model is not null) start.Environment["Molmo__Model"] = model;
        if (compare is not null) start.Environment["Molmo__Compare"] = compare;
        foreach (var (name, value) in settings ?? ImmutableDictionary<string, string>.Empty)
            start.Environment[name] = value;
        string[] device = libTorch is null ? [] : ["--device", "torch-cpu", "--libtorch", libTorch];
        foreach (var argument in device.Concat(arguments))
            start.ArgumentList.Add(argument);

        var server = new ServerProcess(new Process { StartInfo = start, EnableRaisingEvents = true }, owned, replay)
        {
            Data = data ?? owned!.Path
        };
        await server.RunAsync();
        return server;
    }

    /// <summary>Ends it as a crash or a cut of power to the process would.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        // Waits for the end of its output as well, which something that outlived it might hold.
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
        _owned?.Dispose();
        _replay.Dispose();
    }

    private async Task RunAsync()
    {
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.Exited += (_, _) =>
            _address.TrySetException(new InvalidOperationException($"The server ended before it listened:\n{Log}"));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _process.StandardInput.Close();
        Address = await _address.Task.WaitAsync(TimeSpan.FromMinutes(2));
    }

    private void Read(string? line)
    {
        if (line is null) return;
        _log.Enqueue(line);
        var at = line.IndexOf(Listening, StringComparison.Ordinal);
        if (at >= 0) _address.TrySetResult(new Uri(line[(at + Listening.Length)..].Trim()));
    }
}
