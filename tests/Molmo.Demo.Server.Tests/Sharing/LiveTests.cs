using System.Net;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Server.Sharing.Live;
using Molmo.Demo.Server.Tests.Images;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Tests.Sharing;

/// <summary>
/// Watching a chat as it goes on: everything to see while the link is live, nothing to do, nothing afterwards.
/// </summary>
public sealed class LiveTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Watch_LiveLink_ShowsTurnsTheirEventsAndPhotosToAnyone()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var watcher = app.CreateClient(new() { HandleCookies = false });
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        var owner = app.OwnerOf(image);
        var conversation = app.Seed(owner, ("first", "a", image, EndReason.Finished));
        var live = Live(app);
        var link = await live.StartAsync(owner, new(conversation), Cancellation);
        Assert.Equal(link, await live.StartAsync(owner, new(conversation), Cancellation));
        Assert.InRange(link.ExpiresAt - DateTimeOffset.UtcNow, TimeSpan.FromHours(3.9), TimeSpan.FromHours(4));

        app.Add(owner, conversation, ("second", "b", image, EndReason.Finished));
        var watched = await live.WatchAsync(link.Id, Cancellation);
        using var page = await watcher.GetAsync($"/live/{link.Id}", Cancellation);
        var html = await page.Content.ReadAsStringAsync(Cancellation);
        var events = new List<GenerationEvent>();
        await foreach (var e in live.ReadAsync(link.Id, watched!.Turns[1].Id, 2, Cancellation)) events.Add(e);

        Assert.Equal(["first", "second"], watched.Turns.Select(turn => turn.Question));
        Assert.Equal([2L, 3L], events.Select(e => e.Seq));
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.False(page.Headers.Contains("Set-Cookie"));
        Assert.Equal("noindex, nofollow", page.Headers.GetValues("X-Robots-Tag").Single());
        Assert.Contains("second", html, StringComparison.Ordinal);
        Assert.Contains($"/live/{link.Id}/photo/{image}", html, StringComparison.Ordinal);
        Assert.Equal(await person.GetByteArrayAsync($"/img/{image}", Cancellation),
            await watcher.GetByteArrayAsync($"/live/{link.Id}/photo/{image}", Cancellation));
    }

    [Fact]
    public async Task Watch_CheckedAnswer_HasWhatThePersonFound()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        var owner = app.OwnerOf(image);
        var conversation = app.Seed(owner,
            ("Dogs?", """<points x1="1" y1="2" alt="dog">dog</points>""", image, EndReason.Finished));
        var live = Live(app);
        var link = await live.StartAsync(owner, new(conversation), Cancellation);
        var answer = Assert.Single((await live.WatchAsync(link.Id, Cancellation))!.Turns);
        Assert.Null(answer.Audit);

        var check = Audit.Empty.Judge(0, 1, DotVerdict.Wrong).AddMissed(0, 40, 30);
        await app.Services.GetRequiredService<IAuditStore>().SaveAsync(owner, answer.Id, check, Cancellation);

        var found = (await live.WatchAsync(link.Id, Cancellation))!.Turns[0].Audit!;
        Assert.Equal(check.Steps, found.Steps);
    }

    [Slow]
    [Theory]
    [InlineData("end")]
    [InlineData("expire")]
    [InlineData("delete")]
    public async Task Watch_LinkThatIsOver_ShowsNothing(string how)
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        var owner = app.OwnerOf(image);
        var conversation = app.Seed(owner, ("a private question", "a", image, EndReason.Finished));
        var live = Live(app);
        var link = await live.StartAsync(owner, new(conversation), Cancellation);
        var answer = (await live.WatchAsync(link.Id, Cancellation))!.Turns[0].Id;

        using (var connection = app.Database.Open())
        {
            if (how == "end")
            {
                Assert.False(await live.EndAsync(VisitorId.New(), link.Id, Cancellation));
                Assert.True(await live.EndAsync(owner, link.Id, Cancellation));
            }
            else
            {
                connection.Execute(
                    how == "expire" ? "UPDATE live_links SET expires_at = 1" : "DELETE FROM conversations");
            }
        }

        foreach (var address in new[] { $"/live/{link.Id}", $"/live/{link.Id}/photo/{image}" })
        {
            using var response = await person.GetAsync(address, Cancellation);
            Assert.Equal(HttpStatusCode.Gone, response.StatusCode);
            Assert.DoesNotContain(
                "a private", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }
        Assert.Null(await live.WatchAsync(link.Id, Cancellation));
        await Assert.ThrowsAsync<ChatRefusedException>(async () =>
        {
            await foreach (var _ in live.ReadAsync(link.Id, answer, 1, Cancellation)) break;
        });
        if (how != "delete")
            Assert.NotEqual(link.Id, (await live.StartAsync(owner, new(conversation), Cancellation)).Id);
    }

    [Fact]
    public async Task Watch_ThingsOfOtherChats_AreNotThere()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        var hidden = (await person.UploadAsync(Rasters.Png(30, 30))).Text("id");
        var owner = app.OwnerOf(image);
        var live = Live(app);
        var link = await live.StartAsync(
            owner, new(app.Seed(owner, ("q", "a", image, EndReason.Finished))), Cancellation);
        app.Seed(owner, ("other", "b", hidden, EndReason.Finished));
        string other;
        using (var connection = app.Database.Open())
            other = connection.QuerySingle<string>("SELECT id FROM generations WHERE question = 'other'");

        foreach (var address in new[]
        {
            $"/live/{link.Id}/photo/{hidden}", $"/live/{RandomId.New()}", $"/live/{RandomId.New()}/photo/{image}",
            "/live/x", $"/live/{link.Id}/photo/x"
        })
        {
            using var response = await person.GetAsync(address, Cancellation);
            Assert.True(HttpStatusCode.NotFound == response.StatusCode, $"{address}: {response.StatusCode}");
        }
        await Assert.ThrowsAsync<ChatRefusedException>(async () =>
        {
            await foreach (var _ in live.ReadAsync(link.Id, new GenerationId(other), 1, Cancellation)) break;
        });
    }

    [Fact]
    public async Task Start_ForeignChatOrTooMany_IsRefused()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var owner = app.OwnerOf((await person.UploadAsync(Rasters.Png())).Text("id"));
        var live = Live(app);

        foreach (var foreign in new[] { app.Seed(VisitorId.New()), RandomId.New(), "../x" })
            Assert.Equal(ChatFault.Unknown, (await Assert.ThrowsAsync<ChatRefusedException>(
                () => live.StartAsync(owner, new(foreign), Cancellation))).Fault);
        for (var i = 0; i < LiveStore.MostPerVisitor; i++)
            await live.StartAsync(owner, new(app.Seed(owner)), Cancellation);
        Assert.Equal(ChatFault.VisitorLimit, (await Assert.ThrowsAsync<ChatRefusedException>(
            () => live.StartAsync(owner, new(app.Seed(owner)), Cancellation))).Fault);
    }

    private static ILiveService Live(MolmoApplication app) => app.Services.GetRequiredService<ILiveService>();
}
