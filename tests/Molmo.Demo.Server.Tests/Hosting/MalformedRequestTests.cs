using System.Collections.Concurrent;
using Microsoft.AspNetCore.Routing;
using Molmo.Demo.Server.Tests.Chat;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Hosting;

/// <summary>
/// What no client library would send, to every route of the real server: a refusal, and no failure of the server.
/// </summary>
public sealed class MalformedRequestTests(MalformedRequestTests.Site site) : IClassFixture<MalformedRequestTests.Site>
{
    private const string Form = "Content-Type: application/x-www-form-urlencoded";
    private const string Multipart = "Content-Type: multipart/form-data; boundary=x";

    private static readonly string[] Hosts = ["", "a:99999", "a:b", "[::1", "[::1]x", "..", ".", "-", "a..b", "a b",
        "a/b", "a@b", "%41", "é", "\0", "a,b", "a:", ":80", new('a', 300), "0x7f.1:"];

    private static readonly (string[] Headers, string Body)[] Bodies =
    [
        ([], "x=1"), (["Content-Type: text/plain"], "x"), (["Content-Type: application/json"], "{"),
        (["Content-Type: application/json"], ""),
        (["Content-Type: application/json"], "null"), (["Content-Type: application/json"], "[1]"),
        (["Content-Type: application/json"], "{\"conversation\":\"\\ud83d\"}"),
        (["Content-Type: application/json; charset=nonsense"], "{}"), (["Content-Type: ;;;"], "x"),
        (["Content-Type: \"\\"], "x"),
        ([Form], ""), ([Form], "%zz=%&&==%00\0é"), ([Form], "_handler=enter"), ([Form], "_handler=%00&Key=%ED%A0%BD"),
        ([Form], "_handler=nowhere&__RequestVerificationToken=x"),
        ([Form], string.Concat(Enumerable.Range(0, 2000).Select(i => $"f{i}=1&"))),
        ([Form], new string('k', 5000) + "=1"), ([Form], "a[b][c][d]=" + new string('v', 100_000)),
        (["Content-Type: application/x-www-form-urlencoded; charset=nonsense"], "a=1"),
        (["Content-Type: application/x-www-form-urlencoded; charset=utf-7"], "a=1"),
        (["Content-Type: multipart/form-data"], "x"), (["Content-Type: multipart/form-data; boundary="], "x"),
        ([$"Content-Type: multipart/form-data; boundary={new string('b', 300)}"], "x"),
        ([Multipart], ""), ([Multipart], "no boundary at all"),
        ([Multipart], "--x\r\nContent-Disposition: form-data; name=\"_handler\"\r\n\r\nenter"),
        ([Multipart], "--x\r\nbroken\r\n\r\n--x--"),
        ([Multipart], "--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n"),
        ([Multipart], "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\0\"\r\n\r\n1\r\n--x--\r\n"),
        ([Multipart], string.Concat(
            Enumerable.Range(0, 1100).Select(i => $"--x\r\nContent-Disposition: form-data; name=\"f{i}\"\r\n\r\n1\r\n"))
            + "--x--\r\n"),
        ([Multipart],
            "--x\r\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"H{i}: 1\r\n")) + "\r\n1\r\n--x--\r\n"),
        (["Content-Type: application/x-www-form-urlencoded", "Transfer-Encoding: chunked"], "zz\r\n"),
        ([Form, "Transfer-Encoding: chunked"], "2\r\na=\r\n0\r\n\r\n"), ([Form, "Transfer-Encoding: gzip"], "x"),
    ];

    private static readonly string[] Cookies =
    [
        "=", ";;;", "a", "molmo.visitor", "molmo.visitor=", "molmo.visitor=x", $"molmo.visitor={new string('A', 8000)}",
        "molmo.visitor=chunks-2", "molmo.visitor=chunks-999999999; molmo.visitorC1=x",
        "molmo.visitor=chunks--1", "molmo.admin=x", "molmo.admin=\"", ".AspNetCore.Culture=",
        ".AspNetCore.Culture=c=|uic=", ".AspNetCore.Culture=c=xx-nonsense|uic=\0",
        $".AspNetCore.Culture={new string('c', 4000)}", ".AspNetCore.Culture=c%3D%00%7Cuic%3D%ED%A0%BD", "{token}=",
        "{token}=x", "{token}=Q0ZESjg=", "{token}=CfDJ8A", "molmo.share=x", "é=\u00ff",
    ];

    private static readonly string[] Queries =
    [
        "?", "?%", "?%zz=%", "?a=%00&turn=%00&photo=%00&id=%00", "?turn=99999999999999999999", "?turn=-1&back=//",
        "?turn=abc&photo=%ED%A0%BD", "?url=%00", "?url=http://", "?url=%ED%A0%BD&maxwidth=99999999999&format=%zz",
        "?url=http%3A%2F%2F%5B%3A%3A&format=json", "?id=%ED%A0%BD", "?id=%00&access_token=%zz",
        "?negotiateVersion=99999999999", "?" + new string('&', 2000), "?a[]=1&a[0]=%80%81", "?to=\u00e9\u00ff",
        "?" + string.Concat(Enumerable.Range(0, 1500).Select(i => $"q{i}&")),
    ];

    private static readonly string[] Ids =
        ["x", "%00", "%ED%A0%BD", "%zz", "%", "..%2f..%2fetc", "99999999999999999999", "é", new('a', 2000), "a%0d%0ab"];

    private static readonly string[] Methods =
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "NOSUCH"];

