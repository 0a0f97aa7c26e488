using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Molmo.Demo.Shared.Markup;
using Molmo.Demo.Tests;

namespace Molmo.Demo.Shared.Tests.Markup;

/// <summary>However the text is cut into pieces, the parser finds the same, and never lets markup through.</summary>
public sealed partial class PointMarkupSplitTests
{
    private static readonly string[] Pieces =
    [
        "<point", "<points", " x=\"12.5\"", " y=\"40.1\"", " x1=\"1\"", " y1=\"2\"", " x2=\"3.5\" y2=\"99.9\"", " x=\"", " y=\"", "\"",
        " alt=\"", " alt=\"cat\"", " alt='", "'", ">", "/>", "<", "</point>", "</points>", "</point", "=", " ", "\n", "1=123,456", " p=1", ",",
        "cat", ".0\" ", " x6=\"1.5\"", "a < b", "<pointless>", "&amp;", "&", "\U0001F427", "\u202E", "the \"red\" one", "There are 3.", "x", "y", "0", "coords",
    ];

    [Fact]
    public void Append_GoldenTextsCutAnywhere_GiveTheSame()
    {
        foreach (var text in GoldenTexts())
        {
            var whole = Markup.Events(text);
            for (var cut = 0; cut <= text.Length; cut++) Assert.Equal(whole, Markup.Events([text[..cut], text[cut..]]));
            Assert.Equal(whole, Markup.Events(text.Select(c => c.ToString())));
        }
    }

    [Fact]
    public void Append_RandomTextsWithEscapedTagsCutAnywhere_GiveTheSameAndKeepTheWordsFromTheFirstOn()
    {
        var random = new Random(20261127);
        string[] pieces = [.. Pieces.Where(piece => !piece.Contains('<', StringComparison.Ordinal)), "&lt;", "&lt;point", "&#60;points", "&amp;lt;point", "&gt;", "&lt;/point&gt;"];
        for (var round = 0; round < 2000; round++)
        {
            var text = Compose(random, 1 + random.Next(14), pieces);
            for (var cut = 0; cut <= text.Length; cut++) Equal(text, Markup.Events(text), [text[..cut], text[cut..]]);
            Equal(text, Markup.Events(text), text.Select(c => c.ToString()));

            // No tag but the escaped one.
            var about = " &lt;point " + text;
            Assert.Equal([$"text {about}"], Markup.Describe(PointMarkupParser.Parse(about)));
        }
    }

    [Fact]
    public void Append_RandomTextsCutAnywhere_GiveTheSameAndLetNoMarkupThrough()
    {
        var random = new Random(20250317);
        for (var round = 0; round < 4000; round++)
        {
            var text = Compose(random, 1 + random.Next(14));
            var whole = Markup.Events(text);
            AssertNoMarkup(text, PointMarkupParser.Parse(text));
            for (var cut = 0; cut <= text.Length; cut++) Equal(text, whole, [text[..cut], text[cut..]]);
            Equal(text, whole, text.Select(c => c.ToString()));
        }
    }

    [Fact]
    public void Append_LongRandomTextsInRandomPieces_GiveTheSame()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var text = Compose(random, 300);
            Equal(text, Markup.Events(text), Cut(text, random));
            AssertNoMarkup(text, PointMarkupParser.Parse(text));
        }
    }

    [Fact]
    public void Append_EveryPrefix_ShowsOnlyTextThatStays()
    {
        var random = new Random(99);
        for (var round = 0; round < 300; round++)
        {
            var text = Compose(random, 12);
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
    }

    private static void Equal(string text, List<MarkupEvent> whole, IEnumerable<string> pieces)
        => Assert.True(whole.SequenceEqual(Markup.Events(pieces)), $"Cut otherwise, this text gives something else: {text}");

    /// <summary>No coordinate as written, and no tag. A tag's beginning may stand in the text only inside a longer word, such as pointless.</summary>
    private static void AssertNoMarkup(string text, IReadOnlyList<AnswerSegment> segments)
    {
        Assert.DoesNotContain(segments.OfType<TextSegment>(), prose => Coordinates().IsMatch(prose.Text));
        var clean = AnswerText.Clean(segments.Where(segment => segment is TextSegment or PointSegment { Text.Length: > 0 }));
        for (var at = clean.IndexOf("<point", StringComparison.Ordinal); at >= 0; at = clean.IndexOf("<point", at + 1, StringComparison.Ordinal))
        {
            var end = at + "<point".Length;
            if (end < clean.Length && clean[end] == 's') end++;
            Assert.False(end == clean.Length || char.IsWhiteSpace(clean[end]) || clean[end] is '<' or '>' or '/', $"Markup came through of: {text}");
        }
    }

    [GeneratedRegex("(?<![\\p{L}\\p{Nd}])([xy][0-9]*|alt)=\"")]
    private static partial Regex Coordinates();

    private static string Compose(Random random, int count, string[]? pieces = null)
    {
        pieces ??= Pieces;
        var text = new StringBuilder();
        for (var i = 0; i < count; i++) text.Append(pieces[random.Next(pieces.Length)]);
        return text.ToString();
    }

    private static IEnumerable<string> Cut(string text, Random random)
    {
        for (var at = 0; at < text.Length;)
        {
            var length = Math.Min(random.Next(9), text.Length - at);
            yield return text.Substring(at, length);
            at += length;
        }
    }

    private static IEnumerable<string> GoldenTexts()
    {
        using var cases = JsonDocument.Parse(File.ReadAllText(Path.Combine(TestData.Golden, "points", "cases.json")));
        return [.. from part in new[] { "emitted", "own", "streaming" }
                   from item in cases.RootElement.GetProperty(part).EnumerateArray()
                   select item.GetProperty("text").GetString()!];
    }
}
