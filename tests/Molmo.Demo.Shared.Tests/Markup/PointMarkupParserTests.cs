namespace Molmo.Demo.Shared.Tests.Markup;

public sealed class PointMarkupParserTests
{
    private const string Dogs = """<points x1="1.5" y1="2.5" x2="30" y2="4.0" alt="dogs">dogs</points>""";

    [Fact]
    public void Append_TagInProse_GivesProsePointsAndTextsInOrder()
    {
        var events = Markup.Events($"Two {Dogs} here.");

        Assert.Equal(
            [
                new TextDelta(0, "Two "),
                new PointFound(0, 0, 1, 1.5, 2.5),
                new PointFound(0, 0, 2, 30, 4),
                new PointGroupEnded(0, 0, "dogs", "dogs"),
                new TextDelta(0, " here."),
            ],
            events);
    }

    [Fact]
    public void Append_QuoteThatClosesY_GivesThePointAtThatCharacter()
    {
        const string upToY = """<point x="12.5" y="40.1""";

        Assert.Empty(Markup.SoFar(upToY));
        Assert.Equal([(12.5, 40.1)], Markup.Points(Markup.SoFar(upToY + "\"")));
    }

    [Theory]
    [InlineData("""<point alt="A" x="1" y="2">T</point>""", "A")]
    [InlineData("""<point x="1" y="2" alt='A'>T</point>""", "A")]
    [InlineData("""<point x="1" y="2" alt="it's 5" wide">T</point>""", "it's 5\" wide")]
    [InlineData("""<point alt="the "red" one" x="1" y="2">T</point>""", "the \"red\" one")]
    [InlineData("""<point color="pink" x="1" y="2" alt = "A" size='3'>T</point>""", "A")]
    [InlineData("""<points 1=010,020 alt="A">T</points>""", "A")]
    [InlineData("""<point alt="A" p=010 , 020>T</point>""", "A")]
    [InlineData("<point\n\tx=\"1\"\r\n y=\"2\"\n>T</point>", "")]
    [InlineData("""<point x="1" y="2" alt="A">T</points >""", "A")]
    public void Parse_WaysToWriteOnePoint_AreRead(string text, string alt)
    {
        var segment = Assert.IsType<PointSegment>(Assert.Single(PointMarkupParser.Parse(text)));

        Assert.Equal([new ImagePoint(1, 1, 2)], segment.Points);
        Assert.Equal("T", segment.Text);
        Assert.Equal(alt, segment.Alt);
        Assert.True(segment.IsComplete);
    }

    [Theory]
    [InlineData("""<point x="1" y="2" alt="A"/> after""")]
    [InlineData("""<point x="1" y="2" alt="A" /> after""")]
    [InlineData("""<point alt="A" x="1" y="2"/> after""")]
    public void Parse_EmptyTag_EndsAtOnce(string text)
        => Assert.Equal(["group 0 [ImagePoint { N = 1, X = 1, Y = 2 }] text  alt A True", "text  after"],
            Markup.Describe(PointMarkupParser.Parse(text)));

    [Theory]
    [InlineData("a < b and c > d")]
    [InlineData("a <")]
    [InlineData("<<<p<po<poi<poin")]
    [InlineData("<pointless>, <pointy>, <points-of-view>")]
    [InlineData("</pointless> </p> <p>")]
    [InlineData("<POINT X=\"5\" Y=\"6\">c</POINT>")]
    [InlineData("Click(12.3, 45.6), (12.3, 45.6), p=123,456, max1=\"9.0\", 3x=\"1\"")]
    [InlineData("x, y and x1 = 5, x=5, y2, x2=, alt, salt=\"a\", alto=\"b\", a, al")]
    [InlineData("yes, xylophones are all alike: x")]
    [InlineData("&lt;point&gt; & &amp; \U0001F427")]
    [InlineData("[click](javascript:alert(1)) ```html\n<script>alert(1)</script>\n```")]
    public void Parse_TextThatOnlyLooksLikeATag_IsUnchanged(string text)
    {
        var whole = text.EndsWith("<poin", StringComparison.Ordinal) ? text[..^5] : text;

        Assert.Equal([$"text {whole}"], Markup.Describe(PointMarkupParser.Parse(text)));
    }

