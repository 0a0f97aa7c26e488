using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Molmo.Demo.Server.Tests.Commands;

/// <summary>The program's start, as a person at a terminal sees it.</summary>
[Slow]
public sealed class ProgramStartTests
{
    [Fact]
    public async Task Start_Defaults_SaysAddressModelDeviceAndData()
    {
        using var data = new TemporaryFolder();
        await using var program = new ProgramProcess("--urls", "http://127.0.0.1:0", "--data", data.Path);
        await program.UntilOutputAsync("Now listening on: http://127.0.0.1:");
        var output = await program.UntilOutputAsync("Data ");
        Assert.Contains("Address  http://127.0.0.1:", output, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1:0\n", output, StringComparison.Ordinal);
        Assert.Contains("Model    molmo-tiny", output, StringComparison.Ordinal);
        Assert.Contains("Device   CPU", output, StringComparison.Ordinal);
        Assert.Contains($"Data     {data.Path}", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("*")]
    public async Task Start_OnEveryAddress_NamesOneThatABrowserOpens(string host)
    {
        using var data = new TemporaryFolder();
        await using var program = new ProgramProcess("--urls", $"http://{host}:0", "--data", data.Path);
        await program.UntilOutputAsync("Now listening on: ");
        var output = await program.UntilOutputAsync("Data ");
        Assert.Matches("Address  http://localhost:[1-9][0-9]*, and by every name of this machine", output);
    }

    [Fact]
    public async Task Start_BusyPort_IsOneSentence()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        using var data = new TemporaryFolder();
        await AssertRefusedAsync(["--urls", address, "--data", data.Path], address, "in use");
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("http://127.0.0.1:99999")]
    public async Task Start_ImpossibleAddress_IsOneSentence(string address)
    {
        using var data = new TemporaryFolder();
        await AssertRefusedAsync(["--urls", address, "--data", data.Path], address);
    }

    [Fact]
    public async Task Start_DataFolderInUse_IsOneSentence()
    {
        using var data = new TemporaryFolder();
        await using var first = new ProgramProcess("--urls", "http://127.0.0.1:0", "--data", data.Path);
        await first.UntilOutputAsync("Now listening");
        await AssertRefusedAsync(["--urls", "http://127.0.0.1:0", "--data", data.Path], data.Path, "in use");
    }

    [Fact]
    public async Task Start_NoSuchModel_IsOneSentence()
    {
        using var data = new TemporaryFolder();
        await AssertRefusedAsync(
            ["--model", data.Combine("none"), "--data", data.Path], data.Combine("none"), "does not exist");
    }

    [Fact]
    public async Task Start_EmptyModelFolder_IsOneSentence()
    {
        using var data = new TemporaryFolder();
        using var model = new TemporaryFolder();
        await AssertRefusedAsync(["--model", model.Path, "--data", data.Path], model.Path);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("preprocessor_config.json")]
    [InlineData("tokenizer.json")]
    [InlineData("model.safetensors")]
    public async Task Start_BrokenCheckpoint_NamesTheFile(string file)
    {
        using var data = new TemporaryFolder();
        using var model = new TemporaryFolder().Fill(TestData.TinyModel);
        var whole = await File.ReadAllBytesAsync(model.Combine(file), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(
            model.Combine(file), whole[..(whole.Length / 2)], TestContext.Current.CancellationToken);
        await AssertRefusedAsync(["--model", model.Path, "--data", data.Path], file);
    }

    [Fact]
    public async Task Start_OptionOutOfRange_IsOneSentence()
    {
        using var data = new TemporaryFolder();
        await AssertRefusedAsync(["--Molmo:MaxSequences", "0", "--data", data.Path], "MaxSequences");
    }

    [Fact]
    public async Task Start_CulturesSwitchedOff_IsOneSentence()
    {
        await using var program = new ProgramProcess([new("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1")], []);
        AssertRefused(await program.EndAsync(), program.Error, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT");
    }

    [Fact]
    public async Task Start_WithoutIcu_IsOneSentence()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && Environment.UserName == "root", "ICU is hidden by a mount, which takes root.");
        var start = new ProcessStartInfo("unshare", ["--mount", "bash", "-c",
            "for library in /usr/lib/*/libicuuc.so*; do mount --bind /dev/null $library || exit 3; done; exec \"$0\"",
            Path.Combine(AppContext.BaseDirectory, "Molmo.Demo.Server")])
        {
            RedirectStandardError = true,
        };
        using var program = Process.Start(start)!;
        var error = await program.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);
        AssertRefused(program.ExitCode, error, "needs ICU", "libicu");
    }

    [Fact]
    public async Task Help_OnAGermanMachine_IsEnglish()
    {
        await using var program = new ProgramProcess(
            [new("LC_ALL", "de_DE.UTF-8"), new("LANG", "de_DE.UTF-8")], ["fetch", "--help"]);
        Assert.Equal(0, await program.EndAsync());
        Assert.Contains("Usage:", program.Output, StringComparison.Ordinal);
    }

    private static async Task AssertRefusedAsync(string[] arguments, params string[] words)
    {
        var (exitCode, _, error) = await ProgramProcess.RunAsync(arguments);
        AssertRefused(exitCode, error, words);
    }

    private static void AssertRefused(int exitCode, string error, params string[] words)
    {
        Assert.Equal(1, exitCode);
        Assert.Single(error.Trim().Split('\n'));
        Assert.All(words, word => Assert.Contains(word, error, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", error, StringComparison.Ordinal);
    }
}
