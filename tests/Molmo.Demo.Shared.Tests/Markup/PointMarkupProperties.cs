using FsCheck;
using FsCheck.Xunit;

namespace Molmo.Demo.Shared.Tests.Markup;

/// <summary>
/// However the text is cut into pieces, the parser finds the same, never lets markup through and never loses words.
/// </summary>
[Properties(Arbitrary = [typeof(MarkupTexts)])]
public sealed partial class PointMarkupProperties
{
    [Fuzz(4000, EndSize = 14)]
    public void Append_CutAnywhere_GivesTheSameAndLetsNoMarkupThrough(MarkupText made)
    {
        var text = made.Text;
        AssertNoMarkup(PointMarkupParser.Parse(text));
        AssertSameWherever(text);
    }

    [Fuzz(200, StartSize = 300, EndSize = 300)]
    public void Append_LongTextInPieces_GivesTheSame(MarkupText made, byte[] lengths)
    {
        var text = made.Text;
        AssertSame(text, Markup.Events(text), Cut(text, lengths));
        AssertNoMarkup(PointMarkupParser.Parse(text));
    }

    [Fuzz(2000, EndSize = 14)]
    public void Append_EscapedTagsCutAnywhere_GivesTheSameAndKeepsTheWordsFromTheFirstOn(EscapedText made)
    {
        var text = made.Text;
        AssertSameWherever(text);

        // No tag but the escaped one.
        var about = " &lt;point " + text;
        Assert.Equal([$"text {about}"], Markup.Describe(PointMarkupParser.Parse(about)));
    }

    [Fuzz(300, EndSize = 12)]
    public void Append_EveryPrefix_ShowsOnlyWhatStays(MarkupText made)
    {
        var text = made.Text;
        var final = Markup.Events(text);
        var prose = Markup.Prose(final);
        var points = Markup.Points(final);
        for (var length = 0; length <= text.Length; length++)
        {
            var soFar = Markup.SoFar(text[..length]);
            Assert.StartsWith(Markup.Prose(soFar), prose, StringComparison.Ordinal);
            Assert.Equal(Markup.Points(soFar), points.Take(Markup.Points(soFar).Length));
        }
    }

    [Fuzz(1000, EndSize = 60)]
    public void Parse_AnyCharacters_NeverThrows(string? any)
    {
        var text = any ?? "";
        AssertConsistent(text);
        PointExtraction.Extract(text, 640, 480);
        PointAnswerFormat.IsValid(text);
        if (text.AsSpan().IndexOfAny('<', '=') < 0) Assert.Equal(text, AnswerText.Clean(PointMarkupParser.Parse(text)));
    }

    [Fuzz(2000, EndSize = 40)]
    public void Parse_BrokenMarkup_GivesAListThatAgreesWithItself(MarkupText made) => AssertConsistent(made.Text);

    [Fuzz(1000, EndSize = 20)]
    public void Parse_WrittenTags_GivesTheirPointsAndTheWordsAround(
        PlainWords before, PlainWords name, PlainWords after, byte[] places)
    {
        (double X, double Y)[] points = [.. places.Chunk(4).Where(pair => pair.Length == 4)
            .Select(pair => (Percent(pair[0], pair[1]), Percent(pair[2], pair[3])))];
        if (points.Length == 0) points = [(0, 100)];
        var segments = PointMarkupParser.Parse($"{before.Text}{Write(points, name.Text)}{after.Text}");

        var group = Assert.Single(segments.OfType<PointSegment>());
        Assert.Equal(points, group.Points.Select(point => (point.X, point.Y)));
        Assert.Equal((name.Text, name.Text, true), (group.Text, group.Alt, group.IsComplete));
        Assert.Equal(
            $"{before.Text}{after.Text}", string.Concat(segments.OfType<TextSegment>().Select(prose => prose.Text)));
    }

    [Fuzz(5000)]
    public void Parse_Coordinates_AreTheNearestNumbers(byte whole, DoNotSize<ulong> digits)
    {
        var written =
            string.Create(CultureInfo.InvariantCulture, $"{whole % 100}.{digits.Item % 1_000_000_000_000_000_000}");

        var segments = PointMarkupParser.Parse($"<point x=\"{written}\" y=\"{written}\" alt=\"a\">t</point>");
        var segment = Assert.IsType<PointSegment>(Assert.Single(segments));

        Assert.Equal(double.Parse(written, CultureInfo.InvariantCulture), Assert.Single(segment.Points).X);
    }