    [Theory]
    [InlineData("""Two x1="1" y1="2" x2="3" y2="4" alt="A">T</points> here.""", 2, "A")]
    [InlineData("""Two alt="A" x1="1" y1="2">T</points> here.""", 1, "A")]
    [InlineData("""Two x6="1" y2="=".9" x6="3" y6="4" alt="A">T</points> here.""", 1, "A")]
    [InlineData("""Two y1="2" alt="A">T</point> here.""", 0, "A")]
    public void Parse_TagWithoutItsBeginning_IsReadAllTheSame(string text, int points, string alt)
    {
        var segments = PointMarkupParser.Parse(text);

        Assert.Equal("Two T here.", AnswerText.Clean(segments));
        Assert.Equal(points, Markup.Points(segments).Length);
        Assert.Equal(alt, Assert.IsType<PointSegment>(segments[1]).Alt);
    }

    [Fact]
    public void Parse_WordsAboutTheTag_AreKeptWithoutIt()
    {
        var text = "Write <point to mark a place, and say in a few more words what it is that you have marked.";

        Assert.Equal(
            text.Replace("<point", "", StringComparison.Ordinal), AnswerText.Clean(PointMarkupParser.Parse(text)));
    }

    [Theory]
    [InlineData("""x="100.1" y="5" """, NoteCode.PointOutOfRange)]
    [InlineData("""x="5" y="1e1" """, NoteCode.PointOutOfRange)]
    [InlineData("""x="-5" y="5" """, NoteCode.PointOutOfRange)]
    [InlineData("""x="+5" y="5" """, NoteCode.PointOutOfRange)]
    [InlineData("""x="50,5" y="5" """, NoteCode.PointOutOfRange)]
    [InlineData("""x="NaN" y="Infinity" """, NoteCode.PointOutOfRange)]
    [InlineData("""x="5." y=".5" """, NoteCode.PointOutOfRange)]
    [InlineData("""x="5 " y="5" """, NoteCode.PointOutOfRange)]
    [InlineData("""x="" y="5" """, NoteCode.PointOutOfRange)]
    [InlineData("x=\"\u0665\" y=\"5\" ", NoteCode.PointOutOfRange)]
    [InlineData("""x='5' y='5' """, NoteCode.PointOutOfRange)]
    [InlineData("""x = "5" y="5" """, NoteCode.PointOutOfRange)]
    [InlineData("""1=1234,567 """, NoteCode.PointOutOfRange)]
    [InlineData("""1=12,345 """, NoteCode.PointOutOfRange)]
    [InlineData("""y="5" x="5" """, NoteCode.UnpairedCoordinate)]
    [InlineData("""x1="5" y2="5" """, NoteCode.UnpairedCoordinate)]
    [InlineData("""x="5" alt="A" y="5" """, NoteCode.UnpairedCoordinate)]
    [InlineData("""x="5" and y="5" """, NoteCode.UnpairedCoordinate)]
    [InlineData("""x="5"y="5" """, NoteCode.UnpairedCoordinate)]
    [InlineData("""x="5" z=1 y="5" """, NoteCode.UnpairedCoordinate)]
    public void Parse_WrongPair_IsSkippedWithANoteAndTheRestKept(string wrong, NoteCode note)
    {
        var events = Markup.Events($"""<points {wrong} x9="7" y9="8" alt="A">T</points>""");

        Assert.Equal([(7, 8)], Markup.Points(events));
        Assert.All(Markup.Notes(events), code => Assert.Equal(note, code));
        Assert.NotEmpty(Markup.Notes(events));
        Assert.Equal(new PointGroupEnded(0, 0, "T", "A"), events[^1]);
    }

    [Fact]
    public void Parse_TagWithoutAValidPoint_KeepsItsTexts()
        => Assert.Equal(
            ["text a ", "group 0 [] text T alt A True", "text  b"],
            Markup.Describe(PointMarkupParser.Parse("""a <point x="101" y="2" alt="A">T</point> b""")));

