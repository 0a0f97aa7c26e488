using System.Text.Json.Nodes;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Lab;
using Molmo.Demo.Lab.Evaluation;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Lab;

public sealed class MissReportTests
{
    private static readonly (int, int, int) Grey = (100, 100, 100);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Draw_ThreeMarks_HaveTheirColoursAndShapes()
    {
        var drawn = Decode(MissPicture.Draw(Plain(200, 100),
            [new Mark(25, 50, MarkKind.Hit), new Mark(75, 50, MarkKind.Wrong), new Mark(50, 20, MarkKind.Missed)]));

        Assert.Equal((200, 100), (drawn.Width, drawn.Height));
        // 25 % of 200 and 50 % of 100: a dot, filled to its white edge.
        Assert.Equal((0x1E, 0x9E, 0x4A), At(drawn, 50, 50));
        Assert.Equal((0x1E, 0x9E, 0x4A), At(drawn, 53, 50));
        // A cross is coloured on its diagonals, and not beside its middle.
        Assert.Equal((0xD6, 0x1F, 0x2C), At(drawn, 150, 50));
        Assert.Equal((0xD6, 0x1F, 0x2C), At(drawn, 153, 53));
        Assert.Equal(Grey, At(drawn, 157, 50));
        // A ring is hollow.
        Assert.Equal(Grey, At(drawn, 100, 20));
        Assert.Equal((0xFF, 0xB3, 0x00), At(drawn, 100 + MissPicture.Radius, 20));
        Assert.Equal((0xFF, 0xB3, 0x00), At(drawn, 100, 20 - MissPicture.Radius));
    }

    [Theory]
    [InlineData(1280, 960, 640, 480)]
    [InlineData(300, 900, 213, 640)]
    [InlineData(64, 32, 64, 32)]
    [InlineData(5000, 1, 640, 1)]
    public void Draw_OtherSizes_AreScaledDownAlone(int width, int height, int drawnWidth, int drawnHeight)
    {
        var drawn = Decode(MissPicture.Draw(Plain(width, height), []));
        Assert.Equal((drawnWidth, drawnHeight), (drawn.Width, drawn.Height));
    }

