using System.Diagnostics;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Molmo.Demo.Server.Tests.Chat;
using Molmo.Demo.Server.Tests.Hosting;
using Molmo.Demo.Server.Tests.OpenAi;
using Molmo.Demo.Server.Web.Sockets;

namespace Molmo.Demo.Server.Tests.Web.Sockets;

/// <summary>Over real sockets: who holds connections open does not lock out the others.</summary>
public sealed class SocketLimitTests
{
    private const string Forwarded = "X-Forwarded-For: 203.0.113.7";

    // What a page's client says when it has drawn: [1, {}, null, "OnRenderCompleted", [1, null]], with its length
    // before it.
    private static readonly byte[] Call = [25, 0x95, 1, 0x80, 0xc0, 0xb1, .. "OnRenderCompleted"u8, 0x92, 1, 0xc0];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Slow]
    [Theory]
    [InlineData(true, 32, 500)]
    [InlineData(false, 800, 0)]
    public async Task Hub_AThousandSocketsWithoutHandshake_LeaveItToOthers(
        bool isOneVisitor, int most, int leastRefused)
    {
        await using var chat = await ChatApplication.StartAsync(time: new FakeTimeProvider());
        var crowd = new List<RawRequest>();
        string[] headers = isOneVisitor ? [$"Cookie: {await CookieAsync(chat)}"] : [];
        for (var i = 0; i < 1000; i++) crowd.Add(await RawRequest.UpgradeAsync(chat.Address, headers: headers));

        // Each was taken, perhaps ended at once for the next one, or told to wait: never the server's own empty
        // success.
        var refused = 0;
        foreach (var socket in crowd)
        {
            var head = await socket.HeadAsync();
            if (head.Length == 0 || head.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal)) continue;
            AssertRefused(head);
            refused++;
        }
        Assert.InRange(refused, leastRefused, 1000);
        // None where a busy machine took so long that all were ended for their silence.
        Assert.InRange(chat.Services.GetRequiredService<SocketLimit>().Open, 0, most);
        Assert.NotEqual(1000, refused);
        await using var hub = await Loopback.ConnectAsync(chat.Address);
        var (generation, _) = await hub.StartAsync(new { text = "How many penguins are there?" });
        Assert.Equal("One two three.", (await hub.ReadAsync(generation)).Prose());
        crowd.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Hub_InTheInferenceRole_IsLeftToOthersToo()
    {
        await using var inference =
            await ChatApplication.StartAsync(new MolmoOptions { Role = ServerRole.Inference, MaxSockets = 5 });
        var crowd = new List<RawRequest>();
        for (var i = 0; i < 20; i++) crowd.Add(await RawRequest.UpgradeAsync(inference.Address));
        foreach (var socket in crowd) await socket.HeadAsync();
        await using var hub = await Loopback.ConnectAsync(inference.Address);
        Assert.True((await hub.InvokeAsync<QueueStatus>("QueueStatus", Cancel)).Ready);
        Assert.InRange(inference.Services.GetRequiredService<SocketLimit>().Open, 1, 5);
        crowd.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Hub_MoreOfOneVisitorThanAllowed_IsRefusedBeforeTheUpgrade()
    {
        await using var chat = await ChatApplication.StartAsync(new MolmoOptions { MaxSocketsPerVisitor = 2 });
        var person = new CookieContainer();
        person.SetCookies(chat.Address, await CookieAsync(chat));
        await using var first = await Loopback.ConnectAsync(chat.Address, person);
        var second = await Loopback.ConnectAsync(chat.Address, person);
        foreach (var hub in new[] { first, second })
            Assert.True((await hub.InvokeAsync<QueueStatus>("QueueStatus", Cancel)).Ready);

        using (var third =
            await RawRequest.UpgradeAsync(chat.Address, headers: $"Cookie: {person.GetCookieHeader(chat.Address)}"))
            AssertRefused(await third.HeadAsync());
        await using var other = await Loopback.ConnectAsync(chat.Address);
        Assert.Equal(HubConnectionState.Connected, first.State);
        await second.DisposeAsync();
        await OpenAiCalls.UntilAsync(() => chat.Services.GetRequiredService<SocketLimit>().Open == 2);
        await using var again = await Loopback.ConnectAsync(chat.Address, person);
        Assert.Equal(HubConnectionState.Connected, again.State);
    }

    [Fact]
    public async Task Hub_MoreThanAllowedOverAProxyHere_IsRefusedByTheAddressItNames()
    {
        await using var chat = await ChatApplication.StartAsync(new MolmoOptions { MaxSocketsPerAddress = 2 });
        await using var first = await RawHub.ConnectAsync(chat.Address, Cancel, ("X-Forwarded-For", "203.0.113.7"));
        await AssertServedAsync(first);
        await using var second =
            await RawHub.ConnectAsync(chat.Address, Cancel, ("X-Forwarded-For", "192.0.2.1, 203.0.113.7"));
        await AssertServedAsync(second);

        using var third = await RawRequest.UpgradeAsync(chat.Address, headers: Forwarded);
        AssertRefused(await third.HeadAsync());
        await using var elsewhere = await RawHub.ConnectAsync(chat.Address, Cancel, ("X-Forwarded-For", "203.0.113.8"));
        await AssertServedAsync(elsewhere);
        for (var i = 0; i < 5; i++)
        {
            using var here = await RawRequest.UpgradeAsync(chat.Address);
            Assert.Equal(101, await here.StatusAsync());
        }
        await AssertServedAsync(first);
    }

    [Fact]
    public async Task Socket_WithoutHandshake_GoesForANewOneOfItsAddressAndNobodyElse()
    {
        var time = new FakeTimeProvider();
        await using var chat =
            await ChatApplication.StartAsync(new MolmoOptions { MaxSocketsPerAddress = 2 }, time: time);
        await using var shaken = await RawHub.ConnectAsync(chat.Address, Cancel, ("X-Forwarded-For", "203.0.113.7"));
        await AssertServedAsync(shaken);
        using var elsewhere = await RawRequest.UpgradeAsync(chat.Address, headers: "X-Forwarded-For: 203.0.113.8");
        using var silent = await RawRequest.UpgradeAsync(chat.Address, headers: Forwarded);
        Assert.Equal((101, 101), (await elsewhere.StatusAsync(), await silent.StatusAsync()));
        using (var early = await RawRequest.UpgradeAsync(chat.Address, headers: Forwarded))
            AssertRefused(await early.HeadAsync());
        time.Advance(TimeSpan.FromSeconds(1));

        using var next = await RawRequest.UpgradeAsync(chat.Address, headers: Forwarded);

        Assert.Equal(101, await next.StatusAsync());
        Assert.Equal(await silent.HeadAsync(), (await silent.ToEndAsync()).TrimEnd());
        Assert.Equal(3, chat.Services.GetRequiredService<SocketLimit>().Open);
        await AssertServedAsync(shaken);
    }

    [Fact]
    public async Task Socket_WithHandshake_StaysWhileAllPlacesAreWanted()
    {
        await using var chat = await ChatApplication.StartAsync(new MolmoOptions { MaxSockets = 2 });
        await using var first = await RawHub.ConnectAsync(chat.Address, Cancel);
        await AssertServedAsync(first);
        for (var i = 0; i < 20; i++)
        {
            using var silent = await RawRequest.UpgradeAsync(chat.Address);
            Assert.Equal(101, await silent.StatusAsync());
        }
        await AssertServedAsync(first);

        await using var second = await RawHub.ConnectAsync(chat.Address, Cancel);
        await AssertServedAsync(second);
        using var surplus = await RawRequest.UpgradeAsync(chat.Address);
        AssertRefused(await surplus.HeadAsync());
        await AssertServedAsync(second);
    }

    [Slow]
    [Fact]
    public async Task Socket_WithoutHandshake_IsEndedSoon()
    {
        await using var chat = await ChatApplication.StartAsync();
        using var silent = await RawRequest.UpgradeAsync(chat.Address);
        var clock = Stopwatch.StartNew();
        Assert.Equal(101, await silent.StatusAsync());
        await silent.ToEndAsync();
        Assert.InRange(clock.Elapsed.TotalSeconds, 3, 12);
    }

    [Fact]
    public async Task LongPolling_AfterItsHandshake_IsNotTheFirstToGo()
    {
        await using var chat = await ChatApplication.StartAsync(new MolmoOptions { MaxSocketsPerVisitor = 1 });
        var cookie = await CookieAsync(chat);
        using var person = new HttpClient(new HttpClientHandler { UseCookies = false })
        {
            BaseAddress = chat.Address,
            DefaultRequestHeaders = { { "Cookie", cookie } }
        };
        using var negotiation = await person.PostAsync("hubs/chat/negotiate?negotiateVersion=1", null, Cancel);
        var reply = JsonDocument.Parse(await negotiation.Content.ReadAsStringAsync(Cancel)).RootElement;
        var address = $"hubs/chat?id={reply.GetProperty("connectionToken").GetString()}";
        (await person.GetAsync(address, Cancel)).Dispose();
        (await person.PostAsync(address, new StringContent("{\"protocol\":\"json\",\"version\":1}\u001e"), Cancel))
            .Dispose();
        Assert.StartsWith("{}", await person.GetStringAsync(address, Cancel), StringComparison.Ordinal);

        var (polling, sockets) = (person.GetAsync(address, Cancel), chat.Services.GetRequiredService<SocketLimit>());
        await OpenAiCalls.UntilAsync(() => sockets.Open == 1);
        using var surplus = await RawRequest.UpgradeAsync(chat.Address, headers: $"Cookie: {cookie}");

        AssertRefused(await surplus.HeadAsync());
        (await person.DeleteAsync(address, Cancel)).Dispose();
        using var ended = await polling;
        Assert.True(ended.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Events_MoreStreamsThanAllowed_AreRefusedInTheFormOfPrograms()
    {
        await using var chat = await ChatApplication.StartAsync(new MolmoOptions { MaxSocketsPerVisitor = 2 });
        var person = new CookieContainer();
        person.SetCookies(chat.Address, await CookieAsync(chat));
        using var program =
            new HttpClient(new HttpClientHandler { CookieContainer = person }) { BaseAddress = chat.Address };
        var gate = chat.Model.HoldSteps();
        await using var hub = await Loopback.ConnectAsync(chat.Address, person);
        var (generation, _) = await hub.StartAsync(new { text = "How many penguins are there?" });

        using var one = await program.GetAsync(
            $"/v1/generations/{generation}/events", HttpCompletionOption.ResponseHeadersRead, Cancel);
        using var two = await program.GetAsync(
            $"/v1/generations/{generation}/events", HttpCompletionOption.ResponseHeadersRead, Cancel);

        gate.Release(1000);
        Assert.Equal(HttpStatusCode.OK, one.StatusCode);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "too_many_connections"),
            (two.StatusCode, (await two.ErrorAsync()).Code));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Page_StaysOnceItsClientHasCalled_AndOthersAreAskedToWait(bool hasCalled)
    {
        await using var app = new MolmoApplication(("Molmo:MaxCircuits", "1"));
        using var _ = app.AsNewVisitor();
        var (client, page) = (app.Server.CreateWebSocketClient(), new Uri("ws://localhost/_blazor"));
        using var first = await client.ConnectAsync(page, Cancel);
        await first.SendAsync(Encoding.UTF8.GetBytes("{\"protocol\":\"blazorpack\",\"version\":1}\u001e"),
            WebSocketMessageType.Text, true, Cancel);
        var reply = new byte[64];
        await first.ReceiveAsync(reply, Cancel);
        Assert.Equal("{}", Encoding.UTF8.GetString(reply, 0, 2));
        if (hasCalled)
        {
            await first.SendAsync(Call, WebSocketMessageType.Binary, true, Cancel);
            // There is no circuit that could have drawn, and that is said: the call has arrived.
            await first.ReceiveAsync(reply, Cancel);
        }

        var second = client.ConnectAsync(page, Cancel);

        if (hasCalled)
            Assert.Contains("503", (await Assert.ThrowsAsync<InvalidOperationException>(() => second)).Message,
                StringComparison.Ordinal);
        else (await second).Abort();
        first.Abort();
    }

    private static async Task<string> CookieAsync(ChatApplication chat)
    {
        using var client = new HttpClient { BaseAddress = chat.Address };
        using var response = await client.PostAsync("hubs/chat/negotiate?negotiateVersion=1", null, Cancel);
        return response.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }

    // Also waits for the hub's greeting, which comes a moment after the handshake.
    private static async Task AssertServedAsync(RawHub hub)
        => Assert.Contains(
            "\"ready\":true", await hub.InvokeAsync("QueueStatus", "", Cancel), StringComparison.Ordinal);

    private static void AssertRefused(string head)
    {
        Assert.StartsWith("HTTP/1.1 503 ", head, StringComparison.Ordinal);
        Assert.Contains("\r\nRetry-After: 60", head, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: application/problem+json", head, StringComparison.Ordinal);
    }
}