    [Fact]
    public void Parse_SecondTagBeforeTheFirstIsClosed_EndsTheFirst()
    {
        var events =
            Markup.Events("""<point x="1" y="2" alt="A">a <points x1="3" y1="4" alt="B">b</points> c</point>""");

        Assert.Equal(
            [
                new PointFound(0, 0, 1, 1, 2),
                new PointGroupEnded(0, 0, "a ", "A"),
                new Noted(0, NoteCode.UnclosedTag, "A tag was not closed.", 0),
                new PointFound(0, 1, 1, 3, 4),
                new PointGroupEnded(0, 1, "b", "B"),
                new TextDelta(0, " c"),
            ],
            events);
    }

    [Theory]
    [InlineData("Two: <points x1=\"101\" y1=\"2\" x2=\"3\" y2=\"4\" alt=\"a\">a</points>", "x1=\"101\"")]
    [InlineData("a < b: <points x1=\"1\" y1=\"2\" x2=\"3\" y3=\"4\" alt=\"a\">a</points>", "x2=\"3\"", "y3=\"4\"")]
    [InlineData("See <points alt=\"the \"red\" cup\" x1=\"101\" y1=\"2\">a</points>", "x1=\"101\"")]
    [InlineData("See <points 1=12,345>a</points>", "1=12,345")]
    [InlineData("x1=\"101\" y1=\"2\" alt=\"a\">a</points>", "x1=\"101\"")]
    [InlineData("One <point x=\"1\" y=\"2\" alt=\"a\">a and", "<point x")]
    [InlineData("One <point x=\"1\" y=\"2", "<point x")]
    [InlineData("One <poi", "<poi")]
    public void Parse_EveryNote_SaysWhereItsPieceBegins(string text, params string[] pieces)
    {
        for (var step = 1; step <= 3; step++)
        {
            var notes = Markup.Events(text.Chunk(step).Select(piece => new string(piece))).OfType<Noted>();
            Assert.Equal(pieces.Select(piece => text.IndexOf(piece, StringComparison.Ordinal)),
                notes.Select(note => note.At!.Value));
        }
    }

    [Fact]
    public void Parse_AltWithoutItsClosingQuote_EndsAtTheClosingTag()
        => Assert.Equal(
            ["group 0 [ImagePoint { N = 1, X = 1, Y = 2 }] text T alt A True", "text  more"],
            Markup.Describe(PointMarkupParser.Parse("""<point x="1" y="2" alt="A>T</point> more""")));

    [Fact]
    public void Parse_TagNeverClosed_DoesNotSwallowALongAnswer()
    {
        var rest = string.Concat(Enumerable.Repeat("word ", 2000));

        var segments = PointMarkupParser.Parse("""<point x="1" y="2" alt="A">""" + rest);

        Assert.Equal(rest, AnswerText.Clean(segments));
        Assert.True(Assert.IsType<TextSegment>(segments[1]).Text.Length > 8000);
    }

    [Theory]
    [InlineData("see <poi", "see ", NoteCode.UnclosedTag)]
    [InlineData("see <points ", "see ", NoteCode.BrokenTag)]
    [InlineData("see <points x1=\"1\" y1", "see ", NoteCode.BrokenTag)]
    [InlineData("see <points x1=\"1\" y1=\"2\" alt=\"A", "see ", NoteCode.BrokenTag)]
    [InlineData("see <points x1=\"1\" y1=\"2\" alt=\"A\">T", "see ", NoteCode.UnclosedTag)]
    [InlineData("see <points x1=\"1\" y1=\"2\" alt=\"A\">T</poi", "see ", NoteCode.UnclosedTag)]
    public void Complete_InsideATag_NotesItAndShowsNoMarkup(string text, string prose, NoteCode note)
    {
        var events = Markup.Events(text);

        Assert.Equal(prose, Markup.Prose(events));
        Assert.Equal([note], Markup.Notes(events));
    }

    [Theory]
    [InlineData("""<point x="1" y="2" alt="never closed""", "never closed")]
    [InlineData("""<point x="1" y="2" alt="A">not clos""", "A")]
    [InlineData("""<points x1="1" y1="2" x2="3""", "")]
    public void Parse_EndedInsideATag_KeepsThePointsThatWereShown(string broken, string alt)
    {
        var segments = PointMarkupParser.Parse("""<point x="9" y="9" alt="B">B</point> """ + broken);

        Assert.Equal([(9, 9), (1, 2)], Markup.Points(segments));
        Assert.Equal(alt, Assert.IsType<PointSegment>(segments[^1]).Alt);
    }

