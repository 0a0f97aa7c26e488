using Molmo.Demo.Server.Chat;

namespace Molmo.Demo.Server.Tests.Chat;

public class MarkupEventsTests
{
    private const string Answer =
        "Counting the <points x1=\"10.5\" y1=\"20\" x2=\"130\" y2=\"5\" x3=\"30\" y3=\"40.1\" alt=\"penguin\">penguins"
        + "</points> shows a total of 2. See <point x=\"1\" y=\"2\" alt=\"A\">this</point> & 3 < 4 <po";

    [Theory]
    [InlineData(Answer)]
    [InlineData(Answer + "int x=\"5\" y=\"6\" alt=\"cut")]
    [InlineData("")]
    public void Remaining_JournalCutAtEveryPlace_CompletesTheSameAnswer(string text)
    {
        var whole = Events(text, text.Length).Complete;
        for (var cut = 0; cut <= text.Length; cut++)
        {
            var (before, _) = Events(text[..cut], 1);
            for (var kept = 0; kept <= before.Count; kept++)
            {
                var journalled = before.Take(kept).ToList();
                var rest = MarkupEvents.Remaining(text, journalled);
                Assert.Equal(Merge(whole), Merge([.. journalled, .. rest]));
            }
        }
    }

    [Fact]
    public void Append_MorePointsThanAreDrawn_CountsTheRest()
    {
        var count = ChatLimits.PointsDrawn + 12;
        var text = "<points " + string.Concat(Enumerable.Range(1, count).Select(i => $"x{i}=\"{i % 100}\" y{i}=\"5\" "))
            + "alt=\"ant\">ants</points>";
        var events = Events(text, 5).Complete;

        Assert.Equal(ChatLimits.PointsDrawn, events.OfType<PointFound>().Count());
        Assert.Single(events.OfType<PointGroupEnded>());
        Assert.Equal(NoteCode.TooManyPoints, Assert.Single(events.OfType<Noted>()).Code);
    }

    [Fact]
    public void Append_CoordinatesComplete_PointComesBeforeItsTagEnds()
    {
        var markup = new MarkupEvents();
        Assert.Equal([new TextDelta(0, "Two: ")], markup.Append("Two: <points x1=\"1"));
        Assert.Empty(markup.Append("0\" y1=\"2"));
        Assert.Equal([new PointFound(0, 0, 1, 10, 20)], markup.Append("0\""));
        Assert.Equal([new PointGroupEnded(0, 0, "cat", "cats")], markup.Append(" alt=\"cats\">cat</points>"));
    }

    [Fact]
    public void Append_TextAboutARegion_GivesPlacesOfTheWholePictureAlsoWhenCompletedLater()
    {
        var region = new ImageRegion(25, 50, 50, 20);
        var expected = PointMarkupParser.Parse(Answer, region: region)
            .OfType<PointSegment>().SelectMany(segment => segment.Points).Select(point => (point.X, point.Y)).ToList();
        Assert.Equal((30.25, 54), expected[0]);
        var markup = new MarkupEvents(region);
        List<GenerationEvent> events = [.. markup.Append(Answer), .. markup.Complete()];
        Assert.Equal(expected, events.OfType<PointFound>().Select(point => (point.X, point.Y)));

        List<GenerationEvent> resumed = [.. events.Take(2), .. MarkupEvents.Remaining(Answer, events.Take(2), region)];
        Assert.Equal(expected, resumed.OfType<PointFound>().Select(point => (point.X, point.Y)));
    }

    private static (List<GenerationEvent> Before, List<GenerationEvent> Complete) Events(string text, int step)
    {
        var markup = new MarkupEvents();
        var before = new List<GenerationEvent>();
        for (var i = 0; i < text.Length; i += step)
            before.AddRange(markup.Append(text[i..Math.Min(i + step, text.Length)]));
        return (before, [.. before, .. markup.Complete()]);
    }

    private static List<GenerationEvent> Merge(IReadOnlyList<GenerationEvent> events)
    {
        var merged = new List<GenerationEvent>();
        foreach (var e in events)
        {
            if (e is TextDelta text && merged is [.., TextDelta last])
                merged[^1] = new TextDelta(0, last.Delta + text.Delta);
            else merged.Add(e);
        }
        return merged;
    }
}
