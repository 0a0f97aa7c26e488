using Molmo.Demo.Server.Chat;

namespace Molmo.Demo.Server.Tests.Chat;

public class FoundTextTests
{
    [Theory]
    [InlineData("Counting the old berries.", "BERRIES old", "Counting the [old] [berries].")]
    [InlineData("Nothing here.", "berries", "")]
    [InlineData("  two \n lines ", "lines", "two [lines]")]
    [InlineData("berry berryberry", "berry berryb", "[berry] [berryb]erry")]
    public void Of_ShortText_MarksItsWords(string text, string words, string expected)
        => Assert.Equal(expected, Written(text, words));

    [Fact]
    public void Of_LongText_IsCutBetweenWords()
    {
        var filling = string.Join(' ', Enumerable.Repeat("word", 100));
        var found = Written($"{filling} needle {filling}", "needle");
        Assert.StartsWith("…word word ", found, StringComparison.Ordinal);
        Assert.Contains(" word [needle] word ", found, StringComparison.Ordinal);
        Assert.EndsWith(" word…", found, StringComparison.Ordinal);
        Assert.InRange(found.Length, 100, 160);
    }

    [Fact]
    public void Of_TextWithoutSpaces_BeginsAtTheWord()
        => Assert.Equal("…[针]…", Written(new string('草', 300) + "针" + new string('草', 300), "针"));

    private static string Written(string text, string words) => string.Concat(
        FoundText.Of(text, words.Split(' ')).Select(part => part.IsMatch ? $"[{part.Text}]" : part.Text));
}
