using System.Collections.Concurrent;
using Molmo.Demo.Server.Web;

namespace Molmo.Demo.Server.Sharing;

/// <summary>
/// Who opened links, kept in memory until <see cref="ShareUpkeep"/> stores it a few seconds later, so that reading a
/// link writes nothing: what a crash loses are a few views.
/// </summary>
internal sealed class ShareViews
{
    // Programs that fetch an address because somebody wrote it somewhere. Nobody has looked at anything then.
    private static readonly string[] Programs =
    [
        "bot", "crawl", "spider", "slurp", "preview", "facebookexternalhit", "whatsapp", "telegram", "discord", "slack",
        "embedly", "fetch", "curl", "wget", "python", "java/", "go-http", "okhttp", "libwww", "monitor", "scan",
    ];

    private readonly ConcurrentDictionary<ShareId, int> _counts = new();

    /// <summary>Counts one opening, where a person who is not the maker seems to have opened it.</summary>
    public void Count(HttpContext context, ShareId id, VisitorId owner)
    {
        var request = context.Request;
        if (!HttpMethods.IsGet(request.Method) || Visitors.Find(context.User) == owner || IsProgram(request)) return;
        _counts.AddOrUpdate(id, 1, static (_, count) => count + 1);
    }

    /// <summary>What was counted and not taken yet.</summary>
    public int Pending(ShareId id) => _counts.GetValueOrDefault(id);

    /// <summary>Takes what was counted.</summary>
    public IReadOnlyCollection<KeyValuePair<ShareId, int>> Take()
    {
        var taken = new List<KeyValuePair<ShareId, int>>();
        foreach (var id in _counts.Keys)
            if (_counts.TryRemove(id, out var count)) taken.Add(new(id, count));
        return taken;
    }

    private static bool IsProgram(HttpRequest request)
    {
        var purpose = $"{request.Headers["Sec-Purpose"]} {request.Headers["Purpose"]} {request.Headers["X-Purpose"]}";
        if (purpose.Contains("prefetch", StringComparison.OrdinalIgnoreCase)
            || purpose.Contains("preview", StringComparison.OrdinalIgnoreCase))
            return true;
        var agent = request.Headers.UserAgent.ToString();
        return agent.Length == 0
            || Programs.Any(program => agent.Contains(program, StringComparison.OrdinalIgnoreCase));
    }
}
