using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>What a model does rarely, replayed through the real server onto a real page.</summary>
public sealed class RecordedStreamTests(Site site)
{
    /// <summary>Elements and attributes that only hostile text could have made.</summary>
    private const string Foreign =
        """
        () => [...document.querySelectorAll('.words *, [data-dots] *')]
          .filter(e => !['BDI', 'BUTTON', 'I', 'B', 'SPAN', 'P', 'UL', 'OL', 'LI', 'CODE', 'PRE', 'STRONG', 'EM',
              'H3', 'H4', 'H5']
              .includes(e.tagName)
            || [...e.attributes].some(
                a => a.name.startsWith('on') || ['src', 'srcset', 'srcdoc', 'action', 'formaction'].includes(a.name)))
          .map(e => e.outerHTML.slice(0, 200))
        """;

    [Fact]
    public async Task HostileOutputs_OnThePage_AreTextAndTheDotsThatTheyShouldBe()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        using var cases = JsonDocument.Parse(await File.ReadAllTextAsync(
            Path.Combine(TestData.Hostile, "model-outputs.json"), TestContext.Current.CancellationToken));

        foreach (var output in cases.RootElement.GetProperty("outputs").EnumerateArray())
        {
            var text = output.GetProperty("text").GetString()!;
            var before = await visitor.Page.GetByTestId("answer").CountAsync();
            await visitor.AskAsync(site.Server.Recordings.Keep(text, length: 7, ms: 0));
            await Expect(visitor.Page.GetByTestId("answer")).ToHaveCountAsync(before + 1);
            await visitor.ExpectStateAsync("done");

            if (output.GetProperty("points") is { ValueKind: JsonValueKind.Number } points)
                await Expect(visitor.Points).ToHaveCountAsync(points.GetInt32() + BrokenTags.Dots(text));
            Assert.InRange(await visitor.Points.CountAsync(), 0, ChatLimits.PointsDrawn);
            Assert.Empty(await visitor.Page.EvaluateAsync<string[]>(Foreign));
        }
        // Text that is no tag stays text, and may look like one: only troubles other than that count here.
        visitor.ExpectNoTrouble(except: trouble => trouble.StartsWith("Markup on the page", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stream_ThatBreaksOffInATag_KeepsItsWordsAndDots()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));

        await visitor.AskAsync(site.Server.Recordings.KeepBroken(Recordings.Strawberries[..90]));
        await visitor.ExpectStateAsync("failed");

        var kept = await visitor.SeeAsync();
        Assert.StartsWith("Counting the", kept.Words, StringComparison.Ordinal);
        Assert.Equal(3, kept.Points.Length);
        await Expect(visitor.Error).ToContainTextAsync("3 points so far are kept");
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task FiveHundredDots_InOneAnswer_AreAllThere()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));

        var seen = await visitor.HearAsync(site.Server.Recordings.Keep(ManyPoints(500), length: 200, ms: 0));

        Assert.Equal(500, seen.Points.Length);
        Assert.Equal((99.8, 49.9), seen.Places.Last());
        visitor.ExpectNoTrouble();
    }

    private static string ManyPoints(int count)
    {
        var text = new StringBuilder("<points");
        for (var n = 1; n <= count; n++)
            text.Append(CultureInfo.InvariantCulture, $" x{n}=\"{(n - 1) / 5.0:F1}\" y{n}=\"{(n - 1) / 10.0:F1}\"");
        return text.Append(CultureInfo.InvariantCulture, $" alt=\"grains\">grains</points> shows a total of {count}.")
            .ToString();
    }
}
