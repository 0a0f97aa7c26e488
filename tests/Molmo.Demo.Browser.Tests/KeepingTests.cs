using Dapper;
using Microsoft.Data.Sqlite;
using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>What a page says while the server cannot keep what it shows.</summary>
public sealed class KeepingTests(Site site)
{
    [Fact]
    public async Task Answer_StorageHeldByAnotherProgram_IsCalledUnkeptUntilItIsKept()
    {
        await using var server = await ServerProcess.StartAsync();
        await using var visitor = await site.VisitAsync(server);
        var held = server.Recordings.Hold();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.AskHalfAsync(held);
        var notice = visitor.Page.GetByTestId("not-kept");
        await Expect(notice).ToHaveCountAsync(0);

        await using (var other = new SqliteConnection(
            $"Data Source={Path.Combine(server.Data, "molmo.db")};Pooling=false"))
        {
            other.Open();
            await other.ExecuteAsync("BEGIN IMMEDIATE");
            held.LetGo();
            await visitor.ExpectStateAsync("done");
            await Expect(notice).ToContainTextAsync("not being kept at the moment: another program holds");
            await other.ExecuteAsync("COMMIT");
        }

        await Expect(notice).ToHaveCountAsync(0);
        await visitor.Page.ReloadAsync();
        await visitor.ExpectStateAsync("done");
        visitor.ExpectNoTrouble();
    }
}
