using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Routing;
using Molmo.Demo.Server.Tests.Images;

namespace Molmo.Demo.Server.Tests.Hosting;

/// <summary>What holds for every route there is, from the route table itself.</summary>
public sealed class RouteTableTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryRoute_AnyAnswer_CarriesTheHeaders()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var routes = Routes.Of(app).Where(route => !IsStaticAsset(route.Endpoint))
            .Concat(Routes.Of(app).Where(route => IsStaticAsset(route.Endpoint)).Take(3)).ToList();
        Assert.True(routes.Count > 8);

        foreach (var (method, endpoint) in routes)
        {
            using var request = new HttpRequestMessage(
                new HttpMethod(method), Routes.Address(endpoint, _ => RandomId.New()));
            using var response =
                await person.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
            AssertHeaders(request.RequestUri!.ToString(), response);
        }
        foreach (var address in new[] { "/nowhere", "/api/nowhere", "/%2e%2e/%2e%2e/etc/passwd", "/s/x" })
        {
            using var response = await person.GetAsync(address, Cancellation);
            AssertHeaders(address, response);
        }
    }

    [Fact]
    public async Task EveryPage_Scripts_AreFilesOfThisSite()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        var share = await person.ShareAsync(app.Seed(app.OwnerOf(image), ("q", "a", image, EndReason.Finished)));

        foreach (var address in new[] { "/", $"/s/{share}" })
        {
            using var response = await person.GetAsync(address, Cancellation);
            var html = await response.Content.ReadAsStringAsync(Cancellation);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.DoesNotMatch(@"<script(?![^>]*\bsrc=)[^>]*>", html);
            Assert.DoesNotMatch(@"\son[a-z]+\s*=\s*[""']", html);
            Assert.DoesNotMatch(@"\b(src|href)=""(https?:)?//(?!localhost/)", html);
        }
    }

    [Fact]
    public async Task EveryRoute_IdsOfAnotherVisitor_AreUnknown()
    {
        await using var app = new MolmoApplication();
        using var owner = app.AsNewVisitor();
        using var other = app.AsNewVisitor();
        await other.UploadAsync(Rasters.Png());
        var image = (await owner.UploadAsync(Rasters.Png())).Text("id");
        var conversation =
            app.Seed(app.OwnerOf(image), ("a private question", "a private answer", image, EndReason.Finished));
        var share = await owner.ShareAsync(conversation);
        var ids = new[] { image, conversation, share };
        var routes = Routes.Of(app)
            .Where(route => route.Endpoint.RoutePattern.Parameters.Count > 0 && IsOurs(route.Endpoint)
                && (route.Method == "GET" || !IsPage(route.Endpoint))).ToList();
        Assert.NotEmpty(routes);

        foreach (var (method, endpoint) in routes)
            foreach (var id in ids)
            {
                var address = Routes.Address(endpoint, _ => id);
                using var response = await other.SendAsync(
                    new HttpRequestMessage(new HttpMethod(method), address)
                    {
                        Content = method == "GET" ? null : JsonContent.Create(new { conversation = id })
                    },
                    Cancellation);
                // A page may say in its own words that there is nothing.
                Assert.True(
                    response.StatusCode == HttpStatusCode.NotFound
                        || (IsPage(endpoint) && response.StatusCode == HttpStatusCode.OK),
                    $"{method} {address}: {response.StatusCode}");
                Assert.DoesNotContain(
                    "a private", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
            }

        using var still = await owner.GetAsync($"/img/{image}", Cancellation);
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
        using var shared = await owner.GetAsync($"/s/{share}/photo/1", Cancellation);
        Assert.Equal(HttpStatusCode.OK, shared.StatusCode);
    }

    [Fact]
    public async Task EveryRoute_ThatChangesSomething_RefusesOtherSites()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();

        foreach (var (method, endpoint) in Routes.Of(app)
            .Where(route => route.Method is not ("GET" or "HEAD" or "OPTIONS")))
        {
            using var request = new HttpRequestMessage(
                new HttpMethod(method), Routes.Address(endpoint, _ => RandomId.New()));
            request.Headers.Add("Origin", "https://evil.example");
            using var response = await person.SendAsync(request, Cancellation);
            Assert.True(response.StatusCode == HttpStatusCode.Forbidden,
                $"{method} {request.RequestUri}: {response.StatusCode}");
        }
    }

    // What serves the links' public pictures is asked by everyone.
    private static bool IsOurs(RouteEndpoint endpoint)
        => !IsStaticAsset(endpoint) && endpoint.RoutePattern.RawText is { } route
            && !route.TrimStart('/').StartsWith("s/", StringComparison.Ordinal)
            && !route.TrimStart('/').StartsWith("embed/", StringComparison.Ordinal)
            && !route.TrimStart('/').StartsWith('_');

    private static bool IsPage(RouteEndpoint endpoint)
        => endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.Components.Endpoints.ComponentTypeMetadata>() is not null;

    private static bool IsStaticAsset(RouteEndpoint endpoint)
        => endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.StaticAssets.StaticAssetDescriptor>() is not null;

    private static void AssertHeaders(string address, HttpResponseMessage response)
    {
        string Header(string name) => response.Headers.TryGetValues(name, out var values) ? Assert.Single(values) : "";
        Assert.True("nosniff" == Header("X-Content-Type-Options"), address);
        Assert.True(Header("Referrer-Policy") is "same-origin" or "no-referrer", address);
        Assert.True("same-origin" == Header("Cross-Origin-Opener-Policy"), address);
        Assert.False(
            response.Headers.Contains("Server") || response.Headers.Contains("X-Powered-By")
                || response.Headers.Contains("X-Frame-Options"),
            address);
        var policy = Header("Content-Security-Policy");
        if (policy == "default-src 'none'; sandbox") return;
        if (address.Contains("/embed/", StringComparison.Ordinal))
        {
            // The only pages that others may frame, and they load nothing.
            Assert.True(
                policy.StartsWith("default-src 'none';", StringComparison.Ordinal)
                    && policy.EndsWith("frame-ancestors *", StringComparison.Ordinal),
                policy);
            return;
        }
        foreach (var rule in new[]
        {
            "default-src 'self'", "img-src 'self' blob: data:", "frame-ancestors 'none'", "base-uri 'self'",
            "form-action 'self'", "object-src 'none'", "connect-src 'self' ws://localhost wss://localhost"
        })
            Assert.True(policy.Contains(rule, StringComparison.Ordinal), $"{address}: {rule} is not in {policy}");
        var scripts = policy.Split(';').Single(rule => rule.Trim().StartsWith("script-src", StringComparison.Ordinal));
        Assert.DoesNotContain("unsafe", scripts, StringComparison.Ordinal);
    }
}
