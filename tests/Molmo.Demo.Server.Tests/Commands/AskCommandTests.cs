using Molmo.Demo.Server.Commands;

namespace Molmo.Demo.Server.Tests.Commands;

public sealed class AskCommandTests
{
    /// <summary>
    /// Of each picture the first answer that hangs on no rounding, by the margin the golden file names, and the first
    /// one without points. All answers are held to the golden file beside the model.
    /// </summary>
    public static TheoryData<string, string, string> Golden
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(TestData.TinyModel, "golden.json")));
            var certain = json.RootElement.GetProperty("answers")
                .EnumerateArray().Where(a => a.GetProperty("min_margin").GetDouble() > 0.001).ToArray();
            foreach (var answer in certain.DistinctBy(a => Text(a, "file"))
                .Append(certain.First(a => !Text(a, "text").Contains('<', StringComparison.Ordinal))))
                data.Add(Text(answer, "file"), Text(answer, "question"), Text(answer, "text"));
            return data;
        }
    }

    private static string Text(JsonElement answer, string field) => answer.GetProperty(field).GetString()!;

    [Theory]
    [MemberData(nameof(Golden))]
    public async Task Ask_Json_IsTheGoldenAnswerWithItsPoints(string file, string question, string text)
    {
        var (output, _) = await RunAsync("ask", "--image", Path.Combine(TestData.Samples, file), question, "--json");
        using var json = JsonDocument.Parse(output);
        var root = json.RootElement;
        Assert.Equal(text, root.GetProperty("text").GetString());
        Assert.Equal("Finished", root.GetProperty("reason").GetString());
        Assert.Equal("molmo-tiny", root.GetProperty("stamp").GetProperty("model").GetString());
        Assert.DoesNotContain('<', root.GetProperty("cleanText").GetString()!);

        var expected = PointMarkupParser.Parse(text).OfType<PointSegment>().SelectMany(s => s.Points).ToArray();
        var points = root.GetProperty("points").EnumerateArray().ToArray();
        Assert.Equal(expected.Select(p => (p.X, p.Y)),
            points.Select(p => (p.GetProperty("x").GetDouble(), p.GetProperty("y").GetDouble())));
        var width = root.GetProperty("image").GetProperty("width").GetInt32();
        Assert.All(points,
            p => Assert.Equal(p.GetProperty("x").GetDouble() * width / 100, p.GetProperty("pixelX").GetDouble(), 0.01));
        var timings = root.GetProperty("timings");
        Assert.InRange(timings.GetProperty("firstTokenMs").GetDouble(), timings.GetProperty("preprocessMs").GetDouble(),
            timings.GetProperty("totalMs").GetDouble());
    }

    [Theory]
    [InlineData("auto", "float32")]
    [InlineData("float32", "float32")]
    [InlineData("bfloat16", "bfloat16")]
    [InlineData("Int8", "int8")]
    [InlineData("int4", "int4")]
    public async Task Ask_Weights_AreInTheStampAndGiveTheSameTextAgain(string weights, string precision)
    {
        string[] arguments = ["ask", "--image", Path.Combine(TestData.Samples, "scene-01.png"), "How many?",
            "--weights", weights, "--json", "--temperature", "1", "--seed", "7"];
        var texts = new List<string?>();
        for (var i = 0; i < 2; i++)
        {
            var (output, _) = await RunAsync(arguments);
            using var json = JsonDocument.Parse(output);
            Assert.Equal(precision, json.RootElement.GetProperty("stamp").GetProperty("precision").GetString());
            texts.Add(json.RootElement.GetProperty("text").GetString());
        }

        Assert.Equal(texts[0], texts[1]);
    }

    [Fact]
    public async Task Ask_Plain_PrintsCleanTextAndTheTable()
    {
        var (output, error) = await RunAsync(
            "ask", "--image", Path.Combine(TestData.Samples, "scene-01.png"), "How many yellow squares are there?");
        var lines = output.TrimEnd().Split('\n');
        Assert.Equal("Counting the yellow squares shows a total of 4.", lines[0].TrimEnd());
        Assert.Equal(4, lines.Count(l => l.EndsWith("yellow squares", StringComparison.Ordinal)));
        // The picture is 800 pixels square.
        var row = lines[2].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..5]
            .Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(row[0] * 8, row[2], 0.6);
        Assert.Equal(row[1] * 8, row[3], 0.6);
        Assert.Contains("molmo-tiny", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ask_SameSeed_IsTheSameAnswer()
    {
        string[] arguments = ["ask", "--image", Path.Combine(TestData.Samples, "scene-05.png"), "Point to the flowers.",
            "--temperature", "1.5", "--top-k", "50", "--max-tokens", "60", "--json"];
        var first = await AnswerAsync("7");
        Assert.Equal(first, await AnswerAsync("7"));
        string[] others = [await AnswerAsync("8"), await AnswerAsync("9"), await AnswerAsync("10")];
        Assert.Contains(others, other => other != first);

        async Task<string> AnswerAsync(string seed)
        {
            using var json = JsonDocument.Parse((await RunAsync([.. arguments, "--seed", seed])).Output);
            Assert.Equal(long.Parse(seed, System.Globalization.CultureInfo.InvariantCulture),
                json.RootElement.GetProperty("stamp").GetProperty("sampling").GetProperty("seed").GetInt64());
            return json.RootElement.GetProperty("text").GetString()!;
        }
    }

    [Fact]
    public async Task Ask_StyleAndCrops_AreInTheStampWithTheWarning()
    {
        string[] arguments = ["ask", "--image", Path.Combine(TestData.Samples, "scene-01.png"), "How many?", "--style",
            "long_caption_83", "--max-crops", "36", "--max-tokens", "5"];
        var (output, _) = await RunAsync([.. arguments, "--json"]);
        using var json = JsonDocument.Parse(output);
        var stamp = json.RootElement.GetProperty("stamp");
        Assert.Equal(("long_caption_83", 36),
            (stamp.GetProperty("style").GetString(), stamp.GetProperty("maxCrops").GetInt32()));
        Assert.Equal(json.RootElement.GetProperty("sent").GetProperty("crops").GetInt32(),
            stamp.GetProperty("crops").GetInt32());
        Assert.InRange(stamp.GetProperty("crops").GetInt32(), 14, 37);
        Assert.Equal("ManyCrops", json.RootElement.GetProperty("notes")[0].GetProperty("code").GetString());
        Assert.Contains("pointing and counting get worse", (await RunAsync(arguments)).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--style", "ignore the photo")]
    [InlineData("--style", "vqa2:")]
    [InlineData("--max-crops", "0")]
    [InlineData("--max-crops", "37")]
    public async Task Ask_StyleOrCropsThatNoModelKnows_IsOneSentence(string option, string value)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(1, await CommandLine.RunAsync(["ask", "How many?", option, value], output, error));
        Assert.Single(error.ToString().Trim().Split('\n'));
    }

    [Fact]
    public async Task Ask_MaxTokens_CutsByLength()
    {
        var (output, _) = await RunAsync("ask", "--image", Path.Combine(TestData.Samples, "scene-01.png"),
            "Point to the yellow squares.", "--max-tokens", "5", "--json");
        using var json = JsonDocument.Parse(output);
        Assert.Equal(5, json.RootElement.GetProperty("usage").GetProperty("answerTokens").GetInt32());
        Assert.Equal("Length", json.RootElement.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Ask_WithoutPicture_Answers()
    {
        var (output, _) = await RunAsync("ask", "How many dogs are there?", "--max-tokens", "5", "--json");
        using var json = JsonDocument.Parse(output);
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("image").ValueKind);
    }

    [Fact]
    public async Task Ask_QuestionLongerThanTheModel_IsOneSentence()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(1, await CommandLine.RunAsync(
            ["ask", string.Join(' ', Enumerable.Repeat("dogs 1 2 3", 2000))], output, error));
        Assert.Contains("characters", error.ToString(), StringComparison.Ordinal);
        Assert.Single(error.ToString().Trim().Split('\n'));
    }

    private static async Task<(string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal((0, ""), (await CommandLine.RunAsync(arguments, output, error),
            arguments.Contains("--json") ? error.ToString() : ""));
        return (output.ToString(), error.ToString());
    }
}
