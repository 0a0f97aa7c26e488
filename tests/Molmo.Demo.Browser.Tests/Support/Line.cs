using Microsoft.Playwright;

namespace Molmo.Demo.Browser.Tests.Support;

/// <summary>
/// The connection of a visitor's page to its circuit, which can be cut while the server answers everything else.
/// </summary>
internal sealed class Line
{
    private const string Circuit = "**/_blazor{/negotiate,}?*";

    private readonly IPage _page;

    private Line(IPage page) => _page = page;

    /// <summary>Before the page is opened.</summary>
    public static async Task<Line> OfAsync(Visitor visitor)
    {
        await visitor.Context.AddInitScriptAsync("window.sockets = []; window.WebSocket = class extends WebSocket { "
            + "constructor(...all) { super(...all); sockets.push(this); } };");
        return new Line(visitor.Page);
    }

    public async Task CutAsync()
    {
        await _page.RouteAsync(Circuit, route => route.AbortAsync());
        Assert.NotEqual(0, await _page.EvaluateAsync<int>(
            "() => { sockets.forEach(socket => socket.close()); return sockets.length; }"));
    }

    public Task MendAsync() => _page.UnrouteAsync(Circuit);
}
