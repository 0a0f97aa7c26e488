using System.Net;
using Molmo.Demo.Client.Localization;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.Web;

namespace Molmo.Demo.Server.Hosting;

/// <summary>What the program says when it has started.</summary>
internal static class StartNotice
{
    public static void Write(WebApplication app, MolmoOptions options, TextWriter output)
    {
        // A test host listens nowhere and has no reader.
        if (app.Urls.Count == 0) return;
        var host = app.Services.GetService<EngineHost>();
        var second = app.Services.GetService<Checkpoints>()?.Second;
        var compared = second is null ? "" : $"\n  Compare  {second.ModelName}";
        var text = string.Create(CultureInfo.InvariantCulture, $"""

            Molmo.Demo
              Address  {string.Join(", ", app.Urls.Select(ToOpen))}
              Model    {host?.ModelName ?? $"answers come from {options.Inference}"}{compared}
              Device   {(host is null ? "the inference machine's" : Words.Of(host.Device))}
              Data     {Path.GetFullPath(options.Data)}

            """);
        output.WriteLine(text);
    }

    /// <summary>Warns where other machines reach this one and nothing says under which names they may.</summary>
    public static void WarnOfHosts(WebApplication app, MolmoOptions options)
    {
        if (options.Role == ServerRole.Inference || options.PublicUrl is not null
            || Hosts.Allowed(app.Configuration).Count > 0 || app.Urls.All(IsOfThisMachine))
            return;
        app.Logger.LogWarning(
            "Molmo:PublicUrl is not set, and other machines reach this server: links are made with the host that a "
            + "request names, whatever it is. Set Molmo:PublicUrl to the address under which people reach this site, "
            + "or list its names in AllowedHosts.");
    }

    /// <summary>An address that a browser can open; "every address of this machine" is none.</summary>
    private static string ToOpen(string url)
    {
        var address = BindingAddress.Parse(url);
        return IPAddress.TryParse(address.Host, out var ip)
            && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))
            ? $"{address.Scheme}://localhost:{address.Port}, and by every name of this machine"
            : url;
    }

    private static bool IsOfThisMachine(string url)
    {
        var address = BindingAddress.Parse(url);
        return address.IsUnixPipe || address.IsNamedPipe
            || address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(address.Host, out var ip) && IPAddress.IsLoopback(ip));
    }
}
