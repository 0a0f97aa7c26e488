using Molmo.Demo.Lab.Data;
using Molmo.Demo.Lab.Data.Generators;

namespace Molmo.Demo.Server.Tests.Lab.Generators;

public sealed partial class TextGeneratorTests
{
    [Fact]
    public void Read_SumsAndSpellings_AreRight()
    {
        var source = new TextGenerator(71);
        var (sums, words) = (0, 0);
        for (var i = 0; i < 500; i++)
        {
            var annotation = Assert.Single(source.Read(i).Annotations);
            Assert.Equal(Styles.UserQuestion, annotation.Style);
            if (Plus().Match(annotation.Question) is { Success: true } sum)
            {
                sums++;
                var total = int.Parse(sum.Groups[1].Value, CultureInfo.InvariantCulture)
                    + int.Parse(sum.Groups[2].Value, CultureInfo.InvariantCulture);
                Assert.Matches($@"\b{total}\.?$", annotation.Answer);
            }
            if (Spell().Match(annotation.Question) is { Success: true } spell)
            {
                words++;
                Assert.Equal(
                    spell.Groups[1].Value.ToUpperInvariant(),
                    annotation.Answer.Replace("-", "", StringComparison.Ordinal));
            }
        }
        Assert.True(sums > 5 && words > 2);
    }

    [Fact]
    public void Read_AThousand_AreVaried()
    {
        var source = new TextGenerator(72);

        Assert.True(Enumerable.Range(0, 1000).Select(i => source.Read(i).Annotations[0]).Distinct().Count() > 500);
    }

    [GeneratedRegex(@"^What is (\d+) (?:plus|\+) (\d+)\?$")]
    private static partial Regex Plus();

    [GeneratedRegex("^Spell the word ([a-z]+)")]
    private static partial Regex Spell();
}