    [Fact]
    public void Text_LabelsAndAnswersWithMarkup_StayWords()
    {
        var question = new TruthQuestion("a|b.png", "<b>cats|dogs</b>", QuestionKind.Point, "Point to <b>.", 1)
        {
            Centres = [(50, 50)],
        };
        const string answer = """<point x="90.0" y="90.0" alt="![x](http://example.org)">[x](y)</point>""";

        var text = MissReport.Text(ReportOf(EvaluatedAnswer.Of(question, answer, new HitRule(5))));

        Assert.DoesNotContain("<b>", text, StringComparison.Ordinal);
        Assert.DoesNotContain("![x](", text, StringComparison.Ordinal);
        Assert.Contains("""| &lt;b&gt;cats\|dogs&lt;\/b&gt; | – | – | 0.0% of 1 |""", text.Replace(" %", "%",
            StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("- Truth: 1; answered: 0 right, 1 wrong, 1 missing", text, StringComparison.Ordinal);
        Assert.Contains("![Miss 1](miss-001.png)", text, StringComparison.Ordinal);
        Assert.Contains(MissPicture.Legend, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_OfCountingAlone_HasNoFigureOfWhatWasNotAsked()
    {
        var question = new TruthQuestion("a.png", "", QuestionKind.Count, "How many in red?", 2);
        var report = ReportOf(EvaluatedAnswer.Of(question, "a total of 2", new HitRule(5)));
        Assert.Equal(2, report.Lines().Count());
        var text = MissReport.Text(report);
        Assert.Contains("| Counting, exact | 100.0 % | 1 questions |", text, StringComparison.Ordinal);
        Assert.Contains("| Pointing within 5, F1 | – | 0 objects |", text, StringComparison.Ordinal);
        Assert.Contains("| Absent, answered so | – | 0 questions |", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_OfPointingAtManyAndAtOne_HasBothMeansOfF1()
    {
        // Three of four hit, and one of one: 8 of 9 together, (6/7 + 1) / 2 by questions.
        TruthQuestion Point(params (double, double)[] centres)
            => new("a.png", "cats", QuestionKind.Point, "Point to the cats.", centres.Length) { Centres = centres };
        var report = ReportOf(
            EvaluatedAnswer.Of(
                Point((10, 10), (30, 30), (60, 60), (90, 90)),
                """<points x1="10" y1="10" x2="30" y2="30" x3="60" y3="60" alt="cats">cats</points>""", new HitRule(5)),
            EvaluatedAnswer.Of(Point((5, 5)), """<point x="5.0" y="5.0" alt="cats">cats</point>""", new HitRule(5)));
        Assert.Contains("88.9 % F1 (mean of questions 92.9 %)", report.Lines().Last(), StringComparison.Ordinal);
        Assert.Contains(
            "| Pointing within 5, mean F1 of a question | 92.9 % | 2 questions |", MissReport.Text(report),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluate_Report_ShowsEveryMiss()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(TestData.Samples, "scene-05.png"), folder.Combine("scene.png"));
        // Three flowers are there and found; the fourth is not.
        var scene = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(TestData.Samples, "truth.json"), Cancel))!
            .AsArray().First(picture => (string?)picture!["file"] == "scene-05.png")!.DeepClone();
        scene["file"] = "scene.png";
        var centres = scene["objects"]!["flowers"]!.AsArray();
        var boxes = new JsonArray([.. centres.Select(centre => (JsonNode)new JsonArray(
            [.. ((double[])[-10, -10, 10, 10]).Select((reach, i) => (JsonNode)((double)centre![i % 2]! + reach))]))]);
        var (x1, y1) = ((int)((double)centres[0]![0]! * 6.4), (int)((double)centres[0]![1]! * 6.4));
        centres.Add(new JsonArray(5, 5));
        boxes.Add(new JsonArray(1, 1, 9, 9));
        scene["objects"] = new JsonObject { ["flowers"] = centres.DeepClone() };
        scene["boxes"] = new JsonObject { ["flowers"] = boxes };
        await File.WriteAllTextAsync(folder.Combine("truth.json"), $"[{scene.ToJsonString()}]", Cancel);
        var report = folder.Combine("report");

        var output = await RunAsync("evaluate", folder.Path, "--report", report, "--within", "box");

        Assert.Contains("In boxes", output, StringComparison.Ordinal);
        var text = await File.ReadAllTextAsync(Path.Combine(report, "report.md"), Cancel);
        Assert.Contains("2 of 2 answers have something wrong", text, StringComparison.Ordinal);
        Assert.Contains("Pointing in boxes, recall", text, StringComparison.Ordinal);
        Assert.Contains("3 right, 0 wrong, 1 missing", text, StringComparison.Ordinal);
        Assert.Equal(["miss-001.png", "miss-002.png", "report.md"],
            Directory.EnumerateFiles(report).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        var drawn = Decode(await File.ReadAllBytesAsync(Path.Combine(report, "miss-002.png"), Cancel));
        Assert.Equal((640, 640), (drawn.Width, drawn.Height));
        // The missing one stands at 5 % of 640.
        Assert.Equal((0xFF, 0xB3, 0x00), At(drawn, 32 + MissPicture.Radius, 32));
        // One of the found ones, as near as the model points.
        Assert.Contains(
            from x in Enumerable.Range(-20, 41)
            from y in Enumerable.Range(-20, 41)
            select At(drawn, x1 + x, y1 + y), pixel => pixel == (0x1E, 0x9E, 0x4A));
    }

    [Theory]
    [InlineData("--distance", "0", "--distance")]
    [InlineData("--within", "mask", "--within is distance or box")]
    [InlineData("--within", "box", "knows no boxes")]
    [InlineData("--report", ".", "is not empty")]
    public async Task Evaluate_OptionThatCannotBe_IsOneSentence(string option, string value, string expected)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(
            folder.Combine("truth.json"), """[{"file": "a.png", "objects": {"dogs": [[1, 2]]}}]""", Cancel);
        using var error = new StringWriter();
        if (value == ".") value = folder.Path;

        Assert.Equal(1, await LabProgram.RunAsync(
            ["evaluate", folder.Path, option, value], TextWriter.Null, error));
        Assert.Contains(expected, Assert.Single(error.ToString().Trim().Split('\n')), StringComparison.Ordinal);
    }

    private static EvaluationReport ReportOf(params EvaluatedAnswer[] answers)
        => EvaluationReport.Of(answers, new HitRule(5),
            new EngineStamp("m", "r", "p", new EarlierWords("d"), "v", SamplingChoice.Greedy), 12);

    private static RgbImage Plain(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        Array.Fill(pixels, (byte)100);
        return new RgbImage(width, height, pixels);
    }

    private static RgbImage Decode(byte[] png) => ImageDecoder.Decode(png, DecoderLimits.Default, Cancel);

    private static (int, int, int) At(RgbImage image, int x, int y)
    {
        var at = ((y * image.Width) + x) * 3;
        return (image.Pixels[at], image.Pixels[at + 1], image.Pixels[at + 2]);
    }

    private static async Task<string> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal((0, ""), (await LabProgram.RunAsync(arguments, output, error), error.ToString()));
        return output.ToString();
    }
}
