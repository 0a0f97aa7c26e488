using Molmo.Demo.Lab.Data;
using Molmo.Demo.Lab.Data.Generators;
using Molmo.Demo.Server.Commands;
using Known = Molmo.Demo.Lab.Data.Generators.Generators;

namespace Molmo.Demo.Server.Tests.Lab.Generators;

/// <summary>What holds for all generators.</summary>
public sealed partial class GeneratorTests
{
    public static TheoryData<string> Names => [.. Known.Names];

    public static TheoryData<string> Drawn => [.. Known.Names.Where(name => name != "text")];

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_SameSeedAndNumber_IsTheSameInAnyOrder(string name)
    {
        var source = Known.ByName(name, 3);
        var forwards = Enumerable.Range(0, 12).Select(i => Text(source.Read(i))).ToList();
        var again = Known.ByName(name, 3);
        var backwards = Enumerable.Range(0, 12).Reverse().Select(i => Text(again.Read(i))).Reverse().ToList();

        Assert.Equal(forwards, backwards);
        Assert.True(forwards.Distinct().Count() > 9, "Examples of other numbers are other examples.");
        Assert.NotEqual(forwards, [.. Enumerable.Range(0, 12).Select(i => Text(Known.ByName(name, 4).Read(i)))]);
    }

    [Theory]
    [MemberData(nameof(Drawn))]
    public void Read_ManyThreads_DrawTheSamePictures(string name)
    {
        var source = Known.ByName(name, 5);
        var alone = Enumerable.Range(0, 24).Select(i => Text(source.Read(i))).ToList();

        Assert.Equal(alone, [.. Enumerable.Range(0, 24).AsParallel().AsOrdered().Select(i => Text(source.Read(i)))]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_TwoHundred_AllHaveAnswersAndPointsWithinThePicture(string name)
    {
        var source = Known.ByName(name, 11);
        for (var i = 0; i < 200; i++)
        {
            var example = source.Read(i);
            Assert.NotEmpty(example.Annotations);
            Assert.All(example.Annotations, annotation =>
            {
                Assert.NotEmpty(annotation.Question);
                Assert.NotEmpty(annotation.Answer);
                Assert.DoesNotContain("  ", annotation.Answer, StringComparison.Ordinal);
                Assert.All(Points(annotation.Answer), point =>
                {
                    Assert.InRange(point.X, 0.1, 99.9);
                    Assert.InRange(point.Y, 0.1, 99.9);
                });
            });
            Assert.Distinct(example.Annotations.Select(annotation => annotation.Question));
            if (name == "text")
            {
                Assert.Null(example.Picture);
                continue;
            }
            Assert.InRange(example.Picture!.Width, Paper.Least, Paper.Most);
            Assert.InRange(example.Picture.Height, Paper.Least, Paper.Most);
        }
    }

    [Fact]
    public void ByName_UnknownGenerator_NamesThoseThereAre()
        => Assert.Contains(
            "charts", Assert.Throws<CommandException>(() => Known.ByName("sonnets", 0)).Message,
            StringComparison.Ordinal);

    /// <summary>Points of an answer, in percent.</summary>
    internal static IEnumerable<(double X, double Y)> Points(string answer)
        => Coordinates().Matches(answer).Select(match => (Number(match.Groups[1]), Number(match.Groups[2])));

    private static double Number(Group group) => double.Parse(group.Value, CultureInfo.InvariantCulture);

    private static string Text(Example example)
        => string.Join('\n', example.Annotations) + Convert.ToHexString(
            System.Security.Cryptography.SHA256.HashData(example.Picture?.Pixels ?? []));

    [GeneratedRegex("x\\d*=\"([\\d.]+)\" y\\d*=\"([\\d.]+)\"")]
    private static partial Regex Coordinates();
}
