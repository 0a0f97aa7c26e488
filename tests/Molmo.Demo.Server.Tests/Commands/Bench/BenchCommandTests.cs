using System.CommandLine;
using Molmo.Demo.Inference.Limits;
using Molmo.Demo.Server.Commands;
using Molmo.Demo.Server.Commands.Bench;

namespace Molmo.Demo.Server.Tests.Commands.Bench;

public sealed class BenchCommandTests
{
    private static readonly string Picture = Path.Combine(TestData.Samples, "scene-02.jpg");

    [Fact]
    public async Task Bench_Picture_IsJsonWithMedians()
    {
        var (code, output, error) = await RunAsync("bench", "--image", Picture, "--runs", "3", "--json");
        Assert.Equal((0, ""), (code, error));
        using var json = JsonDocument.Parse(output);
        var root = json.RootElement;
        Assert.InRange(root.GetProperty("machine").GetProperty("vectorBits").GetInt32(), 64, 512);
        Assert.Equal(Environment.ProcessorCount, root.GetProperty("machine").GetProperty("threads").GetInt32());
        Assert.NotEqual("", root.GetProperty("machine").GetProperty("processor").GetString());
        Assert.Equal(3, root.GetProperty("runs").GetArrayLength());
        Assert.Equal(800, root.GetProperty("image").GetProperty("width").GetInt32());
        Assert.True(root.TryGetProperty("othersShare", out _));
        Assert.False(root.TryGetProperty("shares", out _));
        foreach (var figure in root.GetProperty("median").EnumerateObject())
        {
            double[] all = [.. root.GetProperty("runs")
                .EnumerateArray().Select(r => r.GetProperty(figure.Name).GetDouble()).Order()];
            Assert.Equal(all[1], figure.Value.GetDouble());
            Assert.True(figure.Name is "encodeMs" or "encodeCropMs" || all[0] > 0, figure.Name);
        }
    }

    [Fact]
    public async Task Bench_Json_KeepsTheNamesThatProgramsRead()
    {
        var (_, output, _) = await RunAsync("bench", "--runs", "1", "--json");
        using var json = JsonDocument.Parse(output);

        Assert.Equal(
            ["machine", "stamp", "image", "loadMs", "warmUpMs", "othersShare", "median", "runs"],
            json.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.Equal(
            ["decodeImageMs", "preprocessMs", "prefillMs", "textPrefillMs", "encodeMs", "encodeCropMs", "firstTokenMs",
            "secondFirstTokenMs", "prefillTokensPerSecond", "tokensPerSecond", "aloneTokensPerSecond",
            "batchTokensPerSecond", "batchScaling"],
            json.RootElement.GetProperty("median").EnumerateObject().Select(p => p.Name));
        var image = json.RootElement.GetProperty("image");
        Assert.Equal(JsonValueKind.Null, image.GetProperty("file").ValueKind);
        Assert.Equal(64, image.GetProperty("answerTokens").GetInt32());
    }

    [Fact]
    public async Task Bench_MeasuredLimits_GiveSharesInJsonAndTable()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Combine("limits.json");
        var (code, output, error) = await RunAsync("bench", "--measure-limits", file);
        Assert.Equal((0, ""), (code, output));
        Assert.Contains("int4, GOPS", error, StringComparison.Ordinal);

        (code, output, error) = await RunAsync("bench", "--runs", "1", "--limits", file);
        Assert.Equal(0, code);
        using var json = JsonDocument.Parse(output);
        var shares = json.RootElement.GetProperty("shares");
        Assert.Equal(JsonValueKind.Null, shares.GetProperty("note").ValueKind);
        Assert.Equal("float32", shares.GetProperty("prefill").GetProperty("arithmetic").GetString());
        Assert.True(shares.GetProperty("decode").GetProperty("share").GetDouble() > 0);
        Assert.All(
            ["decode picture", "preprocess", "encode a crop", "prefill", "decode 8 answers", "8 answers against 1",
            "first token, 2nd question"],
            stage => Assert.Contains(stage, error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bench_MeasureLimitsToAFolder_SaysThatItCannotWrite()
    {
        using var folder = new TemporaryFolder();
        var (code, output, error) = await RunAsync("bench", "--measure-limits", folder.Path);
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("cannot be written", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bench_Compare_TellsMediansOfEachInTurn()
    {
        using var folder = new TemporaryFolder();
        string[] files = [.. Enumerable.Range(0, 4).Select(i => folder.Combine($"{i}.json"))];
        foreach (var (i, rate) in ((double[])[10, 20, 12, 26]).Index())
            await File.WriteAllTextAsync(
                files[i], $$"""{"othersShare": 0.{{i}}, "runs": [{"tokensPerSecond": {{rate}}}]}""",
                TestContext.Current.CancellationToken);

        var (code, output, error) = await RunAsync(["bench", "--compare", .. files]);

        Assert.Equal((0, ""), (code, error));
        var row = output.Split('\n').Single(line => line.StartsWith("tokensPerSecond", StringComparison.Ordinal));
        Assert.Equal(
            ["tokensPerSecond", "11.00", "23.00", "2.09"], row.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("10 %, 30 %", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bench_CompareWithWhatIsNoResult_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Combine("a.json");
        foreach (var text in (string[])["", "[]", "{}", """{"runs": []}""", """{"runs": [{"a": "b"}]}"""])
        {
            await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
            var (code, output, error) = await RunAsync("bench", "--compare", file, file);
            Assert.Equal((1, ""), (code, output));
            Assert.Equal($"The file {file} is not what bench prints.", error.Trim());
        }
    }

    /// <summary>Limits are measured briefly: what they are does not matter here.</summary>
    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var root = new RootCommand { new BenchCommand(LimitPlan.Brief) };
        var code = await CommandRun.GuardAsync(() => CommandRun.InvokeAsync(root, arguments, output, error), error);
        return (code, output.ToString(), error.ToString());
    }
}
