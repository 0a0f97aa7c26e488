using System.Net;
using System.Net.Http.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Server.Sharing.Exports;
using Molmo.Demo.Server.Tests.Images;

namespace Molmo.Demo.Server.Tests.Sharing;

public sealed class ShareTests
{
    private const string Pointing = " Counting the <points x1=\"20.0\" y1=\"50.0\" x2=\"80.0\" y2=\"50.0\" "
        + "alt=\"penguins\">penguins</points> shows a total of 2.";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Share_Conversation_IsReadableByAnyoneWithoutACookie()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var image = (await person.UploadSampleAsync()).Text("id");
        var conversation =
            app.Seed(app.OwnerOf(image), ("How many <b>penguins</b>?", Pointing, image, EndReason.Finished));

        using var made = await person.PostAsJsonAsync("/api/shares", new { conversation }, Cancellation);
        var body = await made.JsonAsync();
        var id = body.Text("id");
        using var friend = app.CreateClient(new() { HandleCookies = false });
        using var page = await friend.GetAsync($"/s/{id}", Cancellation);
        var html = await page.Content.ReadAsStringAsync(Cancellation);

        Assert.True(RandomId.IsWellFormed(id));
        Assert.Equal($"http://localhost/s/{id}", body.Text("url"));
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.False(page.Headers.Contains("Set-Cookie"));
        Assert.Contains("How many &lt;b&gt;penguins&lt;/b&gt;?", html, StringComparison.Ordinal);
        Assert.Contains("shows a total of 2.", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<points", html, StringComparison.Ordinal);
        Assert.Contains($"/s/{id}/photo/1", html, StringComparison.Ordinal);
        Assert.Contains($"http://localhost/s/{id}/og.jpg", html, StringComparison.Ordinal);
        Assert.Equal(await person.GetByteArrayAsync($"/img/{image}", Cancellation),
            await friend.GetByteArrayAsync($"/s/{id}/photo/1", Cancellation));
    }

    [Fact]
    public async Task Share_AnswerAboutAThingThatIsNotKnown_KeepsThatForItsReaders()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var image = (await person.UploadSampleAsync()).Text("id");
        var conversation = app.Seed(app.OwnerOf(image), ("How many chairs?", Pointing, image, EndReason.Finished));
        using (var connection = app.Database.Open())
        {
            var note = new Noted(9, NoteCode.Asked, "") { Fact = new ThingUnknown("Chairs", 28) };
            connection.Execute(
                "INSERT INTO events (generation, seq, body) SELECT id, 9, @body FROM generations",
                new { body = JsonSerializer.Serialize<GenerationEvent>(note, JsonSerializerOptions.Web) });
        }

        var shared = await FindAsync(app, await person.ShareAsync(conversation));

        Assert.Equal([new ThingUnknown("Chairs", 28)], Assert.Single(shared!.Turns).Unknown);
        using var friend = app.CreateClient(new() { HandleCookies = false });
        Assert.Contains("Chairs", await friend.GetStringAsync($"/embed/{shared.Id}", Cancellation),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Share_Turns_AreCopiedVerbatimWithTheirStamps()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var image = (await person.UploadSampleAsync()).Text("id");
        var conversation = app.Seed(app.OwnerOf(image),
            ("one", Pointing, image, EndReason.Finished), ("two", "cut", null, EndReason.Length),
            ("three", "and", image, EndReason.Interrupted), ("running", "not yet", image, null));

        var shared = await FindAsync(app, await person.ShareAsync(conversation));

        Assert.Equal(["one", "two", "three"], shared!.Turns.Select(turn => turn.Question));
        Assert.Equal(Pointing, shared.Turns[0].Answer);
        Assert.Equal(
            [EndReason.Finished, EndReason.Length, EndReason.Interrupted], shared.Turns.Select(turn => turn.Reason));
        Assert.Equal([1, null, 1], shared.Turns.Select(turn => turn.Picture));
        Assert.Equal((800, 800), (shared.Turns[0].Width, shared.Turns[0].Height));
        Assert.Equal(Conversations.Stamp, shared.Turns[0].Stamp);
    }

    [Fact]
    public async Task Share_AnswerThatFailed_IsCopiedWithoutAReason()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        var conversation = app.Seed(app.OwnerOf(image), ("q", "as far as it came", image, null));
        using (var connection = app.Database.Open())
            connection.Execute("UPDATE generations SET ended_at = 2, state = 'failed'; INSERT INTO events SELECT id, "
                + "3, '{\"type\":\"error\",\"seq\":3,\"code\":\"engine_failed\",\"message\":\"m\",\"retryable\":true}' "
                + "FROM generations");

        var turn = Assert.Single((await FindAsync(app, await person.ShareAsync(conversation)))!.Turns);