    [Theory]
    [InlineData("GET / HTTP/1.0", "", 400)]
    [InlineData("GET / HTTP/1.1", "Host: ", 400)]
    [InlineData("GET / HTTP/1.1", "Host: a:99999", 400)]
    [InlineData("GET /_blazor/initializers HTTP/1.1", "Host: a..b", 400)]
    [InlineData("GET /openapi.json HTTP/1.0", "", 400)]
    [InlineData("GET /health HTTP/1.0", "", 200)]
    [InlineData("GET /health HTTP/1.1", "Host: ", 200)]
    [InlineData("GET /metrics HTTP/1.0", "", 200)]
    [InlineData("GET /ready HTTP/1.0", "", 200)]
    [InlineData(
        "POST /api/shares HTTP/1.1", "Host: localhost|Content-Type: application/json|Content-Length: 262145", 413)]
    [InlineData("POST /v1/generations/x/stop HTTP/1.1", "Host: localhost|Content-Length: 9000000000", 413)]
    [InlineData(
        "POST /api/shares HTTP/1.1",
        "Host: localhost|Content-Type: application/json; charset=utf-7|Content-Length: 0", 415)]
    public async Task Request_ThatCannotBe_IsRefusedAtOnceAndProbesAreAnswered(string line, string headers, int status)
    {
        using var request = await RawRequest.SendAsync(site.Chat.Address,
            string.Join("\r\n", [line, .. headers.Split('|', StringSplitOptions.RemoveEmptyEntries), "", ""]));
        Assert.Equal(status, await request.StatusAsync());
    }

