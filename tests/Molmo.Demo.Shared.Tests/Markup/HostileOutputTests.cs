namespace Molmo.Demo.Shared.Tests.Markup;

/// <summary>Model outputs made to do harm: the number of dots of a finished answer, and no crash.</summary>
public sealed class HostileOutputTests
{
    [Fact]
    public void Parse_HostileOutputs_GiveTheExpectedNumberOfDots()
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(TestData.Hostile, "model-outputs.json")));
        foreach (var item in file.RootElement.GetProperty("outputs").EnumerateArray())
        {
            var text = item.GetProperty("text").GetString()!;
            var points = Markup.Points(PointMarkupParser.Parse(text));

            if (item.GetProperty("points") is { ValueKind: JsonValueKind.Number } expected)
                Assert.True(expected.GetInt32() + BrokenTags.Dots(text) == points.Length,
                    $"{points.Length} dots instead of {expected} in: {text}");
            Assert.All(points, point => Assert.True(point is { Item1: >= 0 and <= 100, Item2: >= 0 and <= 100 }));
        }
    }
}
