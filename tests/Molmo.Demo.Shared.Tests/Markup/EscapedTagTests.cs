namespace Molmo.Demo.Shared.Tests.Markup;

/// <summary>
/// An answer that writes a tag with escaped brackets speaks about tags: its words stay, and nothing is a dot.
/// </summary>
public sealed class EscapedTagTests
{
    public static TheoryData<string> Texts =>
    [
        """&lt;point x="1" y="1"&gt;""",
        """Write &lt;point x="1" y="1" alt="cat"&gt;cat&lt;/point&gt; to mark a cat.""",
        """Write &lt;points x1="1" y1="1" x2="3" y2="4" alt="cats"&gt;cats&lt;/points&gt; to mark two.""",
        """As `&#60;point x="1" y="1" alt="a"&#62;a&#60;/point&#62;` it is code, as "&#x3C;points x1="1" """
            + """y1="2"&#x3E;" a quotation.""",
        """&#X003c;point alt="A" x="1" y="1"/&#x3e; and &#0060;points y="2"&#62;""",
        """Twice over: &amp;lt;point x="1" y="1"&amp;gt;, without semicolon: &ltpoint x="1" y="1"&gt.""",
        """In &lt;point x="1" y="1"&gt;, x="1" is the way from the left and y="1" the way from the top; alt="A" """
            + """names it.""",
        "&lt;point\n  x=\"1\"\n  y=\"1\"\n&gt;",
        """It ends with &lt;/point&gt; and has x="1" before.""",
        """Never finished: &lt;points x1="1" y1="2" alt="a""",
        """&lt;point&gt; x="1" y="1" 🐧""",
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public void Parse_EscapedTag_KeepsEveryWordHoweverItIsCut(string text)
    {
        IEnumerable<GenerationEvent> expected = [new TextDelta(0, text)];

        Assert.Equal([$"text {text}"], Markup.Describe(PointMarkupParser.Parse(text)));
        Assert.Equal(expected, Markup.Events(text.Select(c => c.ToString())));
        for (var cut = 0; cut <= text.Length; cut++) Assert.Equal(expected, Markup.Events([text[..cut], text[cut..]]));
    }

    [Theory]
    [InlineData("&lt;pointless")]
    [InlineData("&lt; point")]
    [InlineData("&gt;point")]
    [InlineData("&lt;POINT")]
    [InlineData("&#61;points")]
    [InlineData("&point")]
    [InlineData("& lt;point")]
    public void Parse_EntityThatBeginsNoTag_DoesNotHideAForgottenBeginning(string entity)
        => Assert.Equal(
            [$"text {entity} ", "group 0 [ImagePoint { N = 1, X = 1, Y = 2 }] text T alt A True"],
            Markup.Describe(PointMarkupParser.Parse($"""{entity} x1="1" y1="2" alt="A">T</points>""")));

    [Fact]
    public void Parse_RealTagAfterAnEscapedOne_IsATagAndATagMayForgetItsBeginningAgain()
        => Assert.Equal(
            [
                """text As &lt;point x="5" y="5"&gt;: """,
                "group 0 [ImagePoint { N = 1, X = 1, Y = 2 }] text T alt A True",
                "text  and ",
                "group 1 [ImagePoint { N = 1, X = 3, Y = 4 }] text U alt B True",
            ],
            Markup.Describe(PointMarkupParser.Parse(
                """As &lt;point x="5" y="5"&gt;: <point x="1" y="2" alt="A">T</point> and x1="3" y1="4" """
                    + """alt="B">U</points>""")));

    [Fact]
    public void Parse_EscapedTagAfterAnAttributeWithoutTag_KeepsTheWordsFromThereOn()
        => Assert.EndsWith(
            """ stands in &lt;point x="3" y="4"&gt; so.""",
            AnswerText.Clean(
                PointMarkupParser.Parse("""The pair x="1" y="2" stands in &lt;point x="3" y="4"&gt; so.""")),
            StringComparison.Ordinal);

    [Fact]
    public void Parse_EscapedTagInATag_IsItsText()
        => Assert.Equal(
            """group 0 [ImagePoint { N = 1, X = 1, Y = 2 }] text <point x="3" y="4"> alt <point> True""",
            Assert.Single(Markup.Describe(PointMarkupParser.Parse(
                """<point x="1" y="2" alt="&lt;point&gt;">&lt;point x="3" y="4"&gt;</point>"""))));
}
