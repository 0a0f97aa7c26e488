using System.Net;
using Molmo.Demo.Server.Tests.Images;

namespace Molmo.Demo.Server.Tests.Web;

public sealed class SameOriginTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Slow]
    [Theory]
    [InlineData("https://evil.example", null)]
    [InlineData("null", null)]
    [InlineData("http://localhost:5000", null)]
    [InlineData("http://localhost.evil.example", null)]
    [InlineData("not an address", null)]
    [InlineData(null, "cross-site")]
    [InlineData(null, "same-site")]
    [InlineData("http://localhost", "cross-site")]
    public async Task Upload_FromAnotherSite_IsRefusedAndStoresNothing(string? origin, string? site)
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();

        using var response = await SendAsync(person, origin, site);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains("another site", await response.RefusalAsync(), StringComparison.Ordinal);
        Assert.Empty(app.ImageFiles);
    }

    [Slow]
    [Theory]
    [InlineData("http://localhost", "same-origin")]
    [InlineData("http://LOCALHOST", null)]
    [InlineData("https://molmo.example", "same-origin")]
    [InlineData(null, null)]
    public async Task Upload_FromThisSiteOrAProgram_IsTaken(string? origin, string? site)
    {
        await using var app = new MolmoApplication(("Molmo:PublicUrl", "https://molmo.example"));
        using var person = app.AsNewVisitor();

        using var response = await SendAsync(person, origin, site);

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
    }

    [Theory]
    [InlineData("/_blazor")]
    [InlineData("/hubs/chat")]
    public async Task WebSocket_FromAnotherSite_IsRefusedAtTheHandshake(string path)
    {
        await using var app = new MolmoApplication();
        using var _ = app.AsNewVisitor();
        var sockets = app.Server.CreateWebSocketClient();
        sockets.ConfigureRequest = request => request.Headers.Origin = "https://evil.example";

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(
            () => sockets.ConnectAsync(new Uri($"ws://localhost{path}"), Cancellation));

        Assert.Contains("403", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WebSocket_FromThisSite_IsOpened()
    {
        await using var app = new MolmoApplication();
        using var _ = app.AsNewVisitor();
        var sockets = app.Server.CreateWebSocketClient();
        sockets.ConfigureRequest = request => request.Headers.Origin = "http://localhost";

        using var socket = await sockets.ConnectAsync(new Uri("ws://localhost/_blazor"), Cancellation);

        Assert.Equal(System.Net.WebSockets.WebSocketState.Open, socket.State);
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient person, string? origin, string? site)
    {
        using var request =
            new HttpRequestMessage(HttpMethod.Post, "/api/images") { Content = new ByteArrayContent(Rasters.Png()) };
        if (origin is not null) request.Headers.TryAddWithoutValidation("Origin", origin);
        if (site is not null) request.Headers.Add("Sec-Fetch-Site", site);
        return await person.SendAsync(request, Cancellation);
    }
}
