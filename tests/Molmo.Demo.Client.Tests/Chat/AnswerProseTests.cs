using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Rendering;

namespace Molmo.Demo.Client.Tests.Chat;

public class AnswerProseTests : PageTest
{
    [Fact]
    public void Render_Markdown_GivesItsElementsAndNothingElse()
    {
        var prose = Show("# Birds\nI see **two** `x<y` and *one*:\n\n3. a\n4. b\n   - "
            + "c\n\n```\n<script>\n```\n[site](https://example.org/) ![x](https://evil.example/x.png) <img src=y>");
        var elements = prose.FindAll("*");
        Assert.Equal(["div", "h3", "p", "strong", "code", "em", "ol", "li", "li", "ul", "li", "pre", "code", "p",
            "a", "bdi"],
            elements.Select(e => e.LocalName));
        var link = prose.One("a");
        Assert.Equal(("https://example.org/", "noopener noreferrer nofollow", "_blank"),
            (link.GetAttribute("href"), link.GetAttribute("rel"), link.GetAttribute("target")));
        Assert.Contains("site (https://example.org/)", prose.Words(), StringComparison.Ordinal);
        Assert.Equal(["", "", "3.", "4.", "-", "", ""], prose.FindAll("[data-block]").Values("data-block"));
        Assert.Equal("3", prose.One("ol").GetAttribute("start"));
    }

    [Fact]
    public void Render_ChipsWithinStyles_AreButtons()
    {
        var buttons = Show("- **<points x1=\"1\" y1=\"2\" x2=\"3\" y2=\"4\" alt=\"cats\">two cats</points>**\n- <point "
            + "x=\"1\" y=\"2\" alt=\"dog\">dog</point>")
            .FindAll("button");
        Assert.Equal(["0", "1"], buttons.Values("data-chip"));
        Assert.Equal("two cats: 2 points", buttons[0].GetAttribute("aria-label"));
    }

    private IRenderedComponent<AnswerProse> Show(string text)
        => Render<AnswerProse>(parameters => parameters.Add(prose => prose.Segments, PointMarkupParser.Parse(text)));
}
