using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Playwright;

namespace Molmo.Demo.Browser.Tests.Support;

/// <summary>Looking at a photo from near.</summary>
internal sealed class Viewer(IPage page)
{
    public ILocator Root => page.Locator("[data-viewer]").First;

    public ILocator Frame => page.Locator("[data-frame]").First;

    /// <summary>Waits until the photo rests at this zoom.</summary>
    public Task ExpectZoomAsync(double zoom)
        => Assertions.Expect(page.Locator(
            $"[data-viewer][data-zoom='{zoom.ToString("0.00", CultureInfo.InvariantCulture)}']:not([data-moving])"))
            .ToHaveCountAsync(1);

    public async Task<double> ZoomAsync()
    {
        await Assertions.Expect(page.Locator("[data-viewer][data-zoom]:not([data-moving])")).ToHaveCountAsync(1);
        return double.Parse(await Root.GetAttributeAsync("data-zoom") ?? "", CultureInfo.InvariantCulture);
    }

    /// <summary>How far a dot is from the middle of the frame, in CSS pixels.</summary>
    public Task<double> FromMiddleAsync(ILocator dot) => dot.EvaluateAsync<double>(
        """
        dot => {
          const middle = box => [box.left + box.width / 2, box.top + box.height / 2];
          const [x, y] = middle(dot.getBoundingClientRect()),
              [fx, fy] = middle(dot.closest('[data-frame]').getBoundingClientRect());
          return Math.hypot(x - fx, y - fy);
        }
        """);

    /// <summary>Puts another answer into a link that is there, as if a model had written it.</summary>
    public static void Rewrite(ServerProcess server, string link, string answer, int turn = 0)
    {
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = Path.Combine(server.Data, "molmo.db"), Pooling = false }
                .ToString());
        var id = new Uri(link).Segments[^1];
        var turns = JsonNode
            .Parse(connection.QuerySingle<string>("SELECT body FROM shares WHERE id = @id", new { id }))!.AsArray();
        turns[turn]!["answer"] = answer;
        connection.Execute("UPDATE shares SET body = @body WHERE id = @id", new { id, body = turns.ToJsonString() });
    }
}
