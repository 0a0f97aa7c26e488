using Molmo.Demo.Lab.Data;
using Molmo.Demo.Lab.Data.Scenes;
using Known = Molmo.Demo.Lab.Data.Generators.Generators;

namespace Molmo.Demo.Server.Tests.Lab.Scenes;

/// <summary>Scenes and smears, whose objects are known.</summary>
public sealed class SceneGeneratorTests
{
    public static TheoryData<string> Names => ["scenes", "few-scenes", "hard-scenes", "settings", "microscope"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_ManyScenes_AnswerWhatTheirObjectsSay(string name)
    {
        var source = Known.ByName(name, 8);
        var labels = new HashSet<string>();
        for (var i = 0; i < 150; i++)
        {
            var example = source.Read(i);
            Assert.NotEmpty(example.Objects);
            Assert.All(example.Objects, thing => Assert.True(
                thing is { X: > 0 and < 100, Y: > 0 and < 100, Width: > 1, Height: > 1 }, thing.ToString()));
            labels.UnionWith(example.Objects.Select(thing => thing.Label));
            foreach (var annotation in example.Annotations.Where(item => item.Style == Styles.PointCount))
            {
                var asked = Kinds.All.Concat(Kinds.Cells)
                    .Where(kind => annotation.Question.Contains(kind.Many, StringComparison.OrdinalIgnoreCase))
                    .OrderByDescending(kind => kind.Many.Length).First();
                (double X, double Y)[] centres =
                    [.. example.Objects.Where(thing => thing.Label == asked.Many).Select(thing => (thing.X, thing.Y))];
                Assert.Equal(PointText.Count(centres.Length == 1 ? asked.One : asked.Many, centres), annotation.Answer);
            }
        }

        Assert.True(labels.Count >= (name == "microscope" ? 3 : 40), $"{labels.Count} kinds in 150 scenes.");
    }

    [Fact]
    public void Kinds_Are28OrMore_AndTheEmbeddedRecipeKnowsThemAll()
    {
        Assert.True(Kinds.All.Count >= 28);
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(
            TestData.Repository, "Server", "Lab", "Recipes", "molmo-tiny", "model", "knows.json")));
        var known = json.RootElement.GetProperty("things").EnumerateArray()
            .Select(thing => (thing.GetProperty("one").GetString()!, thing.GetProperty("many").GetString()!));
        Assert.Equal(
            Kinds.All.Concat(Kinds.Cells).Select(kind => (kind.One, kind.Many)).Order(), known.Order());
    }

    [Fact]
    public void Settings_AllThings_CanBeDrawn()
        => Assert.All(Setting.All, setting => Assert.Equal(setting.Things.Length, setting.Kinds.Count));

    [Fact]
    public void Read_OneRedCircle_IsRedAtItsCentre()
    {
        var kinds = Kinds.All.Where(kind => kind.Many.EndsWith("circles", StringComparison.Ordinal)).ToList();
        var source = new SceneGenerator(3, kinds: kinds);
        var seen = 0;
        for (var i = 0; i < 60; i++)
        {
            var example = source.Read(i);
            // The last one drawn lies on top.
            var thing = example.Objects[^1];
            var (picture, at) = (example.Picture!, 0);
            at = 3 * (((int)(thing.Y / 100 * picture.Height) * picture.Width) + (int)(thing.X / 100 * picture.Width));
            var (red, green, blue) = (picture.Pixels[at], picture.Pixels[at + 1], picture.Pixels[at + 2]);
            var isRed = red > 2 * green && red > 2 * blue;
            Assert.Equal(thing.Label == "red circles", isRed);
            if (isRed) seen++;
        }

        Assert.True(seen > 5);
    }

    [Theory]
    [InlineData(new[] { 3, 2, 1 }, "Three cats, two dogs and one fish.")]
    [InlineData(new[] { 13, 0, 21 }, "21 fish and thirteen cats.")]
    [InlineData(new[] { 0, 0, 1 }, "One fish.")]
    [InlineData(new[] { 1, 1, 0 }, "One cat and one dog.")]
    public void Sentence_OfCounts_NamesTheMostFirst(int[] counts, string expected)
    {
        string[] labels = ["cats", "dogs", "fish"];
        var known = counts.Select((count, i) => (Kinds.All.First(kind => kind.Many == labels[i]), Count: count));
        Assert.Equal(expected, SceneQuestions.Sentence(known.Where(item => item.Count > 0)));
    }
}
