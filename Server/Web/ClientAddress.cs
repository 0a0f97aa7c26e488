using System.Net;
using System.Net.Sockets;

namespace Molmo.Demo.Server.Web;

/// <summary>
/// Where a request comes from: the other end of its connection, and where that is a proxy on this machine, the address
/// that the proxy names.
/// </summary>
/// <remarks>
/// Callers may send the headers of proxies themselves. Of each header only the last address counts, which the nearest
/// proxy wrote; where the headers do not agree, one of them is a caller's, and all such callers are one place.
/// </remarks>
internal static class ClientAddress
{
    private const string Unclear = "unclear";

    private static readonly string[] NamingHeaders = ["Forwarded", "X-Forwarded-For", "X-Real-IP"];

    private static readonly string[] ForwardingHeaders =
        [.. NamingHeaders, "X-Forwarded-Host", "X-Forwarded-Proto", "Via"];

    /// <summary>
    /// The place that a request is counted for; null for this machine where no proxy speaks for another.
    /// </summary>
    public static string? Of(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is { } remote && !IPAddress.IsLoopback(remote)) return PlaceOf(remote);
        var headers = context.Request.Headers;
        if (!ForwardingHeaders.Any(headers.ContainsKey)) return null;
        var named = NamingHeaders.Where(headers.ContainsKey)
            .Select(name => NearestOf(name, headers[name].ToString())).Distinct().ToList();
        return named is [{ } place] ? place : Unclear;
    }

    /// <summary>Whether a request comes from this machine and for nobody else.</summary>
    public static bool IsThisMachine(HttpContext context)
        => context.Connection.RemoteIpAddress is { } remote && IPAddress.IsLoopback(remote) && Of(context) is null;

    /// <summary>An address as what is counted.</summary>
    /// <remarks>
    /// A network of version 6 is one place: a machine in it has more addresses than could be counted.
    /// </remarks>
    public static string PlaceOf(IPAddress address)
        => address is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false }
            ? Convert.ToHexStringLower(address.GetAddressBytes().AsSpan(0, 8))
            : address.MapToIPv4().ToString();

    private static string? NearestOf(string header, string value)
    {
        var last = value[(value.LastIndexOf(',') + 1)..].Trim();
        if (header == "Forwarded") last = ForOf(last);
        return IPEndPoint.TryParse(last, out var named) ? PlaceOf(named.Address) : null;
    }

    // for="[2001:db8::1]:4711";proto=https
    private static string ForOf(string element)
    {
        const string name = "for=";
        var pair = element.Split(';', StringSplitOptions.TrimEntries)
            .LastOrDefault(part => part.StartsWith(name, StringComparison.OrdinalIgnoreCase));
        return pair is null ? "" : pair[name.Length..].Trim('"');
    }
}
