using System.Text.Json.Nodes;
using Molmo.Demo.Lab;
using Molmo.Demo.Lab.Scoring;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Lab;

/// <summary>The published scorers against their golden cases, at the tolerance that the set gives.</summary>
public sealed class ScoringTests
{
    private const double Tolerance = 1e-9;

    private static readonly Lazy<JsonElement> Cases = new(() =>
    {
        var path = Path.Combine(TestData.Golden, "pointing_eval", "cases.json");
        Assert.SkipUnless(File.Exists(path), $"There is no {path}: this set of golden data has no scorers.");
        using var file = JsonDocument.Parse(File.ReadAllText(path));
        return file.RootElement.Clone();
    });

    [Fact]
    public void Pointing_AllCases_ScoreAsTheReference()
    {
        var scores = new List<(string Name, double Value)>();
        foreach (var one in List("pointing"))
        {
            var (width, height) = (one.GetProperty("size")[0].GetInt32(), one.GetProperty("size")[1].GetInt32());
            var prediction = one.GetProperty("prediction").GetString()!;
            var name = one.GetProperty("name").GetString();
            Assert.True(one.GetProperty("valid_format").GetBoolean() == PublishedPointing.IsValid(prediction), name);
            var points = PointExtraction.Extract(prediction, width, height);
            Assert.Equal(one.GetProperty("predicted_px").EnumerateArray().Select(Pair), points);

            var row = Row(
                one, ("size", "size"), ("points", "points"), ("masks", "masks"), ("prediction", "prediction"));
            if (one.TryGetProperty("assignment", out var assignment))
            {
                var targets = row.Points.Select(point => (X: point[0], Y: point[1])).ToList();
                var assigned = PublishedPointing.Assign(points, targets);
                Assert.Equal(
                    one.GetProperty("assignment_cost").GetDouble(), assigned.Index().Where(pair => pair.Item >= 0)
                        .Sum(pair => double.Hypot(
                            points[pair.Index].X - targets[pair.Item].X, points[pair.Index].Y - targets[pair.Item].Y)),
                    Tolerance);
                Assert.Equal(assignment.GetArrayLength(), assigned.Count(target => target >= 0));
            }
            var found = Metric.Score("pointing", row).ToDictionary();
            foreach (var expected in one.GetProperty("expected").EnumerateObject())
                Assert.True(Math.Abs(expected.Value.GetDouble() - found[expected.Name]) <= Tolerance,
                    $"{name}: {expected.Name} is {found[expected.Name]}, expected {expected.Value}");
            if (!one.TryGetProperty("reference_raises", out _))
                scores.AddRange(found.Select(score => (score.Key, score.Value)));
        }
        var means = Metric.Mean(scores);
        foreach (var expected
            in Cases.Value.GetProperty("pointing_mean_over_cases_without_reference_error").EnumerateObject())
            Assert.Equal(expected.Value.GetDouble(), means[expected.Name].Mean, Tolerance);
    }

    [Fact]
    public void Counting_AllCases_ScoreAsTheReference()
    {
        var scores = new List<(string Name, double Value)>();
        foreach (var one in List("counting"))
        {
            var found = Metric.Score("counting", Row(one, ("prediction", "prediction"), ("gt", "count")))
                .ToDictionary();
            foreach (var name in (string[])["correct", "close", "valid"])
                Assert.True(one.GetProperty(name).GetInt32() == found[name],
                    $"{one.GetProperty("prediction")}: {name} is {found[name]}");
            scores.AddRange(found.Select(score => (score.Key, score.Value)));
        }
        var means = Metric.Mean(scores);
        foreach (var expected in Cases.Value.GetProperty("counting_aggregate").EnumerateObject())
        {
            Assert.Equal(expected.Value[0].GetDouble(), means[expected.Name].Mean, Tolerance);
            Assert.Equal(expected.Value[1].GetInt32(), means[expected.Name].Count);
        }
    }

