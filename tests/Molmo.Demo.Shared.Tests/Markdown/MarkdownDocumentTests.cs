using System.Diagnostics;
using Molmo.Demo.Shared.Markdown;

namespace Molmo.Demo.Shared.Tests.Markdown;

public class MarkdownDocumentTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("Just words.", "p(Just words.)")]
    [InlineData("One\ntwo\n\nthree", "p(One\ntwo) p(three)")]
    [InlineData("# A\n### B #\n####### C", "h1(A) h3(B) p(####### C)")]
    [InlineData("#hashtag and 5# more", "p(#hashtag and 5# more)")]
    [InlineData("Words\n# Head\nwords", "p(Words) h1(Head) p(words)")]
    [InlineData("- a\n- b", "ul[a|b]")]
    [InlineData("3. a\n4) b\n\n5. c", "ol3[a|b|c]")]
    [InlineData("- a\n  - b\n    - c\n- d", "ul[a{ul[b{ul[c]}]}|d]")]
    [InlineData("1. a\n   - x\n   - y\n2. b", "ol1[a{ul[x|y]}|b]")]
    [InlineData("- a\ngoes on\n\nafter", "ul[a\ngoes on] p(after)")]
    [InlineData("* a\n1. b", "ul[a] ol1[b]")]
    [InlineData("-not a list\n3.14 is pi", "p(-not a list\n3.14 is pi)")]
    [InlineData("```cs\nvar *x* = <b>;\n```\nafter", "code(var *x* = <b>;) p(after)")]
    [InlineData("```\nnever closed\n\n# no", "code(never closed\n\n# no)")]
    [InlineData("~~~~\na\n~~~\nb\n~~~~", "code(a\n~~~\nb)")]
    public void Parse_Blocks_GivesThem(string text, string shape) => Assert.Equal(shape, Shape(text));

    [Theory]
    [InlineData("a **b** c", "p(a <b>b</b> c)")]
    [InlineData("*a* _b_ __c__", "p(<i>a</i> <i>b</i> <b>c</b>)")]
    [InlineData("***both***", "p(<b><i>both</i></b>)")]
    [InlineData("**a *b* c**", "p(<b>a <i>b</i> c</b>)")]
    [InlineData("2 * 3 * 4 and a_b_c", "p(2 * 3 * 4 and a_b_c)")]
    [InlineData("**never closed *and* so", "p(**never closed <i>and</i> so)")]
    [InlineData("`code *x*` and ``a ` b``", "p(<c>code *x*</c> and <c>a ` b</c>)")]
    [InlineData("`never closed", "p(`never closed)")]
    [InlineData("\\*not\\* \\d", "p(*not* \\d)")]
    [InlineData("[site](https://example.org/a?b=c)", "p(<a https://example.org/a?b=c>site</a>)")]
    [InlineData("[up](HTTP://Example.ORG)", "p(<a http://example.org/>up</a>)")]
    [InlineData("![photo](https://evil.example/x.png)", "p(![photo](https://evil.example/x.png))")]
    [InlineData("[x](javascript:alert(1))", "p([x](javascript:alert(1)))")]
    [InlineData(
        "[x](//evil.example) [x](data:text/html,x) [x](/s/abc) [x](ftp://a.b)",
        "p([x](//evil.example) [x](data:text/html,x) [x](/s/abc) [x](ftp://a.b))")]
    [InlineData("[bank](https://bank.example@evil.example/)", "p([bank](https://bank.example@evil.example/))")]
    [InlineData("[apple](https://аpple.com)", "p([apple](https://аpple.com))")]
    [InlineData("<b>raw</b> <img src=x onerror=alert(1)>", "p(<b>raw</b> <img src=x onerror=alert(1)>)")]
    public void Parse_Inlines_GivesThem(string text, string shape) => Assert.Equal(shape, Shape(text));

    [Fact]
    public void Parse_GroupsOfPoints_StandWhereTheyWere()
    {
        AnswerSegment[] segments =
        [
            new TextSegment("I see \uFFFC **"), Group(0), new TextSegment("** and\n- "), Group(1),
            new TextSegment("\n```\nx "), Group(2), new TextSegment("`"), Group(3),
        ];
        Assert.Equal(
            "p(I see \uFFFD <b>#1</b> and) ul[#3] code(x #5`#7)", MarkdownShape.Of(MarkdownDocument.Parse(segments)));
    }

    [Fact]
    public void Update_GrowingLetterByLetter_EqualsTheWholeAndKeepsWhatIsSettled()
    {
        const string text =
            "Hello *you*\n\n# Head\n- a\n  1. b\n- c\n\n```js\nx\n```\nLast **one** [s](https://a.b)\n> end\n\n***\nx";
        var document = new MarkdownDocument();
        var settled = new List<MarkdownBlock>();
        for (var length = 1; length <= text.Length; length++)
        {
            document.Update([new TextSegment(text[..length])]);
            Assert.Equal(Shape(text[..length]), MarkdownShape.Of(document.Blocks));
            for (var i = 0; i < settled.Count; i++) Assert.Same(settled[i], document.Blocks[i]);
            // A fence whose line is not over may turn out to be words of the block before it.
            settled = [.. document.Blocks.SkipLast(document.Blocks[^1] is CodeBlock ? 2 : 1)];
        }
        Assert.True(settled.Count > 4);
        document.Update([new TextSegment("Other")]);
        Assert.Equal("p(Other)", MarkdownShape.Of(document.Blocks));
    }

    [Theory]
    [InlineData("3. a\n\n4. b\n\n5. c", "ol3[a|b|c]")]
    [InlineData("- a\n\n- b", "ul[a|b]")]
    [InlineData("1) \n\n1) ", "ol1[|]")]
    [InlineData("Words\n```code``` on", "p(Words\n<c>code</c> on)")]
    public void Update_BlockThatTurnsOutToGoOn_StaysOneLetterByLetter(string text, string shape)
    {
        var document = new MarkdownDocument();
        for (var length = 1; length <= text.Length; length++) document.Update([new TextSegment(text[..length])]);
        Assert.Equal(shape, MarkdownShape.Of(document.Blocks));
    }

    public static TheoryData<string> Attacks => new(
        new string('*', 1_000_000), new string('[', 1_000_000), new string('`', 1_000_000),
        string.Concat(Enumerable.Repeat("`", 500_000).Select((mark, i) => mark + new string('`', i % 7) + "a")),
        Repeat("*a "), Repeat("**a*"), Repeat("_a_"), Repeat("[a]("), Repeat("[a](https://a.b)"), Repeat("- a\n"),
        Repeat("# a\n"), Repeat("```\n"), Repeat("\n\na"),
        Repeat(" - a\n  "), Repeat("1. a\n   "), Repeat("\\"), Repeat("`a``"), Repeat("~~~ \n"), Repeat("\uFFFC"),
        string.Concat(Enumerable.Range(0, 1400).Select(i => new string(' ', i) + "- a\n")));

    [Theory]
    [MemberData(nameof(Attacks), DisableDiscoveryEnumeration = true)]
    public void Parse_AMillionHostileCharacters_IsBoundedInWorkAndSize(string text)
    {
        var watch = Stopwatch.StartNew();
        var blocks = MarkdownDocument.Parse([new TextSegment(text)]);
        // Quadratic work on a million characters would take hours: not a measurement, only a bound that no machine
        // misses.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), $"{watch.Elapsed}");
        Assert.InRange(blocks.Count, 0, 1100);
        Assert.InRange(MarkdownShape.Pieces(blocks), 0, 20_000);
    }

    private static string Repeat(string piece) => string.Concat(Enumerable.Repeat(piece, 1_000_000 / piece.Length));

    private static PointSegment Group(int number) => new(number, [new ImagePoint(1, 1, 1)], "x", "x", IsComplete: true);

    private static string Shape(string text) => MarkdownShape.Of(MarkdownDocument.Parse([new TextSegment(text)]));
}
