using System.Net;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Molmo.Demo.Server.Chat;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>A server that keeps conversations for some hours removes what is older, wholly, and nothing else.</summary>
public sealed class RetentionTests
{
    private const string Secret = "zebra-crossing-4712";

    private readonly VisitorId _ann = VisitorId.New();
    private readonly VisitorId _ben = VisitorId.New();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Slow]
    [Fact]
    public async Task Idle_ForLonger_LeavesNeitherTextNorPictureAndTheRestStays()
    {
        // A clock that begins a day after the epoch; what is seeded was asked at its beginning. Nothing but the test
        // removes any of it.
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddDays(1));
        await using var app = new MolmoApplication { Time = time };
        var library = app.Services.GetRequiredService<ConversationLibrary>();
        var gone = (await app.Store.TakeSampleAsync(_ann, "scene-03.png", Cancel))!;
        var both = (await app.Store.TakeSampleAsync(_ann, "scene-08.jpg", Cancel))!;
        var idle = new ConversationId(app.Seed(
            _ann, ($"{Secret} one", $"{Secret} two", gone.Id.Value, EndReason.Finished),
            ($"{Secret} three", "four", both.Id.Value, EndReason.Finished)));
        var bens = new ConversationId(app.Seed(_ben, ($"{Secret} five", "six", null, EndReason.Finished)));
        var running = new ConversationId(app.Seed(_ann, ("running", "", both.Id.Value, null)));
        var recent = new ConversationId(app.Seed(_ann, ("recent", "answer", both.Id.Value, EndReason.Finished)));
        using (var connection = app.Database.Open())
        {
            connection.Execute("UPDATE generations SET ended_at = @now WHERE conversation = @recent",
                new { now = time.GetUtcNow().ToUnixTimeMilliseconds(), recent = recent.Value });
            connection.Execute(
                "INSERT INTO audits (generation, body, updated_at) SELECT id, '{}', "
                    + "1 FROM generations WHERE conversation = @idle",
                new { idle = idle.Value });
        }
        var picture = (await app.Store.ReadStoredAsync(gone.ContentHash, Cancel))!.AsSpan(1000, 64).ToArray();

        time.Advance(TimeSpan.FromHours(5));
        Assert.Equal(0, await library.DeleteIdleAsync(TimeSpan.FromHours(30), Cancel));
        Assert.True(ConversationLibraryTests.IsAnywhere(app, picture));
        time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(2, await library.DeleteIdleAsync(TimeSpan.FromHours(30), Cancel));

        Assert.False(ConversationLibraryTests.IsAnywhere(app, Encoding.UTF8.GetBytes(Secret)));
        Assert.False(ConversationLibraryTests.IsAnywhere(app, picture));
        Assert.Equal([both.ContentHash], app.ImageFiles.Select(file => Path.GetFileName(file)!));
        Assert.Null(await library.FindAsync(_ann, idle, Cancel));
        Assert.Null(await library.FindAsync(_ben, bens, Cancel));
        Assert.NotNull(await library.FindAsync(_ann, running, Cancel));
        Assert.Equal(both.Id, (await library.FindAsync(_ann, recent, Cancel))!.Turns[0].Image!.Id);
        using (var connection = app.Database.Open())
            Assert.Equal((0, 2), connection.QuerySingle<(int, int)>(
                "SELECT (SELECT COUNT(*) FROM audits), (SELECT COUNT(DISTINCT generation) FROM events)"));

        time.Advance(TimeSpan.FromHours(24));
        Assert.Equal(1, await library.DeleteIdleAsync(TimeSpan.FromHours(30), Cancel));
        Assert.NotNull(await library.FindAsync(_ann, running, Cancel));
        Assert.NotNull(await app.Store.FindAsync(_ann, both.Id, Cancel));
    }

    [Fact]
    public async Task Idle_WhileTheServerRuns_GoesAsItsClockMoves()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddDays(1));
        await using var app = new MolmoApplication(("Molmo:KeepHours", "30")) { Time = time };
        var library = app.Services.GetRequiredService<ConversationLibrary>();
        var idle = new ConversationId(app.Seed(_ann, ("one", "two", null, EndReason.Finished)));

        time.Advance(TimeSpan.FromHours(5));
        Assert.NotNull(await library.FindAsync(_ann, idle, Cancel));
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        guard.CancelAfter(TimeSpan.FromSeconds(60));
        // The sweep may still be busy with the last time.
        for (time.Advance(TimeSpan.FromHours(2)); await library.FindAsync(_ann, idle, Cancel) is not null;
            time.Advance(TimeSpan.FromMinutes(5)))
            await Task.Delay(20, guard.Token);
    }

    [Fact]
    public async Task Idle_SharedBefore_TheLinkLivesOn()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddDays(1));
        await using var app = new MolmoApplication { Time = time };
        var shares = app.Services.GetRequiredService<IShareService>();
        var image = (await app.Store.TakeSampleAsync(_ann, "scene-03.png", Cancel))!;
        var conversation = new ConversationId(app.Seed(_ann, ("one", "two", image.Id.Value, EndReason.Finished)));
        var link = await shares.CreateAsync(_ann, conversation, ShareChoice.Plain, Cancel);

        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, await app.Services.GetRequiredService<ConversationLibrary>()
            .DeleteIdleAsync(TimeSpan.FromHours(24), Cancel));

        using var reader = app.AsNewVisitor();
        using var photo = await reader.GetAsync($"/s/{link}/photo/1", Cancel);
        Assert.Equal(HttpStatusCode.OK, photo.StatusCode);
        Assert.Null(await app.Store.FindAsync(_ann, image.Id, Cancel));
        await shares.RevokeAsync(_ann, link, Cancel);
        Assert.Empty(app.ImageFiles);
    }

    [Slow]
    [Fact]
    public async Task Start_WithALimit_RemovesManyThatAreOverAndWithoutOneNothing()
    {
        string data;
        await using (var unlimited = new MolmoApplication { KeepData = true })
        {
            data = unlimited.Data;
            var image = (await unlimited.Store.TakeSampleAsync(_ann, "scene-03.png", Cancel))!;
            // More than one transaction removes.
            for (var i = 0; i < 230; i++)
                unlimited.Seed(_ann, ("one", "two", i % 50 == 0 ? image.Id.Value : null, EndReason.Finished));
            Assert.Equal(230, Count(unlimited));
        }
        await using (var still = new MolmoApplication { Data = data, KeepData = true })
        {
            await Task.Delay(500, Cancel);
            Assert.Equal(230, Count(still));
        }
        await using var limited = new MolmoApplication(("Molmo:KeepHours", "1")) { Data = data };
        await Sequences.UntilAsync(() => Count(limited) == 0, "they are removed at the start");
        await Sequences.UntilAsync(() => limited.ImageFiles.Length == 0, "the picture goes with the last of them");
    }

    [Fact]
    public async Task Unasked_WithALimitBelowADay_GoAsEarly()
    {
        await using var app = new MolmoApplication(("Molmo:KeepHours", "2"));
        await app.Store.TakeSampleAsync(_ann, "scene-03.png", Cancel);
        var library = app.Services.GetRequiredService<ConversationLibrary>();
        Assert.Equal(0, await library.SweepUnaskedAsync(Cancel));
        using (var connection = app.Database.Open())
            connection.Execute("UPDATE images SET created_at = @old",
                new { old = DateTimeOffset.UtcNow.AddHours(-3).ToUnixTimeMilliseconds() });
        Assert.Equal(1, await library.SweepUnaskedAsync(Cancel));
        Assert.Empty(app.ImageFiles);
    }

    [Slow]
    [Theory]
    [InlineData("0", "en", "stay on this server until you delete them. No location data")]
    [InlineData("1", "en", "stay on this server for 1 hour after the last answer, or until you delete them")]
    [InlineData("36", "de", "bleiben 36 Stunden nach der letzten Antwort auf diesem Server")]
    [InlineData("48", "ar", "يومين بعد آخر إجابة")]
    [InlineData("168", "es", "7 días después de la última respuesta")]
    public async Task FirstScreen_OfAServer_SaysHowLongItKeeps(string hours, string language, string expected)
    {
        await using var app = new MolmoApplication(("Molmo:KeepHours", hours));
        using var person = app.AsNewVisitor();
        person.DefaultRequestHeaders.Add("Accept-Language", language);
        Assert.Contains(
            expected, WebUtility.HtmlDecode(await person.GetStringAsync("/", Cancel)), StringComparison.Ordinal);
    }

    private static long Count(MolmoApplication app)
    {
        using var connection = app.Database.Open();
        return connection.ExecuteScalar<long>("SELECT COUNT(*) FROM conversations");
    }
}
