using Molmo.Demo.Server.Commands;
using Molmo.Demo.Server.ModelHub;
using Molmo.Demo.Server.Tests.Chat;

namespace Molmo.Demo.Server.Tests.Commands;

public sealed class ProgressLinesTests
{
    [Fact]
    public void Report_ToATerminal_WritesOverOneLineAndEndsIt()
    {
        using var error = new StringWriter();
        var lines = new ProgressLines(error, isTerminal: true, new ManualTime());
        lines.Report(Progress(1_000_000_000, 500e6));
        lines.Report(Progress(2_000_000_000, 0));
        lines.End();
        lines.End();
        Assert.Equal("\r1.0 of 2.0 GB, 500 MB/s, about 2 seconds left\r" + "2.0 of 2.0 GB".PadRight(45) + Environment.NewLine, error.ToString());
    }

    [Fact]
    public void Report_ToAFile_WritesALineEveryFiveSecondsAndTheLast()
    {
        using var error = new StringWriter();
        var time = new ManualTime();
        var lines = new ProgressLines(error, isTerminal: false, time);
        time.Advance(TimeSpan.FromSeconds(1));
        for (var second = 0; second < 10; second++, time.Advance(TimeSpan.FromSeconds(1))) lines.Report(Progress(second * 100_000_000, 0));
        lines.Report(Progress(2_000_000_000, 0));
        lines.End();
        Assert.Equal(["0.0 of 2.0 GB", "0.5 of 2.0 GB", "2.0 of 2.0 GB"], error.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    private static FetchProgress Progress(long done, double rate) => new("m", done, 2_000_000_000, rate);
}
