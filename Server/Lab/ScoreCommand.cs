using System.CommandLine;
using Molmo.Demo.Lab.Scoring;

namespace Molmo.Demo.Lab;

/// <summary><c>score METRIC FILE</c>: scores answers that were kept, as the published evaluation does.</summary>
internal sealed class ScoreCommand : Command
{
    private readonly Argument<string> _metric =
        new("metric") { Description = $"One of {string.Join(", ", Metric.Names)}." };
    private readonly Argument<string> _file = new("file")
    {
        Description = "JSON lines, each with a prediction and what is true (Server/Lab/Scoring/README.md)."
    };

    public ScoreCommand()
        : base("score", "Score kept answers as the published evaluation does.")
    {
        Add(_metric);
        Add(_file);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var metric = arguments.GetRequiredValue(_metric);
        if (!Metric.Names.Contains(metric))
            throw new CommandException($"There is no metric {metric}; there are {string.Join(", ", Metric.Names)}.");
        var file = arguments.GetRequiredValue(_file);
        if (!File.Exists(file)) throw new CommandException($"There is no file {file}.");
        var scores = new List<(string Name, double Value)>();
        var number = 0;
        await foreach (var line in File.ReadLinesAsync(file, cancellationToken))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                scores.AddRange(Metric.Score(metric, PredictionRow.Parse(line)));
            }
            catch (FormatException e)
            {
                throw new CommandException($"Line {number} of {file} cannot be scored. {e.Message}", e);
            }
        }
        if (scores.Count == 0) throw new CommandException($"The file {file} has no line to score.");
        var means = Metric.Mean(scores)
            .ToDictionary(score => score.Key, score => new { mean = score.Value.Mean, count = score.Value.Count });
        await arguments.InvocationConfiguration.Output.WriteLineAsync(
            CommandJson.Write(new { metric, scores = means }));
        return 0;
    }
}
