using System.Net;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;

namespace Molmo.Demo.Server.Chat.Remote;

/// <summary>
/// Keeps one connection to the inference machine's hub, again and again, for as long as the web host runs.
/// </summary>
internal sealed class RemoteLink(MolmoOptions options, ILogger<RemoteLink> log) : IHostedService, IDisposable
{
    /// <summary>Header that carries the shared key.</summary>
    public const string KeyHeader = "X-Molmo-Key";

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly Uri _inference = AddressOf(options);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource<HubConnection> _connected = NewSignal();
    private Task _loop = Task.CompletedTask;
    private Task? _stopped;
    private volatile Fact? _trouble = new MachineConnecting();

    /// <summary>Why the machine is away; null while connected.</summary>
    public Fact? Trouble => _trouble;

    /// <summary>Address of the inference machine, ending in a slash.</summary>
    public static Uri AddressOf(MolmoOptions options) => new(options.Inference!.AbsoluteUri.TrimEnd('/') + "/");

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _loop = Task.Run(RunAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>The connection, once there is one. It may be cut at any time; ask again then.</summary>
    public Task<HubConnection> ConnectedAsync(CancellationToken cancellationToken)
    {
        lock (_gate) return _connected.Task.WaitAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => _stopped ??= EndAsync();

    public void Dispose() => _stop.Dispose();

    private async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _loop;
    }

    private async Task RunAsync()
    {
        var pause = FirstPause;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await using var connection = Build();
                var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                connection.Closed += _ =>
                {
                    closed.TrySetResult();
                    return Task.CompletedTask;
                };
                await connection.StartAsync(_stop.Token);
                log.LogInformation("Connected to the inference machine {Address}.", _inference);
                pause = FirstPause;
                _trouble = null;
                lock (_gate) _connected.SetResult(connection);
                await closed.Task.WaitAsync(_stop.Token);
                log.LogWarning("The connection to the inference machine {Address} was cut.", _inference);
                SetAway(null);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
            }
            catch (Exception e)
            {
                // Whatever it was: a link that is not tried again is a site without answers until its restart.
                if (pause == FirstPause)
                    log.LogWarning("The inference machine {Address} cannot be reached ({Reason}). It is tried again.",
                        _inference, e.Message);
                SetAway(e);
            }
            await Task.Delay(pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 > LongestPause ? LongestPause : pause * 2;
        }
        SetAway(null);
    }

    private HubConnection Build()
    {
        var connection = new HubConnectionBuilder()
            .WithUrl(new Uri(_inference, "hubs/chat"), HttpTransportType.WebSockets, link =>
            {
                if (options.Key is { } key) link.Headers[KeyHeader] = key;
            }).Build();
        // Short, so that a machine that vanished without a word is noticed; the hub pings three times as often.
        connection.ServerTimeout = TimeSpan.FromSeconds(15);
        connection.KeepAliveInterval = TimeSpan.FromSeconds(5);
        return connection;
    }

    private void SetAway(Exception? e)
    {
        // The one case in which waiting does not help.
        _trouble = e is HttpRequestException { StatusCode: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden }
            ? new MachineRefusesKey()
            : new MachineAway();
        lock (_gate)
            if (_connected.Task.IsCompleted) _connected = NewSignal();
    }

    private static TaskCompletionSource<HubConnection> NewSignal()
        => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
