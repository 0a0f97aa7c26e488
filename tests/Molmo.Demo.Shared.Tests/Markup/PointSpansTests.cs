namespace Molmo.Demo.Shared.Tests.Markup;

public sealed class PointSpansTests
{
    [Theory]
    [InlineData("A <point x=\"1\" y=\"2\" alt=\"a\">b</point>, c", "<point x=\"1\" y=\"2\" alt=\"a\">b</point>")]
    [InlineData(
        "\U0001F427<points x1=\"1\" y1=\"2\" alt=\"a\">b</points >c<point x=\"3\" y=\"4\"/>d",
        "<points x1=\"1\" y1=\"2\" alt=\"a\">b</points >", "<point x=\"3\" y=\"4\"/>")]
    [InlineData(
        "<pointless> <point x=\"1\" y=\"2\" alt=\"a <pointless> b\">c</point>",
        "<point x=\"1\" y=\"2\" alt=\"a <pointless> b\">c</point>")]
    [InlineData(
        "<point x=\"1\" y=\"2\" alt=\"a\">b <point x=\"3\" y=\"4\" alt=\"c\">d</point>",
        "<point x=\"1\" y=\"2\" alt=\"a\">b ", "<point x=\"3\" y=\"4\" alt=\"c\">d</point>")]
    [InlineData("so x1=\"1\" y1=\"2\" alt=\"a\">b</points> on", "x1=\"1\" y1=\"2\" alt=\"a\">b</points>")]
    [InlineData("open <points x1=\"1\" y1=\"2\" alt=\"a\">b", "<points x1=\"1\" y1=\"2\" alt=\"a\">b")]
    [InlineData("none here, <pointless>")]
    public void Find_Tags_AreTheirWholeMarkup(string text, params string[] expected)
        => Assert.Equal(expected, PointSpans.Find(text).Select(span => text[span.Start..span.End]));

    [Fact]
    public void Find_GoldenAndHostileTexts_OneSpanAGroupInOrder()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(TestData.Golden, "points", "cases.json")));
        using var hostile = JsonDocument.Parse(File.ReadAllText(Path.Combine(TestData.Hostile, "model-outputs.json")));
        var texts = from part in new[]
        {
            golden.RootElement.GetProperty("emitted"), golden.RootElement.GetProperty("own"),
            golden.RootElement.GetProperty("streaming"), hostile.RootElement.GetProperty("outputs")
        }
                    from item in part.EnumerateArray()
                    select item.GetProperty("text").GetString()!;
        foreach (var text in texts)
        {
            var spans = PointSpans.Find(text);
            Assert.Equal(PointMarkupParser.Parse(text).OfType<PointSegment>().Select(group => group.Group),
                spans.Select(span => span.Group));
            var end = 0;
            foreach (var span in spans)
            {
                Assert.True(
                    span.Start >= end && span.End > span.Start && span.End <= text.Length, $"{span} in: {text}");
                end = span.End;
            }
        }
    }
}
