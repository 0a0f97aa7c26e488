using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Hosting;

/// <summary>Monitors, link checkers and crawlers ask for headers alone.</summary>
public sealed class HeadRequestTests
{
    /// <summary>One never ends, one makes a chat, one is for this machine's own collector.</summary>
    private static readonly string[] ForGetAlone = ["/v1/generations/{id}/events", "/private", "/metrics"];

    [Fact]
    public async Task EveryRoute_AnsweringGet_AnswersHead()
    {
        await using var app = new MolmoApplication(("Molmo:AdminKey", "a key for the tests"));

        var both = Routes.Of(app).Where(route => route.Method is "GET" or "HEAD")
            .GroupBy(route => route.Endpoint.RoutePattern.RawText!, route => route.Method);

        Assert.Empty(both.Where(route => !route.Contains("HEAD") && !IsOfTheFramework(route.Key))
            .Select(route => route.Key).Except(ForGetAlone));
    }

    [Theory]
    [InlineData("/", 200)]
    [InlineData("/compare", 200)]
    [InlineData("/health", 200)]
    [InlineData("/v1/models", 200)]
    [InlineData("/s/aaaaaaaaaaaaaaaaaaaaaa", 404)]
    public async Task Head_OfAPageOrProbe_HasTheHeadersOfGetAndNoBody(string path, int status)
    {
        using var data = new TemporaryFolder();
        await using var program = new ProgramProcess("--urls", "http://127.0.0.1:0", "--data", data.Path);
        var address = await program.UntilListeningAsync();

        using var answer = await RawRequest.SendAsync(
            address, $"HEAD {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        var text = await answer.ToEndAsync();

        Assert.StartsWith($"HTTP/1.1 {status} ", text, StringComparison.Ordinal);
        Assert.Contains("Content-Type: ", text, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", text, StringComparison.Ordinal);
        Assert.Equal(text.Length - 4, text.IndexOf("\r\n\r\n", StringComparison.Ordinal));
    }

    // What the framework's own scripts ask, and what every method but a few is answered by.
    private static bool IsOfTheFramework(string route)
        => route.TrimStart('/') is var path
            && (path.StartsWith('_') || path.StartsWith("hubs/", StringComparison.Ordinal)
                || path.Contains("{**rest}", StringComparison.Ordinal));
}
