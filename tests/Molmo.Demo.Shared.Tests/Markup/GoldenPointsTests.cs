namespace Molmo.Demo.Shared.Tests.Markup;

/// <summary>The cases of <c>golden/points</c>; its README says what each part means.</summary>
public sealed class GoldenPointsTests
{
    private static readonly JsonElement Cases = Load();

    [Fact]
    public void Extract_EmittedTexts_MatchTheReference()
    {
        foreach (var item in Part("emitted"))
        {
            var text = Text(item);
            Near(item.GetProperty("reference_points_percent"), PointExtraction.Extract(text, 100, 100), text);
            Near(item.GetProperty("reference_points_px_640x480"), PointExtraction.Extract(text, 640, 480), text);
            Assert.True(
                item.GetProperty("reference_is_valid_format").GetBoolean() == PointAnswerFormat.IsValid(text), text);
        }
    }

    [Fact]
    public void Extract_BoxesAndFractions_MatchTheReference()
    {
        foreach (var item in Part("bboxes"))
        {
            var boxes = PointExtraction.ExtractBoxes(Text(item), Size(item, "w"), Size(item, "h"));
            Assert.Equal(item.GetProperty("boxes").GetArrayLength(), boxes.Count);
            foreach (var (expected, box) in item.GetProperty("boxes").EnumerateArray().Zip(boxes))
            {
                Assert.True(IsNear((expected[0].GetDouble(), expected[1].GetDouble()), (box.X1, box.Y1)), Text(item));
                Assert.True(IsNear((expected[2].GetDouble(), expected[3].GetDouble()), (box.X2, box.Y2)), Text(item));
            }
        }
        foreach (var item in Part("point_count_format"))
            Near(item.GetProperty("points"),
                PointExtraction.ExtractFractions(Text(item), Size(item, "w"), Size(item, "h")), Text(item));
    }

    [Fact]
    public void Parse_EmittedTags_GiveThePointsOfTheReference()
    {
        foreach (var item in Part("emitted"))
        {
            var text = Text(item);
            var shown = Markup.Points(PointMarkupParser.Parse(text));
            var reference = PointExtraction.Extract(text, 100, 100);

            // In brackets, and where x and y have different numbers, the reference takes points that are not shown.
            Assert.All(shown, point => Assert.Contains(reference, other => IsNear(point, other)));
            if (text.Contains("=\"", StringComparison.Ordinal)
                && !Markup.Notes(Markup.Events(text)).Contains(NoteCode.UnpairedCoordinate))
                Assert.True(
                    reference.Count == shown.Length
                        && reference.Zip(shown).All(pair => IsNear(pair.First, pair.Second)),
                    text);
        }
    }

    [Fact]
    public void Parse_OwnCases_GivePointsTextsAndCount()
    {
        foreach (var item in Part("own"))
        {
            var text = Text(item);
            var events = Markup.Events(text);
            var segments = PointMarkupParser.Parse(text);
            var groups = segments.OfType<PointSegment>().ToList();

            Near(item.GetProperty("expected_points"), Markup.Points(segments), text);
            Assert.Equal(Texts(item.GetProperty("expected_alt")),
                groups.Select(group => group.Alt).Where(alt => alt.Length > 0));
            Assert.Equal(Texts(item.GetProperty("expected_label")),
                groups.Select(group => group.Text).Where(label => label.Length > 0));
            Assert.Equal(Count(item.GetProperty("expected_count")), AnswerText.StatedCount(AnswerText.Clean(segments)));
            Assert.Equal(item.GetProperty("complete").GetBoolean(),
                !Markup.Notes(events).Any(code => code is NoteCode.UnclosedTag or NoteCode.BrokenTag));
        }
    }

    [Fact]
    public void Append_StreamingCases_GiveEachPointAtItsCharacter()
    {
        foreach (var item in Part("streaming"))
        {
            var text = Text(item);
            var changes = item.GetProperty("prefix_points")
                .EnumerateArray().Select(change => (Length: change[0].GetInt32(), Points: change[1])).ToList();
            for (var length = 0; length <= text.Length; length++)
            {
                var expected = changes.Last(change => change.Length <= length).Points;
                Near(expected, Markup.Points(Markup.SoFar(text[..length])), text[..length]);
            }
        }
    }

    private static JsonElement.ArrayEnumerator Part(string name) => Cases.GetProperty(name).EnumerateArray();

    private static string Text(JsonElement item) => item.GetProperty("text").GetString()!;

    private static double Size(JsonElement item, string side) => item.GetProperty(side).GetDouble();

    private static int? Count(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value.GetInt32();

    /// <summary>A single text, a list of them, or null. An empty text and none are the same to a group.</summary>
    private static IEnumerable<string> Texts(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.EnumerateArray().Select(text => text.GetString()!),
        JsonValueKind.String when value.GetString() is { Length: > 0 } text => [text],
        _ => [],
    };

    private static void Near(JsonElement expected, IReadOnlyList<(double X, double Y)> actual, string text)
    {
        Assert.True(expected.GetArrayLength() == actual.Count,
            $"{actual.Count} points instead of {expected.GetArrayLength()} in: {text}");
        foreach (var (pair, point) in expected.EnumerateArray().Zip(actual))
            Assert.True(
                IsNear((pair[0].GetDouble(), pair[1].GetDouble()), point), $"{point} instead of {pair} in: {text}");
    }

    private static bool IsNear((double X, double Y) expected, (double X, double Y) actual)
        => Math.Abs(expected.X - actual.X) <= 1e-9 * expected.X && Math.Abs(expected.Y - actual.Y) <= 1e-9 * expected.Y;

    private static JsonElement Load()
    {
        using var document =
            JsonDocument.Parse(File.ReadAllText(Path.Combine(TestData.Golden, "points", "cases.json")));
        return document.RootElement.Clone();
    }
}