    private static void AssertSameWherever(string text)
    {
        var whole = Markup.Events(text);
        for (var cut = 0; cut <= text.Length; cut++) AssertSame(text, whole, [text[..cut], text[cut..]]);
        AssertSame(text, whole, text.Select(c => c.ToString()));
    }

    private static void AssertSame(string text, List<GenerationEvent> whole, IEnumerable<string> pieces)
        => Assert.True(
            whole.SequenceEqual(Markup.Events(pieces)), $"Cut otherwise, this text gives something else: {text}");

    /// <summary>
    /// Points within the picture and numbered, groups in order and ended once, and the same in events, segments and
    /// spans.
    /// </summary>
    private static void AssertConsistent(string text)
    {
        var events = Markup.Events(text);
        var groups = PointMarkupParser.Parse(text).OfType<PointSegment>().ToList();
        Assert.Equal(Enumerable.Range(0, groups.Count), groups.Select(group => group.Group));
        Assert.Equal(groups.Select(group => group.Group), PointSpans.Find(text).Select(span => span.Group));
        Assert.Equal(
            groups.Where(group => group.IsComplete).Select(group => group.Group),
            events.OfType<PointGroupEnded>().Select(ended => ended.Group).Order());
        Assert.Equal(Markup.Points(events), Markup.Points(groups));
        foreach (var group in groups)
        {
            Assert.All(
                group.Points, point => Assert.True(point is { X: >= 0 and <= 100, Y: >= 0 and <= 100 }, $"{point}"));
            Assert.Equal(
                group.Points.Select(point => point.N).Order().Distinct(), group.Points.Select(point => point.N));
            Assert.Equal(
                group.Points,
                events.OfType<PointFound>().Where(found => found.Group == group.Group).Select(found => found.Point));
        }
        Assert.All(events.OfType<Noted>(), note => Assert.InRange(note.At!.Value, 0, text.Length));
    }

    /// <summary>
    /// No coordinate as written, and no tag. A tag's beginning may stand in the text only inside a longer word, such
    /// as pointless.
    /// </summary>
    private static void AssertNoMarkup(IReadOnlyList<AnswerSegment> segments)
    {
        Assert.DoesNotContain(segments.OfType<TextSegment>(), prose => Coordinates().IsMatch(prose.Text));
        var clean =
            AnswerText.Clean(segments.Where(segment => segment is TextSegment or PointSegment { Text.Length: > 0 }));
        for (var at = -1; (at = clean.IndexOf("<point", at + 1, StringComparison.Ordinal)) >= 0;)
        {
            var end = at + "<point".Length;
            if (end < clean.Length && clean[end] == 's') end++;
            Assert.False(
                end == clean.Length || char.IsWhiteSpace(clean[end]) || clean[end] is '<' or '>' or '/',
                $"Markup came through: {clean}");
        }
    }

    [GeneratedRegex("(?<![\\p{L}\\p{Nd}])([xy][0-9]*|alt)=\"")]
    private static partial Regex Coordinates();

    /// <summary>As the model writes one.</summary>
    private static string Write((double X, double Y)[] points, string name)
    {
        var culture = CultureInfo.InvariantCulture;
        if (points is [var only])
            return string.Create(culture, $"<point x=\"{only.X}\" y=\"{only.Y}\" alt=\"{name}\">{name}</point>");
        var tag = new StringBuilder("<points");
        foreach (var (index, point) in points.Index())
            tag.Append(culture, $" x{index + 1}=\"{point.X}\" y{index + 1}=\"{point.Y}\"");
        return tag.Append(culture, $" alt=\"{name}\">{name}</points>").ToString();
    }

    private static double Percent(byte high, byte low) => Math.Round(((high * 256) + low) / 655.35, low % 4);

    private static IEnumerable<string> Cut(string text, byte[] lengths)
    {
        for (int at = 0, next = 0; at < text.Length; next++)
        {
            // None at first where the length is 0, and more with each round.
            var wanted = lengths.Length == 0 ? 1 : Math.Max(next / lengths.Length, lengths[next % lengths.Length] % 9);
            var length = Math.Min(wanted, text.Length - at);
            yield return text.Substring(at, length);
            at += length;
        }
    }
}
