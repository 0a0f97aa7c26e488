using System.Net;
using System.Net.Http.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Sharing;
using Molmo.Demo.Server.Sharing.Exports;
using Molmo.Demo.Server.Tests.Images;
using Molmo.Demo.Server.Web;

namespace Molmo.Demo.Server.Tests.Sharing;

/// <summary>How long a link works, who knows its words, what its preview shows, and who has seen it.</summary>
public sealed class ShareSettingsTests
{
    private const string Words = "Öffne dich, Sesam";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lifetime_Over_EverythingIsGoneAndTheBytesToo()
    {
        await using var app = new MolmoApplication(("Molmo:Sharing:Lifetime", "day"));
        using var person = app.AsNewVisitor();
        var (id, owner, image) = await ShareAsync(app, person);
        var link = Assert.Single(await Shares(app).ListAsync(owner, Cancellation));
        Assert.Equal(TimeSpan.FromDays(1), link.ExpiresAt!.Value - link.CreatedAt);
        using var deletion = await person.DeleteAsync($"/api/images/{image}", Cancellation);
        using (var connection = app.Database.Open()) connection.Execute("UPDATE shares SET expires_at = 1");

        foreach (var address in Addresses(id))
        {
            using var response = await person.GetAsync(address, Cancellation);
            Assert.Equal(HttpStatusCode.Gone, response.StatusCode);
            Assert.Contains("made for a limited time", await response.Content.ReadAsStringAsync(Cancellation),
                StringComparison.Ordinal);
        }
        Assert.Empty(await Shares(app).ListAsync(owner, Cancellation));

        await app.Services.GetRequiredService<ShareStore>().EndExpiredAsync(Cancellation);
        Assert.Empty(app.ImageFiles);
        using var afterwards = await person.GetAsync($"/s/{id}", Cancellation);
        Assert.Contains("made for a limited time", await afterwards.Content.ReadAsStringAsync(Cancellation),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hour", 1)]
    [InlineData("Week", 7 * 24)]
    [InlineData("month", 30 * 24)]
    public async Task Lifetime_Chosen_IsKept(string lifetime, int hours)
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        await ShareAsync(app, person, conversation => new { conversation, lifetime });

        using var connection = app.Database.Open();
        Assert.Equal(hours * 3_600_000L, connection.ExecuteScalar<long>("SELECT expires_at - created_at FROM shares"));
    }

    [Slow]
    [Theory]
    [InlineData("""{"lifetime":"century"}""")]
    [InlineData("""{"lifetime":77}""")]
    [InlineData("""{"passphrase":"abc"}""")]
    [InlineData("""{"blurred":[{"image":"x","x":50,"y":50,"width":0,"height":10}]}""")]
    [InlineData("""{"blurred":[{"image":"x","x":100,"y":50,"width":10,"height":10}]}""")]
    public async Task Choice_OutOfRange_IsRefusedWithASentence(string choice)
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        var conversation = app.Seed(app.OwnerOf(image), ("q", "a", image, EndReason.Finished));
        using var content = new StringContent(
            choice.Replace("{\"", $"{{\"conversation\":\"{conversation}\",\"", StringComparison.Ordinal)
                .Replace($"[{{\"conversation\":\"{conversation}\",", "[{", StringComparison.Ordinal),
            System.Text.Encoding.UTF8, "application/json");

        using var response = await person.PostAsync("/api/shares", content, Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        await response.RefusalAsync();
    }

    [Fact]
    public async Task Passphrase_Unknown_NothingIsToBeRead()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var friend = app.AsNewVisitor();
        var (id, _, _) = await ShareAsync(app, person, conversation => new { conversation, passphrase = Words });

        foreach (var address in Addresses(id))
        {
            using var response = await friend.GetAsync(address, Cancellation);
            var body = await response.Content.ReadAsStringAsync(Cancellation);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.DoesNotContain("secret", body, StringComparison.Ordinal);
            Assert.Contains("passphrase", body, StringComparison.Ordinal);
        }
        using var nothing = new FormUrlEncodedContent([]);
        using var posted = await friend.PostAsync($"/s/{id}", nothing, Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, posted.StatusCode);
        using var described = await friend.GetAsync($"/oembed?url=http://localhost/s/{id}", Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, described.StatusCode);
        using var connection = app.Database.Open();
        Assert.DoesNotContain(
            "Sesam", connection.QuerySingle<string>("SELECT passphrase FROM shares"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Passphrase_TypedIntoThePlainForm_OpensThisLinkAndNoOther()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var friend = app.AsNewVisitor();
        var (id, owner, _) = await ShareAsync(app, person, conversation => new { conversation, passphrase = Words });
        var (other, _, _) = await ShareAsync(app, person, conversation => new { conversation, passphrase = Words });
        using var form = await friend.GetAsync($"/s/{id}", Cancellation);
        Assert.Contains(
            $"action=\"/s/{id}/unlock\"", await form.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        // With no-referrer a browser would send the form with "Origin: null", which is another site's.
        Assert.Equal("same-origin", form.Headers.GetValues("Referrer-Policy").Single());

        using var wrong = await TryAsync(friend, id, "open sesame");
        using var right = await TryAsync(friend, id, $"  {Words.Normalize(System.Text.NormalizationForm.FormD)} ");

        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Contains(
            "Wrong passphrase.", await wrong.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.False(wrong.Headers.Contains("Set-Cookie"));
        Assert.Equal((HttpStatusCode.SeeOther, $"/s/{id}"), (right.StatusCode, right.Headers.Location?.ToString()));
        var cookie = Assert.Single(right.Headers.GetValues("Set-Cookie"));
        Assert.StartsWith($"molmo.share.{id}=", cookie, StringComparison.Ordinal);
        Assert.Contains("path=/s; samesite=lax; httponly", cookie, StringComparison.Ordinal);
        foreach (var address in Addresses(id).Where(address => !address.StartsWith("/embed", StringComparison.Ordinal)))
        {
            using var response = await friend.GetAsync(address, Cancellation);
            Assert.True(response.StatusCode == HttpStatusCode.OK, $"{address}: {response.StatusCode}");
        }
        using var stillClosed = await friend.GetAsync($"/s/{other}", Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, stillClosed.StatusCode);

        await Shares(app).ChangeAsync(owner, new ShareId(id), new ShareChange(Passphrase: "another one"), Cancellation);
        using var changed = await friend.GetAsync($"/s/{id}", Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, changed.StatusCode);
        await Shares(app).ChangeAsync(owner, new ShareId(id), new ShareChange(Passphrase: ""), Cancellation);
        using var open = await friend.GetAsync($"/embed/{id}", Cancellation);
        Assert.Equal(HttpStatusCode.OK, open.StatusCode);
    }

    [Fact]
    public async Task Passphrase_TriedTooOften_IsNotTriedAnyMore()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var (id, _, _) = await ShareAsync(app, person, conversation => new { conversation, passphrase = Words });

        for (var i = 0; i < AttemptLimit.Tries; i++)
        {
            using var wrong = await TryAsync(person, id, "x");
            Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        }
        using var right = await TryAsync(person, id, Words);

        Assert.Equal(HttpStatusCode.TooManyRequests, right.StatusCode);
        Assert.NotNull(right.Headers.RetryAfter);
        Assert.Contains("too often", await right.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Preview_WithoutPhoto_ShowsTheDotsAlone()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var (id, owner, _) = await ShareAsync(app, person);
        Assert.Equal((200, 80, 20), await AboveTheDotsAsync(person, id));

        await Shares(app)
            .ChangeAsync(owner, new ShareId(id), new ShareChange(ShowsPhotoInPreview: false), Cancellation);

        Assert.Equal((0x2c, 0x29, 0x34), await AboveTheDotsAsync(person, id));
        using var described = await person.GetAsync($"/oembed?url=http://localhost/s/{id}", Cancellation);
        Assert.False((await described.JsonAsync()).ContainsKey("thumbnail_url"));
    }

    [Fact]
    public async Task Views_OfOthers_AreCountedAndNothingElse()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var friend = app.AsNewVisitor();
        var (id, owner, _) = await ShareAsync(app, person);
        Task<long> ViewsAsync() => Shares(app)
            .ListAsync(owner, Cancellation).ContinueWith(links => links.Result.Single().Views, TaskScheduler.Default);
        async Task OpenAsync(
            HttpClient reader, string address, string agent = "Mozilla/5.0 Firefox/140.0", string? purpose = null,
            HttpMethod? method = null)
        {
            using var request = new HttpRequestMessage(method ?? HttpMethod.Get, address);
            request.Headers.TryAddWithoutValidation("User-Agent", agent);
            if (purpose is not null) request.Headers.Add("Sec-Purpose", purpose);
            using var response = await reader.SendAsync(request, Cancellation);
        }

        await OpenAsync(person, $"/s/{id}");
        await OpenAsync(friend, $"/s/{id}", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)");
        await OpenAsync(friend, $"/s/{id}", "facebookexternalhit/1.1");
        await OpenAsync(friend, $"/s/{id}", "");
        await OpenAsync(friend, $"/s/{id}", purpose: "prefetch;prerender");
        await OpenAsync(friend, $"/s/{id}", method: HttpMethod.Head);
        await OpenAsync(friend, $"/s/{id}/photo/1");
        await OpenAsync(friend, $"/s/{id}/og.jpg");
        await OpenAsync(friend, $"/s/{id}.json");
        Assert.Equal(0, await ViewsAsync());

        await OpenAsync(friend, $"/s/{id}");
        await OpenAsync(friend, $"/embed/{id}");
        Assert.Equal(2, await ViewsAsync());

        app.Services.GetRequiredService<ShareStore>().AddViews(app.Services.GetRequiredService<ShareViews>().Take());
        await OpenAsync(friend, $"/s/{id}");
        Assert.Equal(3, await ViewsAsync());
    }

    [Fact]
    public async Task Change_OfAnothersLink_IsRefused()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var (id, owner, _) = await ShareAsync(app, person);

        Assert.False(await Shares(app)
            .ChangeAsync(VisitorId.New(), new ShareId(id), new ShareChange(Passphrase: "taken over"), Cancellation));
        Assert.False(Assert.Single(await Shares(app).ListAsync(owner, Cancellation)).HasPassphrase);
        await Assert.ThrowsAsync<ChatRefusedException>(
            () => Shares(app).ChangeAsync(owner, new ShareId(id), new ShareChange(Passphrase: "abc"), Cancellation));
    }

    private static string[] Addresses(string id)
        => [$"/s/{id}", $"/s/{id}/photo/1", $"/s/{id}/og.jpg", $"/embed/{id}",
            .. ExportWriter.Formats.Select(format => $"/s/{id}.{format}")];

    private static IShareService Shares(MolmoApplication app) => app.Services.GetRequiredService<IShareService>();

    private static async Task<HttpResponseMessage> TryAsync(HttpClient reader, string id, string words)
    {
        using var form = new FormUrlEncodedContent([new("passphrase", words)]);
        return await reader.PostAsync($"/s/{id}/unlock", form, Cancellation);
    }

    private static async Task<(string Id, VisitorId Owner, string Image)> ShareAsync(
        MolmoApplication app, HttpClient person, Func<string, object>? body = null)
    {
        var image = (await person.UploadAsync(Rasters.Png(600, 300))).Text("id");
        var owner = app.OwnerOf(image);
        var conversation = app.Seed(
            owner, ("secret question", "<point x=\"50\" y=\"50\" alt=\"secret\">t</point>", image, EndReason.Finished));
        using var response = await person.PostAsJsonAsync(
            "/api/shares", body?.Invoke(conversation) ?? new { conversation }, Cancellation);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return ((await response.JsonAsync()).Text("id"), owner, image);
    }

    private static async Task<(int, int, int)> AboveTheDotsAsync(HttpClient reader, string id)
    {
        var card = ImageDecoder.Decode(
            await reader.GetByteArrayAsync($"/s/{id}/og.jpg", Cancellation), DecoderLimits.Default, Cancellation);
        var at = ((160 * card.Width) + 600) * 3;
        // JPEG may move a colour a little.
        static int Near(int found, params int[] expected)
            => expected.FirstOrDefault(one => Math.Abs(one - found) < 8, found);
        return (Near(card.Pixels[at], 200, 0x2c), Near(card.Pixels[at + 1], 80, 0x29),
            Near(card.Pixels[at + 2], 20, 0x34));
    }
}
