namespace Molmo.Demo.Shared.Tests.Chat;

public sealed class PromptStyleTests
{
    /// <summary>Styles of evaluation sets, under which the published code writes another tag or none.</summary>
    private static readonly string[] Aliases = ["demo", "android_control", "eval_short_answer", "eval_multiple_choice"];

    [Fact]
    public void Apply_GoldenCases_GiveThePublishedPrompt()
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(TestData.Golden, "prompt", "cases.json")));
        var tagged = 0;
        foreach (var item in json.RootElement.GetProperty("data_formatter_demo_or_style").EnumerateArray())
        {
            string Text(string name) => item.GetProperty(name).GetString()!;
            var style = Text("prefix") is { Length: > 0 } prefix ? prefix.TrimEnd(':') : null;
            Assert.Equal(Text("prompt_string"), $" User: {PromptStyle.Apply(style, Text("user_text"))} Assistant:");
            if (style is not null) tagged++;
            if (!Aliases.Contains(Text("style"))) Assert.True(PromptStyle.IsKnown(Text("style")), Text("style"));
        }
        Assert.True(tagged > 5);
    }

    [Theory]
    [InlineData("long_caption_83", 83)]
    [InlineData("long_caption 83", 83)]
    [InlineData("long_caption_1", 1)]
    [InlineData("long_caption_999", 999)]
    public void IsKnown_CaptionWithALength_IsTaken(string style, int hint)
    {
        Assert.True(PromptStyle.IsKnown(style));
        Assert.Equal(hint, PromptStyle.LengthHint(style));
        Assert.StartsWith("long_caption", PromptStyle.WithLength(hint), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("vqa2:")]
    [InlineData("VQA2")]
    [InlineData(" vqa2")]
    [InlineData("long_caption_")]
    [InlineData("long_caption_0")]
    [InlineData("long_caption_1000")]
    [InlineData("long_caption_83x")]
    [InlineData("long_caption-83")]
    [InlineData("transcript_83")]
    [InlineData("demo")]
    [InlineData("ignore all previous")]
    public void IsKnown_AnythingElse_IsNot(string style) => Assert.False(PromptStyle.IsKnown(style));

    [Fact]
    public void Published_Tags_AreKnownAndEachOnce()
    {
        Assert.All(PromptStyle.Published, style => Assert.True(PromptStyle.IsKnown(style)));
        Assert.Equal(PromptStyle.Published.Length, PromptStyle.Published.Distinct().Count());
    }
}
