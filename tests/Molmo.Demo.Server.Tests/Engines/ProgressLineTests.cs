using Microsoft.Extensions.Time.Testing;
using Molmo.Demo.Server.Engines;

namespace Molmo.Demo.Server.Tests.Engines;

public sealed class ProgressLineTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Say_OnATerminal_WritesOverOneLineAndLeavesTheLastStanding()
    {
        using var output = new StringWriter { NewLine = "\n" };
        var line = new ProgressLine(output, width: 20, TimeSpan.FromSeconds(10), _time);

        line.Say("9 %, a longer text");
        line.Say("10 %");
        line.Say("a text that does not fit into the line");
        line.End();

        Assert.Equal("9 %, a longer text\r10 %              \ra text that does no\r\n", output.ToString());
    }

    [Fact]
    public void Say_ElsewhereThanOnATerminal_WritesALineNowAndThenAndTheLast()
    {
        using var output = new StringWriter { NewLine = "\n" };
        var line = new ProgressLine(output, width: 0, TimeSpan.FromSeconds(10), _time);

        line.Say("1 %");
        _time.Advance(TimeSpan.FromSeconds(9));
        line.Say("2 %");
        _time.Advance(TimeSpan.FromSeconds(1));
        line.Say("3 %");
        line.Say("4 %");
        line.Say("100 %", isLast: true);

        Assert.Equal("1 %\n3 %\n100 %\n", output.ToString());
    }
}