        Assert.Null(turn.Reason);
        Assert.Equal("as far as it came", turn.Answer);
    }

    [Fact]
    public async Task Share_EndNotYetStored_IsWaitedFor()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        var conversation = app.Seed(app.OwnerOf(image), ("q", "the whole answer", image, null));

        var sharing = person.ShareAsync(conversation);
        using (var connection = app.Database.Open())
            connection.Execute("UPDATE generations SET ended_at = 2, state = 'finished'");

        Assert.Equal("the whole answer", Assert.Single((await FindAsync(app, await sharing))!.Turns).Answer);
    }

    [Fact]
    public async Task Share_LaterTurnsAndDeletions_ChangeNothing()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        var owner = app.OwnerOf(image);
        var conversation = app.Seed(owner, ("first", "answer", image, EndReason.Finished));
        var id = await person.ShareAsync(conversation);
        var photo = await person.GetByteArrayAsync($"/s/{id}/photo/1", Cancellation);

        app.Add(owner, conversation, ("later", "unshared words", image, EndReason.Finished));
        using (var connection = app.Database.Open()) connection.Execute("DELETE FROM conversations");
        using var deletion = await person.DeleteAsync($"/api/images/{image}", Cancellation);

        Assert.Equal(HttpStatusCode.NoContent, deletion.StatusCode);
        var html = await person.GetStringAsync($"/s/{id}", Cancellation);
        Assert.Contains("first", html, StringComparison.Ordinal);
        Assert.DoesNotContain("unshared words", html, StringComparison.Ordinal);
        Assert.Equal(photo, await person.GetByteArrayAsync($"/s/{id}/photo/1", Cancellation));
    }

    [Fact]
    public async Task Share_Restart_IsStillThere()
    {
        var data = Directory.CreateTempSubdirectory("molmo-test-").FullName;
        string id;
        await using (var app = new MolmoApplication { Data = data, KeepData = true })
        {
            using var person = app.AsNewVisitor();
            var image = (await person.UploadAsync(Rasters.Png())).Text("id");
            id = await person.ShareAsync(app.Seed(app.OwnerOf(image), ("q", "a", image, EndReason.Finished)));
            using var deletion = await person.DeleteAsync($"/api/images/{image}", Cancellation);
        }

        await using var restarted = new MolmoApplication { Data = data };
        using var friend = restarted.AsNewVisitor();
        using var photo = await friend.GetAsync($"/s/{id}/photo/1", Cancellation);

        Assert.Equal(HttpStatusCode.OK, photo.StatusCode);
    }

    [Fact]
    public async Task Revoke_Link_IsGoneAtOnceWithItsBytes()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var friend = app.AsNewVisitor();
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        var id = await person.ShareAsync(
            app.Seed(app.OwnerOf(image), ("secret question", Pointing, image, EndReason.Finished)));
        using var deletion = await person.DeleteAsync($"/api/images/{image}", Cancellation);
        string[] addresses = [$"/s/{id}", $"/s/{id}/photo/1", $"/s/{id}/og.jpg", $"/embed/{id}",
            .. ExportWriter.Formats.Select(format => $"/s/{id}.{format}")];
        foreach (var address in addresses)
        {
            using var before = await friend.GetAsync(address, Cancellation);
            Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        }

        using var foreign = await friend.DeleteAsync($"/api/shares/{id}", Cancellation);
        using var revoked = await person.DeleteAsync($"/api/shares/{id}", Cancellation);
        using var again = await person.DeleteAsync($"/api/shares/{id}", Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
        foreach (var address in addresses)
            foreach (var reader in new[] { person, friend })
            {
                using var after = await reader.GetAsync(address, Cancellation);
                Assert.Equal(HttpStatusCode.Gone, after.StatusCode);
                Assert.Contains("This link was deleted by its sender.",
                    await after.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
            }
        Assert.Empty(app.ImageFiles);
        using var connection = app.Database.Open();
        Assert.Equal("[]", connection.QuerySingle<string>("SELECT body FROM shares"));
    }

    [Fact]
    public async Task Revoke_OneOfTwoLinks_KeepsTheOther()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        var owner = app.OwnerOf(image);
        var conversation = app.Seed(owner, ("q", "a", image, EndReason.Finished));
        var first = await person.ShareAsync(conversation);
        var second = await person.ShareAsync(conversation);
        using var deletion = await person.DeleteAsync($"/api/images/{image}", Cancellation);
        var service = app.Services.GetRequiredService<IShareService>();
        Assert.Equal(2, (await service.ListAsync(owner, Cancellation)).Count);

        using var revoked = await person.DeleteAsync($"/api/shares/{first}", Cancellation);

        using var photo = await person.GetAsync($"/s/{second}/photo/1", Cancellation);
        Assert.Equal(HttpStatusCode.OK, photo.StatusCode);
        Assert.Equal(second, Assert.Single(await service.ListAsync(owner, Cancellation)).Id.Value);
        Assert.Empty(await service.ListAsync(VisitorId.New(), Cancellation));
    }

    [Fact]
    public async Task Show_UnknownOrMalformedLink_IsTheSamePageAlways()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        string? constant = null;

        foreach (var id in Enumerable.Range(0, 50).Select(_ => RandomId.New())
            .Concat(["x", "..%2f", "a b", new string('a', 22) + "!", new string('b', 3000)]))
            foreach (var rest in new[] { "", "/photo/1", "/og.jpg", ".json", ".coco.json" })
            {
                using var response = await person.GetAsync($"/s/{id}{rest}", Cancellation);
                var body = await response.Content.ReadAsStringAsync(Cancellation);
                constant ??= body;
                Assert.Equal((HttpStatusCode.NotFound, constant), (response.StatusCode, body));
                Assert.Equal("noindex, nofollow", response.Headers.GetValues("X-Robots-Tag").Single());
            }
        Assert.Contains("Page not found", constant, StringComparison.Ordinal);
    }

    [Slow]
    [Theory]
    [InlineData("0")]
    [InlineData("2")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("99999999999999999999")]
    public async Task Show_PictureNumberThatIsNotThere_IsNotFound(string number)
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        var id = await person.ShareAsync(app.Seed(app.OwnerOf(image), ("q", "a", image, EndReason.Finished)));

        using var response = await person.GetAsync($"/s/{id}/photo/{number}", Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Show_PagePictureAndPreview_AreNotIndexedNorKeptAndNameNobody()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        var id = await person.ShareAsync(app.Seed(app.OwnerOf(image), ("q", "a", image, EndReason.Finished)));

        foreach (var address in new[] { $"/s/{id}", $"/s/{id}/photo/1", $"/s/{id}/og.jpg" })
        {
            using var response = await person.GetAsync(address, Cancellation);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("noindex, nofollow", response.Headers.GetValues("X-Robots-Tag").Single());
            Assert.Equal("no-referrer", response.Headers.GetValues("Referrer-Policy").Single());
            Assert.True(response.Headers.CacheControl!.NoStore, address);
        }
    }

    [Fact]
    public async Task Share_ForeignUnknownOrUnansweredConversation_IsRefused()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var other = app.AsNewVisitor();
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        var owner = app.OwnerOf(image);

        foreach (var (reader, conversation, expected) in new[]
        {
            (other, app.Seed(owner, ("q", "a", image, EndReason.Finished)), HttpStatusCode.NotFound),
            (person, RandomId.New(), HttpStatusCode.NotFound),
            (person, "../x", HttpStatusCode.NotFound),
            (person, "", HttpStatusCode.NotFound),
            (person, app.Seed(owner), HttpStatusCode.BadRequest),
            (person, app.Seed(owner, ("q", "", image, null)), HttpStatusCode.BadRequest),
        })
        {
            using var response = await reader.PostAsJsonAsync("/api/shares", new { conversation }, Cancellation);
            Assert.Equal(expected, response.StatusCode);
            await response.RefusalAsync();
        }
    }

    [Slow]
    [Theory]
    [InlineData("{}", HttpStatusCode.NotFound)]
    [InlineData("[]", HttpStatusCode.BadRequest)]
    [InlineData("{", HttpStatusCode.BadRequest)]
    [InlineData("", HttpStatusCode.BadRequest)]
    public async Task Share_MalformedBody_IsRefused(string body, HttpStatusCode expected)
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");

        using var response = await person.PostAsync("/api/shares", content, Cancellation);

        Assert.Equal(expected, response.StatusCode);
        await response.RefusalAsync();
    }

    [Fact]
    public async Task Share_MoreThanADaysLinks_IsRefusedAlsoAfterWithdrawing()
    {
        await using var app = new MolmoApplication(("Molmo:Sharing:LinksPerDay", "2"));
        using var person = app.AsNewVisitor();
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        var conversation = app.Seed(app.OwnerOf(image), ("q", "a", image, EndReason.Finished));
        await person.ShareAsync(conversation);
        using var revoked =
            await person.DeleteAsync($"/api/shares/{await person.ShareAsync(conversation)}", Cancellation);

        using var third = await person.PostAsJsonAsync("/api/shares", new { conversation }, Cancellation);

        Assert.Equal(HttpStatusCode.TooManyRequests, third.StatusCode);
        Assert.Contains("limit is 2", await third.RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Share_PublicUrlConfigured_IsUsedWhateverHostTheRequestNames()
    {
        await using var app = new MolmoApplication(("Molmo:PublicUrl", "https://molmo.example"));
        using var person = app.AsNewVisitor();
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        var conversation = app.Seed(app.OwnerOf(image), ("q", "a", image, EndReason.Finished));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/shares")
        {
            Content = JsonContent.Create(new { conversation })
        };
        request.Headers.Host = "evil.example";

        using var response = await person.SendAsync(request, Cancellation);
        var body = await response.JsonAsync();
        using var pageRequest = new HttpRequestMessage(HttpMethod.Get, $"/s/{body.Text("id")}");
        pageRequest.Headers.Host = "evil.example";
        using var page = await person.SendAsync(pageRequest, Cancellation);
        var html = await page.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal($"https://molmo.example/s/{body.Text("id")}", body.Text("url"));
        Assert.Contains($"https://molmo.example/s/{body.Text("id")}/og.jpg", html, StringComparison.Ordinal);
        Assert.DoesNotContain("evil.example", html, StringComparison.Ordinal);
    }

    private static Task<SharedConversation?> FindAsync(MolmoApplication app, string id)
        => app.Services.GetRequiredService<IShareService>().FindAsync(new ShareId(id), Cancellation);
}
