using Molmo.Demo.Lab;
using Molmo.Demo.Lab.Data;
using Molmo.Demo.Server.Tests.Commands;
using Known = Molmo.Demo.Lab.Data.Generators.Generators;

namespace Molmo.Demo.Server.Tests.Lab;

public sealed class MakeDrawnCommandTests
{
    [Theory]
    [InlineData("charts")]
    [InlineData("text")]
    public async Task MakeDrawn_NewFolder_HoldsWhatTheGeneratorMakes(string kind)
    {
        using var folder = new TemporaryFolder();
        var target = folder.Combine("made");
        using var output = new StringWriter();
        using var error = new StringWriter();

        var code = await LabProgram.RunAsync(
            ["make", "drawn", kind, "--count", "3", "--seed", "9", "--out", target], output, error);

        Assert.Equal("", error.ToString());
        Assert.Equal(0, code);
        Assert.Contains("Wrote 3 examples", output.ToString(), StringComparison.Ordinal);
        var (made, source) = (ExampleFolder.Open(target), Known.ByName(kind, 9));
        Assert.Equal(3, made.Count);
        for (var i = 0; i < 3; i++)
        {
            var (read, drawn) = (made.Read(i), source.Read(i));
            Assert.Equal(drawn.Annotations, read.Annotations);
            Assert.Equal(drawn.Picture?.Pixels, read.Picture?.Pixels);
        }
    }

    [Theory]
    [InlineData("sonnets", "5", "charts")]
    [InlineData("charts", "0", "--count")]
    public async Task MakeDrawn_WrongArguments_IsOneSentenceAndWritesNothing(string kind, string count, string word)
    {
        using var folder = new TemporaryFolder();
        using var output = new StringWriter();
        using var error = new StringWriter();

        Assert.Equal(1, await LabProgram.RunAsync(
            ["make", "drawn", kind, "--count", count, "--out", folder.Combine("made")], output, error));

        Assert.Contains(word, Assert.Single(error.ToString().Trim().Split('\n')), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.Combine("made")));
    }
}
