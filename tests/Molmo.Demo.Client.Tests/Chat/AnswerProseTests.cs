using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Markup;

namespace Molmo.Demo.Client.Tests.Chat;

public class AnswerProseTests
{
    [Fact]
    public async Task Render_Markdown_GivesItsElementsAndNothingElse()
    {
        var html = await RenderAsync("# Birds\nI see **two** `x<y` and *one*:\n\n3. a\n4. b\n   - c\n\n```\n<script>\n```\n[site](https://example.org/) ![x](https://evil.example/x.png) <img src=y>");
        var elements = HtmlElement.Read(html);
        Assert.Equal(["div", "h3", "p", "strong", "code", "em", "ol", "li", "li", "ul", "li", "pre", "code", "p", "a", "bdi"], elements.Select(e => e.Name));
        var link = elements.Single(e => e.Name == "a");
        Assert.Equal(("https://example.org/", "noopener noreferrer nofollow", "_blank"), (link["href"], link["rel"], link["target"]));
        Assert.Contains("site (https://example.org/)", HtmlElement.TextOf(html), StringComparison.Ordinal);
        Assert.Equal(["", "", "3.", "4.", "-", "", ""], elements.Where(e => e.Attributes.ContainsKey("data-block")).Select(e => e["data-block"]));
        Assert.Equal("3", elements.Single(e => e.Name == "ol")["start"]);
    }

    [Fact]
    public async Task Render_ChipsWithinStyles_AreButtons()
    {
        var elements = HtmlElement.Read(await RenderAsync("- **<points x1=\"1\" y1=\"2\" x2=\"3\" y2=\"4\" alt=\"cats\">two cats</points>**\n- <point x=\"1\" y=\"2\" alt=\"dog\">dog</point>"));
        Assert.Equal(["0", "1"], elements.Where(e => e.Name == "button").Select(e => e["data-chip"]));
        Assert.Equal("two cats: 2 points", elements.First(e => e.Name == "button")["aria-label"]);
    }

    private static async Task<string> RenderAsync(string text)
        => await (await PageRenderer.Create().RenderAsync<AnswerProse>((nameof(AnswerProse.Segments), PointMarkupParser.Parse(text)))).HtmlAsync();
}
