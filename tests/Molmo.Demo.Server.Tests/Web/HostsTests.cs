using Molmo.Demo.Server.Tests.Commands;
using Molmo.Demo.Server.Tests.Hosting;

namespace Molmo.Demo.Server.Tests.Web;

/// <summary>Under which names the started program is reached, and what it says where nobody told it.</summary>
[Slow]
public sealed class HostsTests
{
    private const string Warning = "Molmo:PublicUrl is not set";

    [Theory]
    [InlineData("http://0.0.0.0:0", "", 1)]
    [InlineData("http://127.0.0.1:0;http://0.0.0.0:0", "", 1)]
    [InlineData("http://127.0.0.1:0", "", 0)]
    [InlineData("http://0.0.0.0:0", "--Molmo:PublicUrl=https://molmo.example", 0)]
    [InlineData("http://0.0.0.0:0", "--AllowedHosts=molmo.example", 0)]
    public async Task Start_ReachedByOthersWithoutAName_IsWarnedOfOnce(string urls, string argument, int count)
    {
        using var data = new TemporaryFolder();
        await using var program = new ProgramProcess(
            ["--urls", urls, "--data", data.Path, .. argument.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        await program.UntilListeningAsync();
        if (count > 0) await program.UntilOutputAsync(Warning);
        // What else there was to say has been said by then.
        await Task.Delay(300, TestContext.Current.CancellationToken);
        Assert.Equal(count, program.Output.Split(Warning).Length - 1);
        if (count > 0) Assert.Contains("warn: ", program.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_ThatIsNotListed_IsNotUnderstoodAndGetsNoLink()
    {
        using var data = new TemporaryFolder();
        await using var program = new ProgramProcess(
            "--urls", "http://127.0.0.1:0", "--data", data.Path, "--AllowedHosts=localhost;127.0.0.1;*.molmo.example");
        var address = await program.UntilListeningAsync();

        foreach (var (host, status) in new[] { ("localhost", 200), (address.Authority, 200), ("LOCALHOST:80", 200),
            ("a.molmo.example", 200), ("molmo.example", 400), ("evil.example", 400), ("localhost.evil.example", 400) })
        {
            using var request =
                await RawRequest.SendAsync(address, $"GET /_blazor/initializers HTTP/1.1\r\nHost: {host}\r\n\r\n");
            Assert.Equal((host, status), (host, await request.StatusAsync()));
        }

        using var page = await RawRequest.SendAsync(
            address, "GET / HTTP/1.1\r\nHost: evil.example\r\nAccept: text/html\r\nConnection: close\r\n\r\n");
        Assert.Contains("<h1>Not understood</h1>", await page.ToEndAsync(), StringComparison.Ordinal);
        using var link = await RawRequest.SendAsync(address, "POST /api/shares HTTP/1.1\r\nHost: "
            + "evil.example\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
        var refusal = await link.ToEndAsync();
        Assert.StartsWith("HTTP/1.1 400 ", refusal, StringComparison.Ordinal);
        Assert.Contains("application/problem+json", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("evil.example/", refusal, StringComparison.Ordinal);
    }
}
