namespace Molmo.Demo.Shared.Tests.Markup;

/// <summary>
/// Tags that begin or end wrongly, as models write them: what can be read is read, what cannot is said, no word is lost
/// and no markup shown.
/// </summary>
public sealed class BrokenOpeningTests
{
    [Theory]
    // One bracket too many, or a second beginning without its blank.
    [InlineData("""<points x1="1" y1="2"<point0="5" alt="A">T</points>""")]
    [InlineData("""<points x1="1" y1="2"< alt="A">T</points>""")]
    [InlineData("""<points x0="1" y0="2"" alt="A">T</points>""")]
    // The name with capitals, blanks, a number, or without the blank behind it.
    [InlineData("""<Point x="1" y="2" alt="A">T</Point>""")]
    [InlineData("""<POINTS x1="1" y1="2" alt="A">T</POINTS>""")]
    [InlineData("""< point x="1" y="2" alt="A">T</point>""")]
    [InlineData("<\n points\t x=\"1\" y=\"2\" alt=\"A\">T</points>")]
    [InlineData("""<pointx="1" y="2" alt="A">T</point>""")]
    [InlineData("""<pointsx1="1" y1="2" alt="A">T</points>""")]
    [InlineData("""<pointalt="A" x="1" y="2">T</point>""")]
    [InlineData("""<point1 x="1" y="2" alt="A">T</point1>""")]
    [InlineData("""<Points12 alt="A" x="1" y="2">T</Points12>""")]
    [InlineData("""<points0="5" x1="1" y1="2" alt="A">T</points>""")]
    // Only its end is wrong.
    [InlineData("""<point x="1" y="2" alt="A">T</Point>""")]
    [InlineData("""<points x1="1" y1="2" alt="A">T</POINTS2>""")]
    [InlineData("""<point x="1" y="2" alt="A>T</Point>""")]
    public void Parse_TagWrittenWrongly_IsReadWhereItCanBe(string tag)
    {
        var text = $"One {tag} here.";

        Assert.Equal(
            ["text One ", "group 0 [ImagePoint { N = 1, X = 1, Y = 2 }] text T alt A True", "text  here."],
            Markup.Describe(PointMarkupParser.Parse(text)));
        Assert.Equal([new PointSpan(0, 4, 4 + tag.Length)], PointSpans.Find(text));
        AssertSameWherever(text);
    }

    [Theory]
    [InlineData("""<points x0="1" y="40.1"<point0="5" y0="6" alt="A">T</points>""", 3)]
    [InlineData("""<point0="5" y0="6" alt="A">T</point>""", 1)]
    [InlineData("""<point x=1 y=2 alt="A">T</point>""", 1)]
    [InlineData("""<point x=1 y="2" alt="A">T</point>""", 1)]
    [InlineData("""<point x="1" y=2 alt="A">T</point>""", 1)]
    [InlineData("""<point x=1 alt="A">T</point>""", 1)]
    [InlineData("""<point y=1 alt="A">T</point>""", 1)]
    [InlineData("""<point x=“1” y=“2” alt="A">T</point>""", 1)]
    [InlineData("""<point x=\"1\" y=\"2\" alt="A">T</point>""", 1)]
    [InlineData("""<points x1=1 y1=2 x2=3 y2=4 alt="A">T</points>""", 2)]
    [InlineData("""<point x='1' y='2' alt='A'>T</point>""", 1)]
    [InlineData("""<point x = "1" y = "2" alt = "A">T</point>""", 1)]
    [InlineData("""<point x="1,5" y="2,5" alt="A">T</point>""", 1)]
    [InlineData("""<point x="1"y="2"alt="A">T</point>""", 2)]
    [InlineData("""<point y="2" x="1" alt="A">T</point>""", 2)]
    [InlineData("""<points x="1" y2="2" alt="A">T</points>""", 2)]
    public void Parse_PointThatCannotBeRead_IsNoDotAndSaid(string tag, int notes)
    {
        var text = $"One {tag} here.";

        Assert.Equal(["text One ", "group 0 [] text T alt A True", "text  here."],
            Markup.Describe(PointMarkupParser.Parse(text)));
        Assert.Equal(notes, Markup.Notes(Markup.Events(text)).Length);
        Assert.All(Markup.Notes(Markup.Events(text)),
            code => Assert.True(code is NoteCode.PointOutOfRange or NoteCode.UnpairedCoordinate));
        AssertSameWherever(text);
    }

    [Theory]
    [InlineData("a < point b, a <Point, < points x, <pointx, <Points12 y")]
    [InlineData("<Point x1, <POINT alt, < point a=\"b\", <point1, <point12>, <point1 >, <pointx>")]
    [InlineData("<Point al, <Point xy=\"1\", <pointless x, <Pointer y, <points7x=\"1\"")]
    [InlineData("<                                 point")]
    [InlineData("It ends with < point")]
    [InlineData("It ends with <Points y")]
    [InlineData("</Point> is its end, </point2> too")]
    [InlineData("&lt;point x=\"1\" y=\"2\"&gt; is like <Point x=\"1\" y=\"2\">")]
    public void Parse_WordsLikeATag_AreKept(string text)
    {
        Assert.Equal([$"text {text}"], Markup.Describe(PointMarkupParser.Parse(text)));
        AssertSameWherever(text);
    }

    [Fact]
    public void Append_BeginningThatMayBeATag_IsShownWhenItIsNone()
    {
        Assert.Equal("a ", Markup.Prose(Markup.SoFar("a < poi")));
        Assert.Equal("a ", Markup.Prose(Markup.SoFar("a <Point x1=")));
        Assert.Equal("a <Point x1=5", Markup.Prose(Markup.SoFar("a <Point x1=5")));
    }

    private static void AssertSameWherever(string text)
    {
        var whole = Markup.Events(text);
        Assert.Equal(whole, Markup.Events(text.Select(c => c.ToString())));
        for (var cut = 0; cut <= text.Length; cut++) Assert.Equal(whole, Markup.Events([text[..cut], text[cut..]]));
    }
}