    [Slow]
    [Fact]
    public async Task EveryRoute_AnyMalformedRequest_IsNoFailureOfTheServer()
    {
        using var data = new TemporaryFolder();
        await using var program = new ProgramProcess(
            "--urls", "http://127.0.0.1:0", "--data", data.Path, "--Molmo:AdminKey=correct horse battery");
        var host = await program.UntilListeningAsync();
        var (id, token) = (RandomId.New(), await TokenCookieAsync(host));
        var requests = Routes().SelectMany(route => Requests(route, host.Authority, id, token)).Distinct().ToList();
        var failures = new ConcurrentBag<string>();
        Assert.True(requests.Count > 3000, $"{requests.Count} requests");

        await Parallel.ForEachAsync(requests, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (text, _) =>
        {
            using var request = await RawRequest.SendAsync(host, text);
            if (await request.StatusAsync() is >= 500 and var status
                && (status != 503 || !text.Contains("/ready", StringComparison.Ordinal)))
                failures.Add($"{status} {text[..Math.Min(text.Length, 300)]}");
        });

        var log = program.Output.Split('\n').Where(line => line.StartsWith("fail: ", StringComparison.Ordinal)
            || line.StartsWith("crit: ", StringComparison.Ordinal))
            .Distinct().ToList();
        Assert.True(failures.IsEmpty && log.Count == 0,
            string.Join('\n', [.. log, .. failures.Order(StringComparer.Ordinal).Take(20)]));
    }

    private static async Task<string> TokenCookieAsync(Uri host)
    {
        using var client = new HttpClient { BaseAddress = host };
        using var page = await client.GetAsync("/", TestContext.Current.CancellationToken);
        return page.Headers.GetValues("Set-Cookie")
            .Single(cookie => cookie.Contains("Antiforgery", StringComparison.Ordinal)).Split('=')[0];
    }

    private static IEnumerable<string> Requests(
        (string Method, RouteEndpoint Endpoint) route, string host, string id, string token)
    {
        var (method, address) = (route.Method, Hosting.Routes.Address(route.Endpoint, _ => id));
        foreach (var name in Hosts) yield return Text(method, address, [$"Host: {name}"]);
        yield return Text(method, address, [], version: "1.0");
        yield return Text(method, address, []);
        yield return Text(method, address, [$"Host: {host}", $"Host: {host}"]);
        foreach (var cookie in Cookies)
            yield return Text(method, address,
                [$"Host: {host}", $"Cookie: {cookie.Replace("{token}", token, StringComparison.Ordinal)}"]);
        foreach (var query in Queries) yield return Text(method, address + query, [$"Host: {host}"]);
        foreach (var length in (string[])["-1", "x", "", "99999999999999999999", "262145", "9000000000"])
            yield return Text(method, address, [$"Host: {host}", $"Content-Length: {length}"]);
        foreach (var other in Methods) yield return Text(other, address, [$"Host: {host}"]);
        foreach (var word in Ids)
            yield return Text(method, Hosting.Routes.Address(route.Endpoint, _ => word), [$"Host: {host}"]);
        foreach (var (headers, body) in Bodies)
            foreach (var sending in method == "POST" ? [method] : (string[])[method, "POST"])
                yield return Text(sending, address, [$"Host: {host}", .. headers], body);
    }

    private static string Text(string method, string path, string[] headers, string body = "", string version = "1.1")
    {
        var length =
            body.Length > 0 && !headers.Any(header => header.StartsWith("Transfer-Encoding", StringComparison.Ordinal))
                ? [$"Content-Length: {body.Length}"]
                : Array.Empty<string>();
        return string.Join("\r\n", [$"{method} {path} HTTP/{version}", .. headers, .. length, "Accept: text/html",
            "Connection: close", "", body]);
    }

    private static List<(string Method, RouteEndpoint Endpoint)> Routes()
    {
        using var app = new MolmoApplication(("Molmo:AdminKey", "correct horse battery"));
        bool IsAsset(RouteEndpoint endpoint)
            => endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.StaticAssets.StaticAssetDescriptor>() is not null;
        var all = Hosting.Routes.Of(app);
        return [.. all.Where(route => !IsAsset(route.Endpoint)),
            .. all.Where(route => IsAsset(route.Endpoint)).Take(2)];
    }

    /// <summary>One for all requests that are refused before anything is kept of them.</summary>
    public sealed class Site : IAsyncLifetime
    {
        internal ChatApplication Chat { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Chat = await ChatApplication.StartAsync();

        public ValueTask DisposeAsync() => Chat.DisposeAsync();
    }
}
