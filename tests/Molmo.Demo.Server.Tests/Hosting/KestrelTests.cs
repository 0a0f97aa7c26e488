using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Molmo.Demo.Server.Tests.Commands;
using Molmo.Demo.Server.Tests.Images;

namespace Molmo.Demo.Server.Tests.Hosting;

/// <summary>What only the real server shows: its own limits, and sockets that behave badly.</summary>
[Slow]
public sealed class KestrelTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("--Molmo:PublicUrl=molmo.example", "Molmo:PublicUrl")]
    [InlineData("--Molmo:PublicUrl=https://molmo.example/demo", "Molmo:PublicUrl")]
    [InlineData("--Molmo:Images:UploadsPerMinute=0", "Molmo:Images")]
    [InlineData("--Molmo:Sharing:LinksPerDay=many", "Molmo:Sharing")]
    public async Task Start_ValueThatCannotBe_IsOneSentenceThatNamesIt(string argument, string named)
    {
        using var data = new TemporaryFolder();

        var (exitCode, _, error) =
            await ProgramProcess.RunAsync("--urls", "http://127.0.0.1:0", "--data", data.Path, argument);

        Assert.Equal(1, exitCode);
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_TooLargeBodiesAndSlowSockets_AreRefusedWhileOthersAreServed()
    {
        using var data = new TemporaryFolder();
        await using var program = new ProgramProcess("--urls", "http://127.0.0.1:0", "--data", data.Path);
        var address = await program.UntilListeningAsync();
        using var person = new HttpClient { BaseAddress = address };

        using (var large = await person.PostImageAsync(new byte[34 << 20]))
        {
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
            Assert.Contains("34 MB", await large.RefusalAsync(), StringComparison.Ordinal);
        }
        using (var content = new ByteArrayContent(new byte[1 << 20]))
        {
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var elsewhere = await person.PostAsync("/api/shares", content, Cancellation);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, elsewhere.StatusCode);
        }
        // The connection goes on after the refusal, as the answer to the next request on it shows.
        var refused = $"POST /api/shares HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
            + $"{1 << 20}\r\n\r\n{new string(' ', 1 << 20)}";
        using (var both = await RawRequest.SendAsync(
            address, $"{refused}GET /favicon.svg HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
        {
            var answers = await both.ToEndAsync();
            Assert.StartsWith("HTTP/1.1 413 ", answers, StringComparison.Ordinal);
            Assert.Contains("HTTP/1.1 200 ", answers, StringComparison.Ordinal);
        }
        var slow = new List<TcpClient>();
        for (var i = 0; i < 100; i++)
        {
            var socket = new TcpClient();
            slow.Add(socket);
            await socket.ConnectAsync(address.Host, address.Port, Cancellation);
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(i % 2 == 0
                ? "GET / HTTP/1.1\r\nHost: localhost\r\nX-"
                : "POST /api/images HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000\r\n\r\nx"), Cancellation);
        }
        var id = (await person.UploadAsync(Rasters.Png())).Text("id");
        using var shown = await person.GetAsync($"/img/{id}", Cancellation);
        Assert.Equal(HttpStatusCode.OK, shown.StatusCode);
        Assert.False(shown.Headers.Contains("Server"));
        // What came with a byte of its body and then stopped is ended by the minimum rate.
        var buffer = new byte[4096];
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        guard.CancelAfter(TimeSpan.FromMinutes(2));
        var answer = await slow[1].GetStream().ReadAsync(buffer, guard.Token);
        Assert.True(answer == 0
            || Encoding.ASCII.GetString(buffer, 0, answer).StartsWith("HTTP/1.1 4", StringComparison.Ordinal));
        slow.ForEach(socket => socket.Dispose());
    }
}
