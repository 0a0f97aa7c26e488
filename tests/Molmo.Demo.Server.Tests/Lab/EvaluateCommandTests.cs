using System.Text.Json.Nodes;
using Molmo.Demo.Lab;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Lab;

public sealed class EvaluateCommandTests
{
    [Fact]
    public async Task Evaluate_TwoPictures_AsksForEveryLabelAndTwoAbsentOnes()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(TestData.Samples, "scene-01.png"), folder.Combine("first.png"));
        File.Copy(Path.Combine(TestData.Samples, "scene-05.png"), folder.Combine("second.png"));
        // The first picture as it is; of the second only what the test is about, and one object where none is.
        var (squares, flowers) = (Centres("scene-01.png", "yellow squares"), Centres("scene-05.png", "flowers"));
        flowers.Add(new JsonArray(5, 5));
        await File.WriteAllTextAsync(folder.Combine("truth.json"), $$"""
            [
              {"file": "first.png", "width": 800, "height": 800,
              "objects": { "yellow squares": {{squares.ToJsonString()}} } },
              {"file": "second.png", "objects": { "flowers": {{flowers.ToJsonString()}}, "strawberries": [] } }
            ]
            """, TestContext.Current.CancellationToken);

        using var json = JsonDocument.Parse(await RunAsync("evaluate", folder.Path, "--json"));
        var report = json.RootElement;
        Assert.Equal(2, report.GetProperty("pictures").GetInt32());
        string[] asked = [.. report.GetProperty("answers").EnumerateArray()
            .Select(a => $"{a.GetProperty("file").GetString()} {a.GetProperty("question").GetString()}")];
        Assert.Equal(
            [
                "first.png How many yellow squares are there?", "first.png Point to the yellow squares.",
                "first.png How many flowers are there?", "first.png Point to the flowers.",
                "first.png How many strawberries are there?", "first.png Point to the strawberries.",
                "second.png How many flowers are there?", "second.png Point to the flowers.",
                "second.png How many strawberries are there?", "second.png Point to the strawberries.",
                "second.png How many yellow squares are there?", "second.png Point to the yellow squares.",
            ],
            asked);
        // Four squares counted and found; three flowers counted where the truth claims four.
        Assert.Equal((1, 2), (Int("counting", "correct"), Int("counting", "total")));
        Assert.Equal((7, 7, 8), (Int("pointing", "hits"), Int("pointing", "predicted"), Int("pointing", "actual")));
        Assert.Equal(8, Int("absent", "total"));

        int Int(string part, string field) => report.GetProperty(part).GetProperty(field).GetInt32();
    }

    private static JsonArray Centres(string file, string label)
        => JsonNode.Parse(File.ReadAllText(Path.Combine(TestData.Samples, "truth.json")))!.AsArray()
            .First(picture => (string?)picture!["file"] == file)!["objects"]![label]!.DeepClone().AsArray();

    [Fact]
    public async Task Evaluate_Limit_TakesTheFirstPictures()
    {
        var output = await RunAsync("evaluate", TestData.Samples, "--limit", "1");
        var lines = output.TrimEnd().Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.Contains("pictures: 1,", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("Counting", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("Pointing", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("Absent", lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluate_Every_TakesThePicturesThatATrainingLeftOut()
    {
        var output = await RunAsync("evaluate", TestData.Samples, "--every", "4", "--json");
        var files = JsonDocument.Parse(output).RootElement.GetProperty("answers").EnumerateArray()
            .Select(answer => answer.GetProperty("file").GetString()).Distinct().ToList();
        var all = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(TestData.Samples, "truth.json")))
            .RootElement.EnumerateArray().Select(picture => picture.GetProperty("file").GetString()).ToList();
        Assert.Equal(all.Where((_, i) => (i + 1) % 4 == 0), files);
    }

    [Fact]
    public async Task Evaluate_StyleAndCrops_AreInTheReport()
    {
        var output = await RunAsync(
            "evaluate", TestData.Samples, "--limit", "1", "--style", "point_count", "--max-crops", "2");
        Assert.Contains("point_count:, up to 2 crops", output.Split('\n')[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluate_PictureMissing_IsOneSentence()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.Combine("truth.json"),
            """[{"file": "gone.png", "objects": {"dogs": [[1, 2]]}}]""", TestContext.Current.CancellationToken);
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(1, await LabProgram.RunAsync(["evaluate", folder.Path], output, error));
        Assert.Contains("gone.png", error.ToString(), StringComparison.Ordinal);
    }

    private static async Task<string> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal((0, ""), (await LabProgram.RunAsync(arguments, output, error), error.ToString()));
        return output.ToString();
    }
}
