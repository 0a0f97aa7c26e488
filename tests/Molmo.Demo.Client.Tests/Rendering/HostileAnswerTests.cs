using AngleSharp.Dom;
using Microsoft.AspNetCore.Components.Web;
using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Images;
using Molmo.Demo.Client.Sharing;

namespace Molmo.Demo.Client.Tests.Rendering;

/// <summary>
/// Whatever a model writes is shown as words and dots: nothing of it becomes an element, an attribute or an address.
/// </summary>
public class HostileAnswerTests : PageTest
{
    private static readonly string[] WordElements = ["div", "p", "h3", "h4", "h5", "ul", "ol", "li", "pre", "code",
        "strong", "em", "button", "span", "i", "bdi", "b"];
    private static readonly string[] DotElements = ["div", "button", "i", "b"];
    private static readonly string[] Attributes =
    [
        "class", "dir", "type", "id", "role", "style", "title", "tabindex", "aria-label", "aria-controls",
        "aria-hidden", "data-dots", "data-testid", "data-block", "data-depth", "data-chip", "data-turn", "data-group",
        "data-n", "data-x", "data-y", "data-name", "data-place",
    ];

    public static IEnumerable<TheoryDataRow<string, int?>> Outputs()
    {
        var file = Path.Combine(TestData.Hostile, "model-outputs.json");
        if (!File.Exists(file))
        {
            yield return new TheoryDataRow<string, int?>("", null)
            {
                Skip = $"{file} is not there. Set MOLMO_HOSTILE to a folder that has it."
            };
            yield break;
        }
        using var read = JsonDocument.Parse(File.ReadAllBytes(file));
        var number = 0;
        foreach (var output in read.RootElement.GetProperty("outputs").EnumerateArray())
        {
            var points = output.GetProperty("points");
            yield return new TheoryDataRow<string, int?>(
                output.GetProperty("text").GetString()!,
                points.ValueKind == JsonValueKind.Null ? null : points.GetInt32())
            {
                TestDisplayName = $"output {number++}",
            };
        }
    }

    [Theory]
    [MemberData(nameof(Outputs), DisableDiscoveryEnumeration = true)]
    public void Render_HostileOutput_IsInertWithTheRightDots(string text, int? points)
    {
        IReadOnlyList<AnswerSegment> segments = PointMarkupParser.Parse(text);

        var words = Render<AnswerProse>(parameters => parameters.Add(prose => prose.Segments, segments)).FindAll("*");
        AssertInert(words, WordElements);
        Assert.Equal("words", words[0].GetAttribute("class"));

        var dots = Render<PointOverlay>(parameters => parameters.Add(overlay => overlay.Segments, segments));
        AssertInert(dots.FindAll("*"), DotElements);
        var drawn = dots.Tests("point");
        if (points is { } expected)
            Assert.Equal(Math.Min(expected + BrokenTags.Dots(text), ChatLimits.PointsDrawn), drawn.Count);
        Assert.InRange(drawn.Count, 0, ChatLimits.PointsDrawn);
        Assert.All(
            drawn, dot => Assert.Matches(@"^left:\d{1,3}(\.\d+)?%;top:\d{1,3}(\.\d+)?%$", dot.GetAttribute("style")));
    }

    [Theory]
    [MemberData(nameof(Outputs), DisableDiscoveryEnumeration = true)]
    public async Task SharePage_HostileOutput_HasTheElementsOfAHarmlessOne(string text, int? points)
    {
        Shares.Turns.Add(new SharedTurn(text, text, EndReason.Finished, 1, 800, 600, null));
        var id = await Shares.CreateAsync(Visitor, ConversationId.New(), ShareChoice.Plain, Cancel);
        var head = Render<HeadOutlet>();
        var page = Render<SharePage>(parameters => parameters.Add(share => share.Sid, id.Value));
        var elements = head.FindAll("*").Concat(page.FindAll("*")).ToList();
        page.One("img");
        Assert.All(elements, element => Assert.DoesNotContain(
            element.Attributes, one => one.Name.StartsWith("on", StringComparison.OrdinalIgnoreCase)));
        Assert.DoesNotContain(elements, element => element.LocalName is "iframe" or "object" or "embed" or "base");
        Assert.Equal("/language", page.One("form").GetAttribute("action"));
        Assert.All(elements.Where(element => element.LocalName == "script"), element =>
            Assert.Matches(@"^_content/Molmo\.Demo\.Client/\w+/\w+\.razor\.js$", element.GetAttribute("src")));
        Assert.Single(elements, element => element.LocalName == "link");
        Assert.All(elements.Where(element => element.HasAttribute("href")), element => Assert.Matches(
            $@"^(/|/compare|/leaderboard|/api|/kiosk|/s/{id}\.(\w+\.)?\w+"
                + $@"|http://localhost/oembed\?format=json&url=http%3A%2F%2Flocalhost%2Fs%2F{id})$",
            element.GetAttribute("href")));
        if (points is { } expected)
            Assert.Equal(Math.Min(expected + BrokenTags.Dots(text), ChatLimits.PointsDrawn), page.Tests("point").Count);
    }

    private static void AssertInert(IEnumerable<IElement> elements, string[] names)
    {
        foreach (var element in elements)
        {
            Assert.Contains(element.LocalName, names);
            Assert.All(element.Attributes.Select(one => one.Name).Where(name => !IsStyleScope(name)),
                name => Assert.Contains(name, Attributes));
        }
    }

    // The mark by which a component's own style sheet finds its elements.
    private static bool IsStyleScope(string name)
        => name.Length == 12 && name.StartsWith("b-", StringComparison.Ordinal);
}
