using Molmo.Demo.Server.Commands;
using Molmo.Demo.Server.Commands.Bench;

namespace Molmo.Demo.Server.Tests.Commands.Bench;

public sealed class LimitsFileTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Write_ThenRead_IsTheSame()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Combine("limits.json");
        await KnownLimits.File.WriteAsync(file, Token);

        Assert.Equal(KnownLimits.File, await LimitsFile.ReadAsync(file, Token));
        var text = await File.ReadAllTextAsync(file, Token);
        Assert.All(
            ["\"processor\"", "\"vectorBits\"", "\"runtime\"", "\"date\"", "\"float32Gflops\"", "\"int8Gops\"",
            "\"int4Gops\"", "\"readGigabytesPerSecond\"", "\"oneThread\"", "\"allThreads\"", "\"best\"", "\"median\"",
            "\"othersShare\""],
            name => Assert.Contains(name, text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "no such JSON")]
    [InlineData("no limits", "no such JSON")]
    [InlineData("[1, 2]", "no such JSON")]
    [InlineData("{}", "lacks limits")]
    [InlineData("null", "lacks limits")]
    [InlineData("""{"machine": {}, "limits": {"float32Gflops": {"oneThread": {"best": 1}}}}""", "lacks limits")]
    [InlineData("""{"machine": {}, "limits": {"float32Gflops": 3}}""", "no such JSON")]
    public async Task Read_SomethingElse_SaysWhatToDo(string text, string word)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Combine("limits.json");
        await File.WriteAllTextAsync(file, text, Token);

        var refusal = await Assert.ThrowsAsync<CommandException>(() => LimitsFile.ReadAsync(file, Token));

        Assert.Contains(word, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(file, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--measure-limits", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_LimitOfNothing_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Combine("limits.json");
        var limits = KnownLimits.File.Limits;
        var none = limits.Int4Gops with { AllThreads = limits.Int4Gops.AllThreads with { Best = 0 } };
        await (KnownLimits.File with { Limits = limits with { Int4Gops = none } }).WriteAsync(file, Token);

        await Assert.ThrowsAsync<CommandException>(() => LimitsFile.ReadAsync(file, Token));
    }

    [Fact]
    public async Task Read_NoFile_SaysSo()
    {
        var refusal = await Assert.ThrowsAsync<CommandException>(() => LimitsFile.ReadAsync("none.json", Token));
        Assert.StartsWith("There is no file none.json.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NoteFor_AnotherMachine_NamesBoth()
    {
        var here = KnownLimits.File.Machine;
        Assert.Null(KnownLimits.File.NoteFor(here with { Threads = 1, Runtime = ".NET 11" }));
        var note = KnownLimits.File.NoteFor(here with { Processor = "Another" })!;
        Assert.Contains("Another", note, StringComparison.Ordinal);
        Assert.Contains(here.Processor, note, StringComparison.Ordinal);
        Assert.Contains("16 cores", KnownLimits.File.NoteFor(here with { Cores = 4 })!, StringComparison.Ordinal);
        Assert.Contains("256", KnownLimits.File.NoteFor(here with { VectorBits = 256 })!, StringComparison.Ordinal);
    }
}
