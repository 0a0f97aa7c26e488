using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>Dates and times stand on the page as the reader's own clock has them.</summary>
public sealed class LocalTimeTests(Site site)
{
    [Theory]
    [InlineData("en", "Asia/Tokyo", 20, "2 January 2026")]
    [InlineData("de", "America/New_York", 2, "31. Dezember 2025")]
    public async Task History_ChatOfAnotherDayInTheReadersZone_NamesTheReadersDay(
        string language, string zone, int hour, string day)
    {
        await using var server = await ServerProcess.StartAsync();
        await using var visitor = await site.VisitAsync(
            server, new BrowserNewContextOptions { TimezoneId = zone }, language);
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.HearAsync(server.Recordings.Keep(Recordings.Strawberries));
        var moment = new DateTimeOffset(2026, 1, 1, hour, 30, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
        await using (var store = new SqliteConnection(
            $"Data Source={Path.Combine(server.Data, "molmo.db")};Pooling=false"))
            await store.ExecuteAsync("UPDATE conversations SET updated_at = @moment", new { moment });

        await visitor.OpenHistoryAsync();

        await Expect(visitor.Page.GetByTestId("history-entry").Locator("time")).ToHaveTextAsync(day);
        visitor.ExpectNoTrouble();
    }
}
