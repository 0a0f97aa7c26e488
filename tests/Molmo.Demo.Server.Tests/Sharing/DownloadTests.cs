using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using Molmo.Demo.Server.Sharing.Exports;
using Molmo.Demo.Server.Tests.Images;

namespace Molmo.Demo.Server.Tests.Sharing;

/// <summary>Files of links and of own answers, frames on other sites, and what those sites are told.</summary>
public sealed class DownloadTests
{
    private const string Pointing = " Counting the <points x1=\"20.0\" y1=\"50.0\" x2=\"80.0\" y2=\"50.0\" "
        + "alt=\"penguins\">penguins</points> shows a total of 2.";

    private static readonly Dictionary<string, string> Types = new()
    {
        ["json"] = "application/json",
        ["csv"] = "text/csv",
        ["coco.json"] = "application/json",
        ["ls.json"] = "application/json",
        ["ls.xml"] = "application/xml",
        ["md"] = "text/markdown",
        ["svg"] = "image/svg+xml",
        ["png"] = "image/png",
        ["html"] = "text/html",
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Link_EveryFormat_IsAFileToKeep()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var friend = app.CreateClient(new() { HandleCookies = false });
        var image = (await person.UploadSampleAsync()).Text("id");
        var id = await person.ShareAsync(
            app.Seed(app.OwnerOf(image), ("How many penguins?", Pointing, image, EndReason.Finished)));

        await AssertFilesAsync(friend, $"/s/{id}");
        using var unknown = await friend.GetAsync($"/s/{id}.exe", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        var json = JsonNode.Parse(await friend.GetStringAsync($"/s/{id}.json", Cancellation))!;
        Assert.Equal($"http://localhost/s/{id}", (string)json["address"]!);
        Assert.Equal((800, 800), ((int)json["pictures"]![0]!["width"]!, (int)json["pictures"]![0]!["height"]!));
        Assert.Contains($"href=\"http://localhost/s/{id}/photo/1\"",
            await friend.GetStringAsync($"/s/{id}.svg?photo=link", Cancellation), StringComparison.Ordinal);
        Assert.DoesNotContain(
            "<image", await friend.GetStringAsync($"/s/{id}.svg?photo=none", Cancellation), StringComparison.Ordinal);
        using var head = await friend.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"/s/{id}.json"), Cancellation);
        Assert.Equal("noindex, nofollow", head.Headers.GetValues("X-Robots-Tag").Single());
    }

    [Fact]
    public async Task Answer_OfOnesOwn_IsAFileToKeepAndNobodyElses()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var other = app.AsNewVisitor();
        await other.UploadAsync(Rasters.Png());
        var image = (await person.UploadSampleAsync()).Text("id");
        app.Seed(app.OwnerOf(image), ("How many penguins?", Pointing, image, EndReason.Finished));
        var answer = IdOfOnlyAnswer(app);

        await AssertFilesAsync(person, $"/answers/{answer}");
        foreach (var format in ExportWriter.Formats)
        {
            using var foreign = await other.GetAsync($"/answers/{answer}.{format}", Cancellation);
            Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        }
        foreach (var address
            in new[] { $"/answers/{RandomId.New()}.json", "/answers/x.json", $"/answers/{answer}.exe" })
        {
            using var unknown = await person.GetAsync(address, Cancellation);
            Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        }
        Assert.Null(JsonNode.Parse(await person.GetStringAsync($"/answers/{answer}.json", Cancellation))!["address"]);
    }

    [Fact]
    public async Task Answer_EndNotYetStored_IsWaitedFor()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        app.Seed(app.OwnerOf(image), ("q", "the whole answer", image, null));
        var answer = IdOfOnlyAnswer(app);

        var downloading = person.GetStringAsync($"/answers/{answer}.md", Cancellation);
        using (var connection = app.Database.Open())
            connection.Execute("UPDATE generations SET ended_at = 2, state = 'finished'");

        Assert.Contains("the whole answer", await downloading, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_WithoutPicture_HasTheFormatsOfWords()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        app.Seed(app.OwnerOf(image), ("Why?", "Because.", null, EndReason.Finished));
        var answer = IdOfOnlyAnswer(app);

        foreach (var format in ExportWriter.Formats)
        {
            using var response = await person.GetAsync($"/answers/{answer}.{format}", Cancellation);
            Assert.Equal(format is "svg" or "png" ? HttpStatusCode.NotFound : HttpStatusCode.OK, response.StatusCode);
        }
    }

    [Theory]
    [InlineData(null, "*")]
    [InlineData("https://blog.example 'self'", "https://blog.example 'self'")]
    public async Task Embed_Link_MayBeFramedAndLoadsItsPhotoOnly(string? setting, string expected)
    {
        await using var app =
            setting is null ? new MolmoApplication() : new MolmoApplication(("Molmo:EmbedAncestors", setting));
        using var person = app.AsNewVisitor();
        using var friend = app.CreateClient(new() { HandleCookies = false });
        var image = (await person.UploadSampleAsync()).Text("id");
        var id = await person.ShareAsync(
            app.Seed(app.OwnerOf(image), ("How many <b>penguins</b>?", Pointing, image, EndReason.Finished)));

        using var response = await friend.GetAsync($"/embed/{id}", Cancellation);
        var html = await response.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(response.Headers.Contains("Set-Cookie"));
        Assert.Equal("noindex, nofollow", response.Headers.GetValues("X-Robots-Tag").Single());
        var policy = response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'; img-src 'self'; font-src 'self'; ", policy, StringComparison.Ordinal);
        Assert.EndsWith($"frame-ancestors {expected}", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.InRange(Encoding.UTF8.GetByteCount(html), 1000, 60_000);
        Assert.Contains($"src=\"/s/{id}/photo/1\"", html, StringComparison.Ordinal);
        Assert.Contains("How many &lt;b&gt;penguins&lt;/b&gt;?", html, StringComparison.Ordinal);
        Assert.Contains($"href=\"http://localhost/s/{id}\"", html, StringComparison.Ordinal);
        using var page = await friend.GetAsync($"/s/{id}", Cancellation);
        Assert.Contains("frame-ancestors 'none'", page.Headers.GetValues("Content-Security-Policy").Single(),
            StringComparison.Ordinal);
        // The frame has no origin of its own, so that the typefaces have to be anybody's.
        var font = Regex.Match(html, @"url\((/fonts/[^)]+)\)").Groups[1].Value;
        using var typeface = await friend.GetAsync(font, Cancellation);
        Assert.Equal(HttpStatusCode.OK, typeface.StatusCode);
        Assert.Equal("*", typeface.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.False(page.Headers.Contains("Access-Control-Allow-Origin"));
        using var noTurn = await friend.GetAsync($"/embed/{id}?turn=2", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, noTurn.StatusCode);
    }

    [Fact]
    public async Task Oembed_Link_IsDescribedAsTheStandardSays()
    {
        await using var app = new MolmoApplication(("Molmo:PublicUrl", "https://molmo.example"));
        using var person = app.AsNewVisitor();
        var image = (await person.UploadSampleAsync()).Text("id");
        var id =
            await person.ShareAsync(app.Seed(app.OwnerOf(image), ("\"><script>", Pointing, image, EndReason.Finished)));
        var url = Uri.EscapeDataString($"https://molmo.example/s/{id}");

        using var response = await person.GetAsync($"/oembed?url={url}&format=json&maxwidth=400", Cancellation);
        var body = await response.JsonAsync();

        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(("1.0", "rich", "\"><script>"), (body.Text("version"), body.Text("type"), body.Text("title")));
        var (width, height) = ((int)body["width"]!, (int)body["height"]!);
        Assert.Equal(400, width);
        Assert.InRange(height, 400, 800);
        Assert.StartsWith(
            $"<iframe src=\"https://molmo.example/embed/{id}\" width=\"{width}\" height=\"{height}\" "
                + $"title=\"&quot;&gt;&lt;script&gt;\"",
            body.Text("html"), StringComparison.Ordinal);
        Assert.Equal($"https://molmo.example/s/{id}/og.jpg", body.Text("thumbnail_url"));

        foreach (var (address, expected) in new[]
        {
            ($"/oembed?url={url}&format=xml", HttpStatusCode.NotImplemented),
            ($"/oembed?url={url}%23g=1&format=json", HttpStatusCode.OK),
            ($"/oembed?url={Uri.EscapeDataString($"https://other.example/s/{id}")}", HttpStatusCode.NotFound),
            ($"/oembed?url={Uri.EscapeDataString($"https://molmo.example/s/{RandomId.New()}")}",
                HttpStatusCode.NotFound),
            ("/oembed?url=nonsense", HttpStatusCode.NotFound),
            ("/oembed", HttpStatusCode.NotFound),
        })
        {
            using var answer = await person.GetAsync(address, Cancellation);
            Assert.True(expected == answer.StatusCode, $"{address}: {answer.StatusCode}");
        }
        using var revoked = await person.DeleteAsync($"/api/shares/{id}", Cancellation);
        using var gone = await person.GetAsync($"/oembed?url={url}", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    private static async Task AssertFilesAsync(HttpClient reader, string address)
    {
        foreach (var format in ExportWriter.Formats)
        {
            using var response = await reader.GetAsync($"{address}.{format}", Cancellation);
            Assert.True(response.StatusCode == HttpStatusCode.OK, $"{format}: {response.StatusCode}");
            Assert.Equal(Types[format], response.Content.Headers.ContentType?.MediaType);
            Assert.Equal($"attachment; filename=molmo-how-many-penguins.{format}",
                response.Content.Headers.ContentDisposition?.ToString());
            Assert.Equal("default-src 'none'; sandbox", response.Headers.GetValues("Content-Security-Policy").Single());
            Assert.False(response.Headers.Contains("Set-Cookie"));
            Assert.NotEmpty(await response.Content.ReadAsByteArrayAsync(Cancellation));
        }
    }

    private static string IdOfOnlyAnswer(MolmoApplication app)
    {
        using var connection = app.Database.Open();
        return connection.QuerySingle<string>("SELECT id FROM generations");
    }
}
