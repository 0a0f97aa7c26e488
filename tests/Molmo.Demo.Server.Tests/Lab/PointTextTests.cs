using Molmo.Demo.Lab.Data;

namespace Molmo.Demo.Server.Tests.Lab;

public sealed class PointTextTests
{
    public static TheoryData<string> Cases => [.. Golden().Select(c => c.GetRawText())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Markup_GoldenCase_IsThePublishedText(string json)
    {
        var golden = JsonDocument.Parse(json).RootElement;
        var example = golden.GetProperty("example");
        double[] scale = example.TryGetProperty("point_scale", out var scalar)
            ? [scalar.GetDouble(), scalar.GetDouble()]
            : [.. example.GetProperty("image_size").EnumerateArray().Select(side => side.GetDouble())];
        (double X, double Y)[] points =
        [
            .. example.GetProperty("points").EnumerateArray()
                .Select(point => (100 * point[0].GetDouble() / scale[0], 100 * point[1].GetDouble() / scale[1])),
        ];
        var label = example.GetProperty("label").GetString()!;
        var isCount = example.GetProperty("style").GetString() == Styles.PointCount;

        Assert.Equal(
            golden.GetProperty("target").GetString(),
            isCount ? PointText.Count(label, points) : PointText.Markup(label, points));
    }

    [Fact]
    public void Markup_TextAndAlt_AreLeftAsTheyAre()
        => Assert.Equal(
            """<point x="1.0" y="2.0" alt="The & "one"">That</point>""",
            PointText.Markup("That", "The & \"one\"", [(1, 2)]));

    private static IEnumerable<JsonElement> Golden()
        => JsonDocument.Parse(File.ReadAllText(Path.Combine(TestData.Golden, "prompt", "cases.json"))).RootElement
            .GetProperty("task_formatting").EnumerateArray().Where(c => c.GetProperty("kind").GetString() == "points");
}
