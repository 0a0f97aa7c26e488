using Molmo.Demo.Lab.Evaluation;
using Molmo.Demo.Server.Commands;

namespace Molmo.Demo.Server.Tests.Lab;

public sealed class EvaluationTests
{
    private static readonly TruthImage Picture = new(
        "a.png", new Dictionary<string, IReadOnlyList<(double X, double Y)>>
        {
            ["dogs"] = [(10, 10), (50, 50), (90, 90)],
            ["cats"] = [(20, 80)],
            ["cars"] = [],
        });

    [Theory]
    [InlineData(new double[0], 0, 0, 0)]
    [InlineData(new double[] { 10, 10, 50, 50, 90, 90 }, 3, 1, 1)]
    [InlineData(new double[] { 10, 15, 50, 55.1 }, 1, 0.5, 1 / 3.0)]
    [InlineData(new double[] { 10, 10, 11, 11, 12, 12, 50, 50 }, 2, 0.5, 2 / 3.0)]
    public void PointingScore_HandMade_IsAsCountedByHand(
        double[] coordinates, int hits, double precision, double recall)
    {
        var points = coordinates.Chunk(2).Select(c => (c[0], c[1])).ToArray();
        var score = PointingScore.Of(points, Picture.CentresOf("dogs"), 5);
        Assert.Equal(hits, score.Hits);
        Assert.Equal(precision, score.Precision, 12);
        Assert.Equal(recall, score.Recall, 12);
        Assert.Equal(precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall), score.F1, 12);
    }

    [Fact]
    public void PointingScore_OnePointNearTwoObjects_HitsOne()
        => Assert.Equal(1, PointingScore.Of([(10, 10)], [(9, 10), (11, 10)], 5).Hits);

    [Fact]
    public void PointingScore_NothingThereAndNothingSaid_IsPerfect()
        => Assert.Equal(
            (1, 1, 1), (default(PointingScore).Precision, default(PointingScore).Recall, default(PointingScore).F1));

    [Theory]
    [InlineData("Counting the dogs shows a total of 4.", 3, 4)]
    [InlineData("There are none.", 0, 0)]
    [InlineData("7", 0, 7)]
    [InlineData("There are three.", 0, 3)]
    [InlineData("dogs", 2, 2)]
    [InlineData("", 0, 0)]
    public void CountedAnswer_Texts_GiveTheirNumber(string text, int points, int expected)
        => Assert.Equal(expected, CountedAnswer.Read(text, points));

    [Fact]
    public void EvaluatedAnswer_CountingSentence_IsExactByItsNumber()
    {
        var answer = Answer("dogs", QuestionKind.Count,
            "Counting the <points x1=\"10\" y1=\"10\" x2=\"50\" y2=\"50\" "
                + "alt=\"dogs\">dogs</points> shows a total of 3.");
        Assert.Equal("How many dogs are there?", answer.Question);
        Assert.True(answer.IsExact);
        Assert.Equal(new PointingScore(2, 2, 3), answer.Score);
    }

    [Theory]
    [InlineData("There are none.", true)]
    [InlineData("<point x=\"50\" y=\"50\" alt=\"cars\">cars</point>", false)]
    public void EvaluatedAnswer_AbsentLabelPointedTo_IsExactWithoutPoints(string text, bool expected)
        => Assert.Equal(expected, Answer("cars", QuestionKind.Point, text).IsExact);

    [Fact]
    public void EvaluationReport_HandMadeAnswers_AddsUp()
    {
        EvaluatedAnswer[] answers =
        [
            Answer("dogs", QuestionKind.Count, "There is a total of 3."),
            Answer("cats", QuestionKind.Count, "There is a total of 2."),
            Answer("dogs", QuestionKind.Point,
                "<points x1=\"10\" y1=\"11\" x2=\"70\" y2=\"70\" alt=\"d\">d</points>"),
            Answer("cats", QuestionKind.Point, "<point x=\"20\" y=\"80\" alt=\"c\">c</point>"),
            Answer("cars", QuestionKind.Count, "There are none."),
            Answer("cars", QuestionKind.Point, "There are none."),
            Answer("birds", QuestionKind.Count, "There are two."),
            Answer("birds", QuestionKind.Point, "<point x=\"20\" y=\"80\" alt=\"c\">c</point>"),
        ];
        var report = EvaluationReport.Of(
            answers, new HitRule(5), new EngineStamp("m", "r", "p", new EarlierWords("d"), "v", SamplingChoice.Greedy),
            12);
        Assert.Equal(1, report.Pictures);
        Assert.Equal(new Share(1, 2), report.Counting);
        // 3 of 3 is exact; 2 where 1 is true is one off.
        Assert.Equal(new Share(2, 2), report.WithinOne);
        Assert.Equal(new Share(2, 4), report.Absent);
        Assert.Equal(["birds", "cars", "cats", "dogs"], report.Labels.Keys);
        Assert.Equal(new Share(0, 1), report.Labels["cats"].Counting);
        Assert.Equal((1, 2, 3), (report.Labels["dogs"].Pointing.Hits, report.Labels["dogs"].Pointing.Predicted,
            report.Labels["dogs"].Pointing.Actual));
        Assert.Equal(new Share(0, 2), report.Labels["birds"].Absent);
        Assert.Equal((2, 3, 4), (report.Pointing.Hits, report.Pointing.Predicted, report.Pointing.Actual));
        Assert.Equal(2 / 3.0, report.Pointing.Precision, 12);
        Assert.Equal(0.5, report.Pointing.Recall, 12);
        Assert.Equal(4 / 7.0, report.Pointing.F1, 12);
        Assert.Equal((0.4 + 1) / 2, report.Pointing.MeanF1, 12);
        Assert.Contains(report.Lines(), line => line.Contains("50.0", StringComparison.Ordinal));

        using var json = JsonDocument.Parse(CommandJson.Write(report));
        Assert.Equal(0.5, json.RootElement.GetProperty("counting").GetProperty("accuracy").GetDouble());
        Assert.Equal("Point", json.RootElement.GetProperty("answers")[2].GetProperty("kind").GetString());
    }

    private static EvaluatedAnswer Answer(string label, QuestionKind kind, string text)
        => EvaluatedAnswer.Of(Picture.Question(label, kind), text, new HitRule(5));

    [Fact]
    public async Task TruthFile_Samples_NamesAbsentLabelsThatAreAbsent()
    {
        var truth = await TruthFile.LoadAsync(Molmo.Demo.Tests.TestData.Samples, TestContext.Current.CancellationToken);
        var again = await TruthFile.LoadAsync(Molmo.Demo.Tests.TestData.Samples, TestContext.Current.CancellationToken);
        var labels = truth.Pictures.SelectMany(p => p.Labels).ToHashSet();
        for (var i = 0; i < truth.Pictures.Count; i++)
        {
            var absent = truth.AbsentFrom(i);
            Assert.Equal(2, absent.Distinct().Count());
            Assert.All(absent, label => Assert.Contains(label, labels));
            Assert.All(absent, label => Assert.DoesNotContain(label, truth.Pictures[i].Labels));
            Assert.Equal(absent, again.AbsentFrom(i));
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[{}]")]
    [InlineData("[{\"file\":\"a\",\"objects\":{\"dogs\":[[1]]}}]")]
    [InlineData("[{\"file\":\"a\",\"objects\":{\"dogs\":[[1,\"2\"]]}}]")]
    [InlineData("[{\"file\":\"a\",\"objects\":{\"dogs\":[[1,2]]},\"boxes\":{\"dogs\":[]}}]")]
    [InlineData("[{\"file\":\"a\",\"objects\":{\"dogs\":[[1,2]]},\"boxes\":{\"dogs\":[[1,2,3]]}}]")]
    [InlineData("[")]
    public async Task TruthFile_OtherForm_IsRefusedByName(string json)
    {
        var folder = Directory.CreateTempSubdirectory("molmo-truth-");
        try
        {
            await File.WriteAllTextAsync(
                Path.Combine(folder.FullName, "truth.json"), json, TestContext.Current.CancellationToken);
            var refusal = await Assert.ThrowsAsync<CommandException>(
                () => TruthFile.LoadAsync(folder.FullName, TestContext.Current.CancellationToken));
            Assert.Contains("truth.json", refusal.Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