    [Fact]
    public void Parse_Entities_AreDecodedOnceInBothTexts()
    {
        var text = """<point x="1" y="2" alt="&quot;&amp;lt;&#x1F427;&#xD800;&bogus;">&lt;b&gt; &amp;amp;</point>""";

        Assert.Equal(
            "group 0 [ImagePoint { N = 1, X = 1, Y = 2 }] text <b> &amp; alt \"&lt;\U0001F427&#xD800;&bogus; True",
            Assert.Single(Markup.Describe(PointMarkupParser.Parse(text))));
    }

    [Fact]
    public void Parse_MoreThanOneCoordinateListForImages_ShowsNoMarkup()
        => Assert.Equal("Here: boats.", AnswerText.Clean(PointMarkupParser.Parse(
            "Here: <points coords=\"1 1 100 200 2 300 400;2 3 500 600\" alt=\"boats\">boats</points>.")));

    [Fact]
    public void Parse_ManyPoints_KeepsAllAndNotesOnceThatTheRestIsNotDrawn()
    {
        var pairs = Enumerable.Range(1, 5000).Select(i => $"""x{i}="{i % 100}.5" y{i}="{i % 97}" """);

        var events = Markup.Events($"<points {string.Concat(pairs)}alt=\"many\">many</points>");

        Assert.Equal(5000, Markup.Points(events).Length);
        Assert.Equal([NoteCode.TooManyPoints], Markup.Notes(events));
        Assert.Equal(Enumerable.Range(1, 5000), events.OfType<PointFound>().Select(found => found.Point.N));
    }

    [Fact]
    public void Append_ThousandsOfWrongPairs_NotesAFew()
    {
        var pairs = string.Concat(Enumerable.Repeat("x=\"1\" ", 5000));

        Assert.InRange(Markup.Notes(Markup.Events($"<points {pairs}>T</points>")).Length, 1, 20);
    }

    [Theory]
    [InlineData("<point<point")]
    [InlineData("<point ")]
    [InlineData("<point x=\"")]
    [InlineData("<point alt=\"")]
    [InlineData("<point alt=\"\" ")]
    [InlineData("<points x1=\"1\" y1=\"2\" ")]
    [InlineData("</point")]
    [InlineData("<")]
    [InlineData("<point alt=\"a\" b")]
    [InlineData("<point x=\"1\" y=\"2\">t&amp;")]
    [InlineData("&amp;lt;points")]
    [InlineData("&lt;;;;///ttt")]
    [InlineData("x=\"1\" &lt;point")]
    [InlineData("<Point x")]
    [InlineData("<      points   ")]
    [InlineData("<pointx1=\"")]
    [InlineData("<Point x=\"1\">a</Point9")]
    public void Append_AMegabyteOfBeginnings_LooksAtEachCharacterAFewTimes(string beginning)
    {
        var text = string.Concat(Enumerable.Repeat(beginning, 1_000_000 / beginning.Length));
        var parser = new PointMarkupParser();
        var found = new List<GenerationEvent>();

        foreach (var piece in text.Chunk(7)) parser.Append(piece, found);
        parser.Complete(found);

        Assert.InRange(parser.Steps, text.Length, 4L * text.Length);
        Assert.DoesNotContain("<point", Markup.Prose(found), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("de-DE")]
    [InlineData("ar-SA")]
    [InlineData("tr-TR")]
    public void Parse_OtherCulture_GivesTheSame(string culture)
    {
        var expected = Markup.Describe(PointMarkupParser.Parse(Dogs));
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo(culture);
            var segments = PointMarkupParser.Parse(Dogs);
            Assert.Equal([(1.5, 2.5), (30, 4)], Markup.Points(segments));
            Assert.Equal([(1.5, 2.5), (30, 4)], PointExtraction.Extract(Dogs, 100, 100));
            CultureInfo.CurrentCulture = before;
            Assert.Equal(expected, Markup.Describe(segments));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
