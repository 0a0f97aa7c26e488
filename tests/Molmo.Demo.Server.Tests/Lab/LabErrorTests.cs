using Molmo.Demo.Lab;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Lab;

public sealed class LabErrorTests
{
    public static TheoryData<string[], string> Mistakes => new()
    {
        { [], "command" },
        { ["serve"], "serve" },
        { ["evaluate"], "evaluate" },
        { ["evaluate", "none"], "none" },
        { ["evaluate", TestData.TinyModel], "truth.json" },
        { ["evaluate", TestData.Samples, "--limit", "0"], "--limit" },
        { ["evaluate", TestData.Samples, "--every", "0"], "--every" },
        { ["evaluate", TestData.Samples, "--weights", "int3"], "int3" },
        { ["make-random"], "--like" },
        { ["rate"], "--data" },
        { ["rate", "none.jsonl"], "none.jsonl" },
        { ["rate", "--data", TestData.Samples], "no database" },
        { ["rate", "none.jsonl", "--prior", "0"], "--prior" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Run_Mistake_IsOneSentenceAndOne(string[] arguments, string word)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(1, await LabProgram.RunAsync(arguments, output, error));
        Assert.Equal("", output.ToString());
        Assert.Single(error.ToString().Trim().Split('\n'));
        Assert.Contains(word, error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("evaluate", "-h")]
    [InlineData("make-random", "--help")]
    [InlineData("--version")]
    public async Task Run_Help_IsOnStandardOutput(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(0, await LabProgram.RunAsync(arguments, output, error));
        Assert.NotEqual("", output.ToString().Trim());
        Assert.Equal("", error.ToString());
    }

    [Fact]
    public async Task Program_OnAGermanMachine_FindsTheModelAndWritesEnglish()
    {
        await using var program = new ProgramProcess(
            [new("LC_ALL", "de_DE.UTF-8"), new("LANG", "de_DE.UTF-8")],
            ["evaluate", TestData.Samples, "--limit", "1"], "Molmo.Demo.Lab");
        Assert.Equal((0, ""), (await program.EndAsync(), program.Error));
        Assert.StartsWith("molmo-tiny ", program.Output, StringComparison.Ordinal);
        Assert.Contains("Counting", program.Output, StringComparison.Ordinal);
    }
}
