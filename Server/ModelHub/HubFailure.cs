using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Molmo.Demo.Server.ModelHub;

/// <summary>
/// The Hub could not be asked, or what answered is no hub. The message is the clause after "could not be fetched:".
/// </summary>
/// <param name="reason">Without a capital letter and without a full stop.</param>
/// <param name="advice">A sentence that says what to do; null for the usual one.</param>
/// <param name="isLasting">Whether another try in a moment is of no use.</param>
/// <param name="after">When the Hub wants to be asked again.</param>
/// <param name="innerException">What was met.</param>
internal sealed class HubFailure(
    string reason, string? advice = null, bool isLasting = false, TimeSpan? after = null,
    Exception? innerException = null)
    : Exception(reason, innerException)
{
    private const string Usual = "Try again when the network is in order; what has arrived is kept.";
    private const string CheckProxy = "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY, then try again.";

    public string Advice => advice ?? Usual;

    public bool IsLasting => isLasting;

    public TimeSpan? After => after;

    /// <summary>Something that speaks HTTP, but not as a hub.</summary>
    public static HubFailure NoHub(string reason) => new(
        reason, "Check HF_ENDPOINT, and whether this network wants a login, then try again.", isLasting: true);

    /// <summary>A login page of a network, mostly.</summary>
    public static HubFailure WebPage(Uri address) => new(
        $"{NameOf(address)} answered with a web page instead of the model, as a network does that wants a login",
        "Open a browser on this network and sign in, or check HF_ENDPOINT, then try again.", isLasting: true);

    /// <summary>Time is up.</summary>
    public static HubFailure Silent(Uri address, TimeSpan limit, Exception met) => new(
        met.InnerException is TimeoutException
            ? $"no connection to {Peer(address)} came about within {Seconds(limit)}"
            : $"{Peer(address)} did not answer within {Seconds(limit)}",
        ProxyOf(address) is null ? null : CheckProxy, innerException: met);

    /// <summary>What a socket, the name service, TLS or a proxy made of a request.</summary>
    public static HubFailure Of(Exception met, Uri address)
    {
        var name = NameOf(address);
        var advice = ProxyOf(address) is null ? null : CheckProxy;
        if (Find<AuthenticationException>(met) is { } refused
            && refused.Message.Contains("certificate", StringComparison.OrdinalIgnoreCase))
            return new HubFailure(
                $"the certificate of {name} is not to be trusted: {WhyNot(refused.Message)}",
                "Check the clock of this machine; where a proxy has certificates of its own, name the file of its "
                    + "authority in SSL_CERT_FILE, then try again.",
                isLasting: true, innerException: met);
        if (met is HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } closed)
            return new HubFailure(
                $"{Peer(address)} lets nothing through to {name}{Status(closed.StatusCode)}", CheckProxy,
                isLasting: closed.StatusCode == HttpStatusCode.ProxyAuthenticationRequired, innerException: met);
        var reason = met is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError }
            || Find<AuthenticationException>(met) is not null
            ? $"there is no secure connection to {name}: {Innermost(met)}"
            : Find<SocketException>(met)?.SocketErrorCode switch
            {
                SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData
                    => $"the name of {Peer(address)} is not known on this network",
                SocketError.ConnectionRefused => $"{Peer(address)} refuses connections",
                SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.NetworkDown
                    => $"there is no way to {Peer(address)} from this network",
                SocketError.TimedOut => $"{Peer(address)} did not answer in time",
                _ => met is HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse }
                    ? $"{Peer(address)} answered with something that is not HTTP"
                    : met is NotSupportedException
                    ? $"{name} cannot be reached through {Peer(address)}: {Innermost(met)}"
                    : $"the connection to {Peer(address)} broke off",
            };
        return new HubFailure(reason, advice, isLasting: met is NotSupportedException, innerException: met);
    }

    /// <summary>Host and port, without a name or password that may stand before it.</summary>
    public static string NameOf(Uri address) => address.Authority;

    /// <summary>Whole seconds in words.</summary>
    public static string Seconds(TimeSpan time)
    {
        var seconds = Math.Ceiling(time.TotalSeconds);
        return string.Create(CultureInfo.InvariantCulture, $"{seconds:0} {(seconds == 1 ? "second" : "seconds")}");
    }

    private static string Status(HttpStatusCode? status)
        => status is { } code ? string.Create(CultureInfo.InvariantCulture, $" (it answered {(int)code})") : "";

    private static string Peer(Uri address)
        => ProxyOf(address) is { } proxy ? $"the proxy {NameOf(proxy)}" : NameOf(address);

    private static Uri? ProxyOf(Uri address)
        => HttpClient.DefaultProxy.IsBypassed(address) ? null : HttpClient.DefaultProxy.GetProxy(address);

    private static string WhyNot(string message)
        => message.Contains("NameMismatch", StringComparison.Ordinal) ? "it is for another name"
            : message.Contains("NotTimeValid", StringComparison.Ordinal) ? "it is out of date, or not valid yet"
            : message.Contains("UntrustedRoot", StringComparison.Ordinal)
                || message.Contains("PartialChain", StringComparison.Ordinal)
                ? "no authority that this machine trusts has signed it"
            : message.TrimEnd('.');

    private static T? Find<T>(Exception? met)
        where T : Exception
    {
        for (; met is not null; met = met.InnerException)
            if (met is T found) return found;
        return null;
    }

    private static string Innermost(Exception met)
    {
        while (met.InnerException is { } inner) met = inner;
        return met.Message.TrimEnd('.');
    }
}

/// <summary>What comes is not the file that the Hub described.</summary>
internal sealed class HubFileChangedException(string file) : Exception($"{file} changed on the Hub")
{
    public string File { get; } = file;
}
