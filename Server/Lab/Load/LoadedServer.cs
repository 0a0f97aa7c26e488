using System.Diagnostics;
using System.Net;

namespace Molmo.Demo.Lab.Load;

/// <summary>
/// The server as a process of its own, on a port of this machine and with a data folder that goes with it. The program
/// lies beside this one.
/// </summary>
internal sealed class LoadedServer : IAsyncDisposable
{
    private const string Listening = "Now listening on: ";

    private static readonly TimeSpan Sample = TimeSpan.FromSeconds(1), LoadingPatience = TimeSpan.FromMinutes(15);

    private readonly Process _process;
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("molmo-load-");
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StringBuilder _error = new();
    private readonly List<long> _memory = [];

    private LoadedServer(IEnumerable<string> settings)
    {
        var program = Path.Combine(
            AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Molmo.Demo.Server.exe" : "Molmo.Demo.Server");
        var start = new ProcessStartInfo(
            program, ["--urls", "http://127.0.0.1:0", "--data", _data.FullName, .. settings])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("ASPNETCORE_URLS");
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, e) => Look(e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(e.Data);
        _process.Exited += (_, _) => _address.TrySetException(Gone());
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Where it listens.</summary>
    public Uri Address => _address.Task.Result;

    /// <summary>Whether it runs.</summary>
    public bool IsAlive => !_process.HasExited;

    /// <summary>Bytes in memory, one figure a second since <see cref="WatchAsync"/> began.</summary>
    public IReadOnlyList<long> Memory => _memory;

    /// <summary>Starts it and waits until it answers questions.</summary>
    /// <param name="settings">Of its command line.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CommandException">It ended, or never came to that.</exception>
    public static async Task<LoadedServer> StartAsync(
        IEnumerable<string> settings, CancellationToken cancellationToken)
    {
        var server = new LoadedServer(settings);
        try
        {
            var address = await server._address.Task.WaitAsync(cancellationToken);
            using var http = new HttpClient { BaseAddress = address };
            for (var watch = Stopwatch.StartNew(); watch.Elapsed < LoadingPatience && server.IsAlive;
                await Task.Delay(100, cancellationToken))
            {
                using var reply = await http.GetAsync("ready", cancellationToken);
                if (reply.StatusCode == HttpStatusCode.OK) return server;
            }
            throw server.Gone();
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Notes its memory until cancelled.</summary>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Sample);
        try
        {
            do
            {
                _process.Refresh();
                if (IsAlive) _memory.Add(_process.WorkingSet64);
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (IsAlive) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _data.Delete(recursive: true);
    }

    private void Look(string? line)
    {
        if (line?.IndexOf(Listening, StringComparison.Ordinal) is >= 0 and var at)
            _address.TrySetResult(new Uri(line[(at + Listening.Length)..].Trim()));
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_error) _error.AppendLine(line);
    }

    private CommandException Gone()
    {
        lock (_error)
            return new CommandException($"The server did not become ready. {_error.ToString().ReplaceLineEndings(" ")}"
                .TrimEnd());
    }
}
