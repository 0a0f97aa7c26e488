using Molmo.Demo.Lab;
using Molmo.Demo.Server.Commands;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Lab;

public sealed class MakeRandomCommandTests
{
    [Theory]
    [InlineData("--like", "Molmo-8B", "--like")]
    [InlineData("--layers", "0", "1 to 16")]
    [InlineData("--layers", "17", "1 to 16")]
    public async Task MakeRandom_OptionOutOfBounds_IsOneSentenceAndWritesNothing(
        string option, string value, string word)
    {
        using var folder = new TemporaryFolder();
        var target = folder.Combine("made");
        string[] arguments =
            option == "--like" ? ["--like", value] : ["--like", "allenai/MolmoE-1B-0924", option, value];
        Assert.Contains(
            word, await RefusalAsync(["make-random", .. arguments, "--out", target]), StringComparison.Ordinal);
        Assert.False(Directory.Exists(target));
    }

    [Fact]
    public async Task MakeRandom_FolderInUse_KeepsWhatIsThere()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.Combine("mine"), "mine", TestContext.Current.CancellationToken);
        Assert.Contains(
            "not empty",
            await RefusalAsync(["make-random", "--like", "MolmoE-1B-0924", "--layers", "1", "--out", folder.Path]),
            StringComparison.Ordinal);
        Assert.Equal(
            "mine", await File.ReadAllTextAsync(folder.Combine("mine"), TestContext.Current.CancellationToken));
        Assert.Contains(
            "cannot be made", await RefusalAsync(
                ["make-random", "--like", "MolmoE-1B-0924", "--layers", "1", "--out", folder.Combine("mine")]),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Shortage_TooLittleRoom_SaysBothSizesAndWhatToDo()
    {
        Assert.Null(DiskSpace.Shortage("The checkpoint", 1_000_000_000, 2_000_000_000, "made", "choose another disk"));
        Assert.Equal(
            "The checkpoint takes 28.9 GB, but only 28.9 GB are free for made. "
                + "Nothing was written; choose another disk.",
            DiskSpace.Shortage("The checkpoint", 28_900_000_000, 28_900_000_001, "made", "choose another disk"));
    }

    private static async Task<string> RefusalAsync(string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(1, await LabProgram.RunAsync(arguments, output, error));
        Assert.Equal("", output.ToString());
        return Assert.Single(error.ToString().Trim().Split('\n'));
    }
}
