using Molmo.Demo.Server.Commands;

namespace Molmo.Demo.Server.Tests.Commands;

public sealed class CommandErrorTests
{
    private static readonly string Picture =
        Directory.EnumerateFiles(TestData.Samples, "*.png").Order(StringComparer.Ordinal).First();

    public static TheoryData<string[], string> Mistakes => new()
    {
        { ["paint"], "paint" },
        { ["ask"], "ask" },
        { ["ask", "--image", "none.png", "What?"], "none.png" },
        { ["ask", "--image", Path.Combine(TestData.Samples, "truth.json"), "What?"], "truth.json" },
        { ["ask", "--image", TestData.Samples, "What?"], TestData.Samples },
        { ["ask", "--image", Picture, "  "], "empty" },
        { ["ask", "--image", Picture, "What?", "--temperature", "3"], "--temperature" },
        { ["ask", "--image", Picture, "What?", "--temperature", "NaN"], "--temperature" },
        { ["ask", "--image", Picture, "What?", "--top-p", "0"], "--top-p" },
        { ["ask", "--image", Picture, "What?", "--top-k", "-1"], "--top-k" },
        { ["ask", "--image", Picture, "What?", "--max-tokens", "0"], "--max-tokens" },
        { ["ask", "--image", Picture, "What?", "--max-tokens", "many"], "--max-tokens" },
        { ["ask", "--image", Picture, "What?", "--model", "none"], "none" },
        { ["ask", "--image", Picture, "What?", "--weights", "int3"], "int3" },
        { ["bench", "--runs", "0"], "--runs" },
        { ["bench", "--image", "none.png"], "none.png" },
        { ["bench", "--limits", "none.json"], "none.json" },
        { ["bench", "--limits", Path.Combine(TestData.Samples, "truth.json")], "truth.json" },
        { ["bench", "--measure-limits"], "--measure-limits" },
        { ["bench", "--compare", "none.json"], "--compare" },
        { ["bench", "--compare", "none.json", "none.json"], "none.json" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Run_Mistake_IsOneSentenceAndOne(string[] arguments, string word)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(1, await CommandLine.RunAsync(arguments, output, error));
        Assert.Equal("", output.ToString());
        Assert.Single(error.ToString().Trim().Split('\n'));
        Assert.Contains(word, error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("serve", "--help")]
    [InlineData("ask", "--help")]
    [InlineData("fetch", "-h")]
    [InlineData("bench", "--help")]
    [InlineData("--version")]
    public async Task Run_Help_IsOnStandardOutput(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(0, await CommandLine.RunAsync(arguments, output, error));
        Assert.NotEqual("", output.ToString().Trim());
        Assert.Equal("", error.ToString());
    }

    [Fact]
    public async Task Program_Mistake_EndsWithOne()
    {
        var (exitCode, output, error) = await ProgramProcess.RunAsync("ask", "--image", "none.png", "What?");
        Assert.Equal((1, ""), (exitCode, output));
        Assert.Equal("There is no file none.png.", error.Trim());
    }
}
