using Molmo.Demo.Lab.Data;

namespace Molmo.Demo.Server.Tests.Lab;

public sealed class PixMoPhrasingTests
{
    [Fact]
    public void Templates_AreManyAndDifferentWithOneLabel()
    {
        Assert.InRange(Phrasings.PointTemplates.Count, 100, 130);
        Assert.InRange(Phrasings.CountTemplates.Count, 100, 130);
        Assert.InRange(Phrasings.DescribeTemplates.Count, 30, 40);
        foreach (var list in (IReadOnlyList<string>[])
            [Phrasings.PointTemplates, Phrasings.CountTemplates, Phrasings.WithoutPointsTemplates])
        {
            Assert.Equal(list.Count, list.Distinct().Count());
            Assert.All(list, template => Assert.Equal(2, template.Split("{0}").Length));
            Assert.All(list, template => Assert.Equal(template.Trim(), template));
        }

        Assert.Equal(Phrasings.DescribeTemplates.Count, Phrasings.DescribeTemplates.Distinct().Count());
    }

    [Fact]
    public void Point_ManyTimes_IsPlainAThirdOfTheTimeAndUsesAll()
    {
        var asked = Ask(Phrasings.Point, "red cups");
        Assert.InRange(asked.Count(question => question == "Point to the red cups."), 1800, 2200);
        Assert.Equal(Phrasings.PointTemplates.Count, asked.Distinct().Count());
        Assert.All(asked, question => Assert.Contains("red cups", question, StringComparison.Ordinal));
    }

    [Fact]
    public void Count_ManyTimes_IsPlainAThirdOfTheTimeAndUsesAll()
    {
        var asked = Ask(Phrasings.Count, "{1} cups");
        Assert.InRange(asked.Count(question => question == "How many {1} cups are there?"), 1800, 2200);
        Assert.Equal(Phrasings.CountTemplates.Count, asked.Distinct().Count());
    }

    [Fact]
    public async Task Make_SameSeed_AsksTheSame()
    {
        var asked = new List<string>();
        foreach (var seed in (string[])["5", "5", "6"])
        {
            using var fixture = new PixMoFixture();
            fixture.AddPictures("a");
            var table = await fixture.WriteAsync("jsonl", [.. Enumerable.Range(0, 20).Select(
                i => new PointsRow { Url = "a", Label = $"things {i}", Points = [] })]);
            await fixture.MakeAsync("points", table, "--seed", seed);
            asked.Add(string.Join('\n', Assert.Single(fixture.Read()).Annotations.Select(a => a.Question)));
        }

        Assert.Equal(asked[0], asked[1]);
        Assert.NotEqual(asked[0], asked[2]);
    }

    private static string[] Ask(Func<Random, string, string> ask, string label)
        => [.. Enumerable.Range(0, 6000).Select(i => ask(SampleRandom.For(1, "test", i), label))];
}
