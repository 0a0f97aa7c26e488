namespace Molmo.Demo.Shared.Tests.Markup;

/// <summary>However recorded texts are cut into pieces, the parser finds the same.</summary>
public sealed class PointMarkupSplitTests
{
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

    private static IEnumerable<string> GoldenTexts()
    {
        using var cases = JsonDocument.Parse(File.ReadAllText(Path.Combine(TestData.Golden, "points", "cases.json")));
        return [.. from part in new[] { "emitted", "own", "streaming" }
                   from item in cases.RootElement.GetProperty(part).EnumerateArray()
                   select item.GetProperty("text").GetString()!];
    }
}
