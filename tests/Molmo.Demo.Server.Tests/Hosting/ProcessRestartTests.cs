using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using Molmo.Demo.Server.Hosting;

namespace Molmo.Demo.Server.Tests.Hosting;

public sealed class ProcessRestartTests
{
    /// <summary>Makes this very program one that has lost its device, instead of one that runs tests.</summary>
    private const string Trial = "MOLMO_TEST_RESTART";

    private const int GaveUp = 41;

    [Theory]
    [InlineData(null, true, 1)]
    [InlineData("0", true, 1)]
    [InlineData("1", true, 2)]
    [InlineData("2", true, null)]
    [InlineData("2", false, 0)]
    [InlineData(null, false, 0)]
    [InlineData("nonsense", true, 1)]
    public void NextLosses_AfterALoss_CountsThoseSoonAfterTheStart(string? before, bool isSoon, int? expected)
        => Assert.Equal(expected, ProcessRestart.NextLosses(before, isSoon));

    [Fact]
    public async Task Begin_InAProcess_ReplacesItByItselfUntilItIsGivenUp()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A process replaces itself on Linux only.");
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["first argument", "", "third: \u00e4"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[Trial] = "a value = kept";
        start.Environment.Remove(ProcessRestart.Losses);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        // Three times in a row soon after the start: begun twice again, each time the same process with the same arguments.
        var line = string.Create(CultureInfo.InvariantCulture, $"{process.Id}|a value = kept|first argument,,third: \u00e4|");
        Assert.Equal([line, $"{line}1", $"{line}2"], output.TrimEnd().Split('\n')[..3]);
        Assert.Contains("lost 3 times in a row", output, StringComparison.Ordinal);
        Assert.Equal("", await error);
        Assert.Equal(GaveUp, process.ExitCode);
    }

    /// <summary>Runs before anything of this program: the tests' own runner never sees such a start.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255:The 'ModuleInitializer' attribute should not be used in libraries", Justification = "This is a program.")]
    internal static void LoseTheDevice()
    {
        if (Environment.GetEnvironmentVariable(Trial) is not { } kept) return;
        var arguments = string.Join(',', Environment.GetCommandLineArgs()[1..]);
        Console.WriteLine($"{Environment.ProcessId}|{kept}|{arguments}|{Environment.GetEnvironmentVariable(ProcessRestart.Losses)}");
        Console.WriteLine(ProcessRestart.Begin(isSoon: true));
        Environment.Exit(GaveUp);
    }
}
