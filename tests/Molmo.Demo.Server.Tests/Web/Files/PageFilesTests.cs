using System.IO.Compression;
using System.Net;
using Molmo.Demo.Server.Tests.Images;

namespace Molmo.Demo.Server.Tests.Web.Files;

/// <summary>What pages load, asked over HTTP.</summary>
public sealed class PageFilesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("site.css", "text/css")]
    [InlineData("mud.css", "text/css")]
    [InlineData("blazor.js", "text/javascript")]
    [InlineData("chat.js", "text/javascript")]
    [InlineData("page.js", "text/javascript")]
    [InlineData("SharePage.js", "text/javascript")]
    public async Task File_InEachEncoding_IsTheSameTextAndMakesNobodyAVisitor(string name, string type)
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var plain = await GetAsync(person, name, null);
        var text = await ReadAsync(plain);
        Assert.Equal(
            (type, "utf-8", false), (plain.Content.Headers.ContentType!.MediaType,
                plain.Content.Headers.ContentType.CharSet, plain.Headers.Contains("Set-Cookie")));
        foreach (var (wanted, sent) in new[]
        {
            ("gzip, deflate, br, zstd", "br"), ("gzip, deflate", "gzip"), ("br;q=0, gzip;q=0.5", "gzip"),
        })
        {
            using var packed = await GetAsync(person, name, wanted);
            Assert.Equal([sent], packed.Content.Headers.ContentEncoding);
            Assert.Equal(["Accept-Encoding"], packed.Headers.Vary);
            var body = await packed.Content.ReadAsStreamAsync(Cancellation);
            Assert.InRange(body.Length, 1, text.Length / 2);
            await using Stream unpacked = sent == "br"
                ? new BrotliStream(body, CompressionMode.Decompress)
                : new GZipStream(body, CompressionMode.Decompress);
            using var reader = new StreamReader(unpacked);
            Assert.Equal(text, await reader.ReadToEndAsync(Cancellation));
        }
    }

    [Fact]
    public async Task File_ByTheAddressOfThePage_IsKeptForGoodAndByAnotherAskedForAgain()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var page = await person.GetStringAsync("/", Cancellation);
        var address = Between(page, "<link rel=\"stylesheet\" href=\"", "\"");
        Assert.StartsWith("site.css?v=", address, StringComparison.Ordinal);

        using var known = await GetAsync(person, address, "br");
        Assert.Equal("public, max-age=31536000, immutable", known.Headers.CacheControl!.ToString());
        using var old = await GetAsync(person, "site.css?v=0123456789abcdef", "br");
        Assert.Equal("no-cache", old.Headers.CacheControl!.ToString());

        using var again = new HttpRequestMessage(HttpMethod.Get, address);
        again.Headers.AcceptEncoding.ParseAdd("br");
        again.Headers.IfNoneMatch.Add(known.Headers.ETag!);
        using var same = await person.SendAsync(again, Cancellation);
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        using var plain = await GetAsync(person, address, null);
        Assert.NotEqual(known.Headers.ETag, plain.Headers.ETag);
    }

    [Fact]
    public async Task Styles_OfTheSite_AreOneFileAndTheLibrarysLieInALayerBelow()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var site = await person.GetStringAsync("/site.css", Cancellation);
        Assert.DoesNotContain("@import", site, StringComparison.Ordinal);
        Assert.Contains(".reconnect[b-", site, StringComparison.Ordinal);
        var mud = await person.GetStringAsync("/mud.css", Cancellation);
        Assert.StartsWith("@layer mud{", mud, StringComparison.Ordinal);
        Assert.Equal(mud.Count(c => c == '{'), mud.Count(c => c == '}'));
        Assert.DoesNotContain("@import", mud, StringComparison.Ordinal);
        Assert.DoesNotContain("@charset", mud, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scripts_OfTheClient_AreEachInTheBundleOfTheirPages()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var client = Path.Combine(TestData.Repository, "Client");
        var scripts = Directory.GetFiles(client, "*.razor.js", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(client, file).Replace('\\', '/')).ToList();
        Assert.NotEmpty(scripts);
        foreach (var script in scripts)
        {
            var name = Path.GetFileName(script)[..^".razor.js".Length];
            var bundle = name.EndsWith("Page", StringComparison.Ordinal) ? $"/{name}.js" : "/chat.js";
            Assert.Contains(
                $"// {script}\n", await person.GetStringAsync(bundle, Cancellation), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/", "chat.js")]
    [InlineData("/compare", "chat.js")]
    [InlineData("/api", "ApiPage.js")]
    [InlineData("/kiosk", "KioskPage.js")]
    [InlineData("/leaderboard", "page.js")]
    public async Task Page_WithoutACircuit_LoadsNeitherFrameworkNorLibrary(string address, string script)
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        AssertLoads(script, await person.GetStringAsync(address, Cancellation));
    }

    [Fact]
    public async Task SharePage_OfALink_LoadsNeitherFrameworkNorLibrary()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        var share = await person.ShareAsync(app.Seed(app.OwnerOf(image), ("q", "a", image, EndReason.Finished)));
        AssertLoads("SharePage.js", await person.GetStringAsync($"/s/{share}", Cancellation));
    }

    private static void AssertLoads(string script, string page)
    {
        Assert.Contains("site.css?v=", page, StringComparison.Ordinal);
        Assert.Contains($"<script defer src=\"{script}?v=", page, StringComparison.Ordinal);
        var hasCircuit = script == "chat.js";
        Assert.Equal(hasCircuit, page.Contains("blazor.js?v=", StringComparison.Ordinal));
        Assert.Equal(hasCircuit, page.Contains("mud.css?v=", StringComparison.Ordinal));
        if (!hasCircuit) Assert.Equal(2, page.Split("<script ").Length - 1);
    }

    private static async Task<HttpResponseMessage> GetAsync(HttpClient person, string address, string? encodings)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (encodings is not null) request.Headers.AcceptEncoding.ParseAdd(encodings);
        var response = await person.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response;
    }

    private static Task<string> ReadAsync(HttpResponseMessage response)
        => response.Content.ReadAsStringAsync(Cancellation);

    private static string Between(string text, string before, string after)
    {
        var start = text.IndexOf(before, StringComparison.Ordinal) + before.Length;
        return text[start..text.IndexOf(after, start, StringComparison.Ordinal)];
    }
}
