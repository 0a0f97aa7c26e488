using System.CommandLine;
using Molmo.Demo.Client.Chat;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.ModelHub;

namespace Molmo.Demo.Server.Commands;

/// <summary>How far a long command is, on the terminal.</summary>
/// <param name="line">Where it is said.</param>
/// <param name="doing">What is done with the model, such as <c>Converting</c>.</param>
internal sealed class LineReport(ProgressLine line, string doing) : IProgress<FetchProgress>
{
    public const string Fetching = "Fetching";

    /// <summary>Where commands say it.</summary>
    public static ProgressLine Line(ParseResult arguments)
        => ProgressLine.On(arguments.InvocationConfiguration.Error, TimeSpan.FromSeconds(5));

    public void Report(FetchProgress value)
    {
        var progress = value.ToModelProgress();
        line.Say($"{doing} {progress.Model}: {ModelWords.Percent(progress)}, {ModelWords.Detail(progress)}",
            isLast: value.DoneBytes >= value.TotalBytes);
    }
}