    [Fact]
    public void ShortAnswers_AllCases_ScoreAsTheReference()
    {
        var vqa = Cases.Value.GetProperty("vqa");
        foreach (var group in vqa.EnumerateObject())
        {
            foreach (var one in group.Value.EnumerateArray())
            {
                var text = one.GetProperty("pred").GetString()!;
                var found = group.Name switch
                {
                    "vqa_score" => ShortAnswerScores.Vqa(Answers(one), text),
                    "anls" => ShortAnswerScores.Anls(Text(one, "target"), text),
                    "relaxed_correctness" => ShortAnswerScores.Relaxed(Text(one, "target"), text),
                    "a_okvqa_score" => ShortAnswerScores.AOkVqa(Answers(one), text),
                    "select_mc_option" => OptionChoice.Select(text, Strings(one, "options")),
                    "real_world_qa_score" => ShortAnswerScores.RealWorldQa(
                        Text(one, "question_type") == "multiple_choice", Text(one, "target"), text),
                    "mmmu_score" => Text(one, "question_type") == "open" ? MmmuScore.Open(Text(one, "target"), text)
                        : MmmuScore.MultipleChoice(Text(one, "target"), Strings(one, "options"), text),
                    "vqa_eval_flow" => Metric.Score(
                        Text(one, "metric"), new PredictionRow { Prediction = text, Answers = Answers(one) })
                        .Single().Value,
                    _ => throw new NotSupportedException($"A set of the kind {group.Name} is new."),
                };
                var expected = one.GetProperty(group.Name == "select_mc_option" ? "index" : "score").GetDouble();
                Assert.True(Math.Abs(expected - found) <= Tolerance, $"{group.Name} {one}: {found}");
                if (one.TryGetProperty("normalised_pred", out var normalised))
                    Assert.Equal(normalised.GetString(), VqaNormalisation.Apply(text));
            }
        }
    }

    [Fact]
    public async Task Score_OfAFile_IsTheMeanOfItsLines()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Combine("answers.jsonl");
        await File.WriteAllTextAsync(file, """
            {"prediction":"There are 2.","count":2}

            {"prediction":"three","count":2,"anything":"else"}
            """, TestContext.Current.CancellationToken);
        using var output = new StringWriter();
        Assert.Equal(0, await LabProgram.RunAsync(["score", "counting", file], output, TextWriter.Null));
        var scores = JsonNode.Parse(output.ToString())!["scores"]!;
        Assert.Equal((0.5, 1.0, 2),
            ((double)scores["correct"]!["mean"]!, (double)scores["close"]!["mean"]!, (int)scores["valid"]!["count"]!));
    }

    [Theory]
    [InlineData("score", "beauty", "", "There is no metric beauty")]
    [InlineData("score", "counting", "{}", "Line 1")]
    [InlineData("score", "counting", "{\"prediction\":\"1\"}", "\"count\" is missing")]
    [InlineData("score", "pointing", "{\"prediction\":\"1\",\"size\":[1]}", "\"size\"")]
    [InlineData("score", "vqa_score", "{\"prediction\":\"1\"}", "\"answers\"")]
    [InlineData("score", "counting", "", "no line")]
    public async Task Score_OfWhatCannotBeScored_SaysWhichLineAndWhy(
        string command, string metric, string line, string expected)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Combine("answers.jsonl");
        await File.WriteAllTextAsync(file, line, TestContext.Current.CancellationToken);
        using var error = new StringWriter();
        Assert.Equal(1, await LabProgram.RunAsync([command, metric, file], TextWriter.Null, error));
        Assert.Contains(expected, error.ToString(), StringComparison.Ordinal);
    }

    private static JsonElement.ArrayEnumerator List(string name) => Cases.Value.GetProperty(name).EnumerateArray();

    private static (double X, double Y) Pair(JsonElement pair) => (pair[0].GetDouble(), pair[1].GetDouble());

    private static string Text(JsonElement one, string name) => one.GetProperty(name).GetString()!;

    private static string[] Strings(JsonElement one, string name)
        => [.. one.GetProperty(name).EnumerateArray().Select(text => text.GetString()!)];

    private static string[] Answers(JsonElement one) => Strings(one, "answers");

    /// <summary>A golden case as a line of a file of predictions.</summary>
    private static PredictionRow Row(JsonElement one, params (string From, string To)[] members)
        => PredictionRow.Parse(new JsonObject(members.Select(
            member => KeyValuePair.Create(member.To, JsonNode.Parse(one.GetProperty(member.From).GetRawText()))))
            .ToJsonString());
}
