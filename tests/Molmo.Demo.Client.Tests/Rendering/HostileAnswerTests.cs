using System.Text.Json;
using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Images;
using Molmo.Demo.Client.Sharing;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Markup;
using Molmo.Demo.Shared.Sharing;
using Molmo.Demo.Tests;

namespace Molmo.Demo.Client.Tests.Rendering;

/// <summary>Whatever a model writes is shown as words and dots: nothing of it becomes an element, an attribute or an address.</summary>
public class HostileAnswerTests
{
    private static readonly string[] WordElements = ["div", "p", "h3", "h4", "h5", "ul", "ol", "li", "pre", "code", "strong", "em", "button", "span", "i", "bdi", "b"];
    private static readonly string[] DotElements = ["div", "button", "i", "b"];
    private static readonly string[] Attributes =
    [
        "class", "dir", "type", "id", "role", "style", "title", "tabindex", "aria-label", "aria-controls", "aria-hidden", "data-dots",
        "data-testid", "data-block", "data-depth", "data-chip", "data-turn", "data-group", "data-n", "data-x", "data-y", "data-name", "data-place",
    ];

    public static IEnumerable<TheoryDataRow<string, int?>> Outputs()
    {
        var file = Path.Combine(TestData.Hostile, "model-outputs.json");
        if (!File.Exists(file))
        {
            yield return new TheoryDataRow<string, int?>("", null) { Skip = $"{file} is not there. Set MOLMO_HOSTILE to a folder that has it." };
            yield break;
        }
        using var read = JsonDocument.Parse(File.ReadAllBytes(file));
        var number = 0;
        foreach (var output in read.RootElement.GetProperty("outputs").EnumerateArray())
        {
            var points = output.GetProperty("points");
            yield return new TheoryDataRow<string, int?>(output.GetProperty("text").GetString()!, points.ValueKind == JsonValueKind.Null ? null : points.GetInt32())
            {
                TestDisplayName = $"output {number++}",
            };
        }
    }

    [Theory]
    [MemberData(nameof(Outputs), DisableDiscoveryEnumeration = true)]
    public async Task Render_HostileOutput_IsInertWithTheRightDots(string text, int? points)
    {
        IReadOnlyList<AnswerSegment> segments = PointMarkupParser.Parse(text);

        var words = await Rendered<AnswerProse>((nameof(AnswerProse.Segments), segments));
        AssertInert(words, WordElements);
        Assert.Equal("words", HtmlElement.Read(words)[0]["class"]);

        var dots = await Rendered<PointOverlay>((nameof(PointOverlay.Segments), segments));
        AssertInert(dots, DotElements);
        var drawn = HtmlElement.Read(dots).Where(element => element["data-testid"] == "point").ToList();
        if (points is { } expected) Assert.Equal(Math.Min(expected + BrokenTags.Dots(text), ChatLimits.PointsDrawn), drawn.Count);
        Assert.InRange(drawn.Count, 0, ChatLimits.PointsDrawn);
        Assert.All(drawn, dot => Assert.Matches(@"^left:\d{1,3}(\.\d+)?%;top:\d{1,3}(\.\d+)?%$", dot["style"]));
    }

    [Theory]
    [MemberData(nameof(Outputs), DisableDiscoveryEnumeration = true)]
    public async Task SharePage_HostileOutput_HasTheElementsOfAHarmlessOne(string text, int? points)
    {
        var shares = new FakeShares();
        shares.Turns.Add(new SharedTurn(text, text, EndReason.Finished, 1, 800, 600, null));
        var id = await shares.CreateAsync(VisitorId.New(), ConversationId.New(), ShareChoice.Plain, TestContext.Current.CancellationToken);
        var renderer = await PageRenderer.Create(shares: shares).RenderAsync<WithHead>(
            (nameof(WithHead.Page), typeof(SharePage)), (nameof(WithHead.Parameters), new Dictionary<string, object> { ["Sid"] = id.Value }));
        var elements = await renderer.ElementsAsync();
        Assert.Single(elements, element => element.Name == "img");
        Assert.All(elements, element => Assert.DoesNotContain(element.Attributes.Keys, name => name.StartsWith("on", StringComparison.OrdinalIgnoreCase)));
        Assert.DoesNotContain(elements, element => element.Name is "iframe" or "object" or "embed" or "base");
        Assert.Equal("/language", Assert.Single(elements, element => element.Name == "form")["action"]);
        Assert.All(elements.Where(element => element.Name == "script"), element => Assert.Matches(@"^_content/Molmo\.Demo\.Client/\w+/\w+\.razor\.js$", element["src"]));
        Assert.Single(elements, element => element.Name == "link");
        Assert.All(elements.Where(element => element["href"] is not null), element => Assert.Matches(
            $@"^(/|/compare|/leaderboard|/api|/kiosk|/s/{id}\.(\w+\.)?\w+|https://molmo\.example/oembed\?format=json&url=https%3A%2F%2Fmolmo\.example%2Fs%2F{id})$", element["href"]));
        if (points is { } expected) Assert.Equal(Math.Min(expected + BrokenTags.Dots(text), ChatLimits.PointsDrawn), elements.Count(element => element["data-testid"] == "point"));
    }

    private static async Task<string> Rendered<T>(params (string Name, object? Value)[] parameters) where T : Microsoft.AspNetCore.Components.IComponent
        => await (await PageRenderer.Create().RenderAsync<T>(parameters)).HtmlAsync();

    private static void AssertInert(string html, string[] names)
    {
        foreach (var element in HtmlElement.Read(html))
        {
            Assert.Contains(element.Name, names);
            Assert.All(element.Attributes.Keys.Where(name => !IsStyleScope(name)), name => Assert.Contains(name, Attributes));
        }
    }

    // The mark by which a component's own style sheet finds its elements.
    private static bool IsStyleScope(string name) => name.Length == 12 && name.StartsWith("b-", StringComparison.Ordinal);
}
