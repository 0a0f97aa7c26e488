using System.Diagnostics;

namespace Molmo.Demo.Server.Tests.Commands;

/// <summary>The built program as a process of its own; it lies beside the tests.</summary>
internal sealed class ProgramProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    public ProgramProcess(params string[] arguments)
        : this([], arguments)
    {
    }

    /// <param name="isSlow">Without vector instructions and on one thread, so that the tiny model takes seconds for a
    /// long answer.</param>
    /// <param name="arguments">Of its command line.</param>
    public ProgramProcess(bool isSlow, params string[] arguments)
        : this(isSlow ? [new("DOTNET_EnableHWIntrinsic", "0"), new("Molmo__Threads", "1")] : [], arguments)
    {
    }

    public ProgramProcess(
        IEnumerable<KeyValuePair<string, string>> environment, string[] arguments, string program = "Molmo.Demo.Server")
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, program), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // What the test run was started with must not reach the program.
        foreach (var name in start.Environment.Keys.Where(
            k => k.StartsWith("Molmo__", StringComparison.OrdinalIgnoreCase) || k is "ASPNETCORE_URLS" or "URLS")
            .ToArray())
            start.Environment.Remove(name);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => Take(_output, e.Data);
        _process.ErrorDataReceived += (_, e) => Take(_error, e.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Output => Read(_output);

    public string Error => Read(_error);

    /// <summary>Of the running process.</summary>
    public int Id => _process.Id;

    /// <summary>Ends it as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        await using var program = new ProgramProcess(arguments);
        var exitCode = await program.EndAsync();
        return (exitCode, program.Output, program.Error);
    }

    public async Task<int> EndAsync()
    {
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        guard.CancelAfter(TimeSpan.FromMinutes(2));
        await _process.WaitForExitAsync(guard.Token);
        return _process.ExitCode;
    }

    /// <summary>Waits until standard output holds the text.</summary>
    public async Task<string> UntilOutputAsync(string text)
    {
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        guard.CancelAfter(TimeSpan.FromMinutes(2));
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            if (_process.HasExited) Assert.Fail($"It ended with {_process.ExitCode}: {Error}");
            await Task.Delay(20, guard.Token);
        }
        return Output;
    }

    /// <summary>Waits until it has started, and gives the first address that it listens on.</summary>
    public async Task<Uri> UntilListeningAsync()
    {
        const string listening = "Now listening on: ";
        await UntilOutputAsync("Data ");
        var output = await UntilOutputAsync(listening);
        return new Uri(
            output[(output.IndexOf(listening, StringComparison.Ordinal) + listening.Length)..].Split('\n')[0].Trim());
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private static void Take(StringBuilder text, string? line)
    {
        if (line is null) return;
        lock (text) text.AppendLine(line);
    }

    private static string Read(StringBuilder text)
    {
        lock (text) return text.ToString();
    }
}
