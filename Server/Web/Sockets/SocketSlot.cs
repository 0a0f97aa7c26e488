namespace Molmo.Demo.Server.Web.Sockets;

/// <summary>The place of a request that holds its connection open, from its admission to its end.</summary>
internal sealed class SocketSlot(
    SocketLimit limit, HttpContext context, IReadOnlyList<SocketGroup> groups, TimeProvider time) : IDisposable
{
    private readonly long _since = time.GetTimestamp();

    /// <summary>Time since it was taken.</summary>
    public TimeSpan Age => time.GetElapsedTime(_since);

    /// <summary>What it counts in.</summary>
    public IReadOnlyList<SocketGroup> Groups { get; } = groups;

    /// <summary>Whether the other side has said what it is here for. What has not is the first to go.</summary>
    public bool IsShaken { get; set; }

    /// <summary>Ends the connection. Only while the request runs: afterwards its context is another's.</summary>
    public void Abort() => context.Abort();

    public void Dispose() => limit.Leave(this);
}
