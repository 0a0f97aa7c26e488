using System.CommandLine;
using Molmo.Demo.Lab.Judging;
using Molmo.Demo.Lab.Scoring;

namespace Molmo.Demo.Lab;

/// <summary>
/// <c>score METRIC FILE</c>: scores answers that were kept, as the published evaluation does; captions by a judge.
/// </summary>
internal sealed class ScoreCommand : Command
{
    private static readonly string[] Names = [.. Metric.Names, CaptionScore.Metric];

    private readonly Argument<string> _metric = new("metric") { Description = $"One of {string.Join(", ", Names)}." };
    private readonly Argument<string> _file = new("file")
    {
        Description = "JSON lines, each with a prediction and what is true (Server/Lab/Scoring/README.md)."
    };
    private readonly JudgeOptions _judge = new();

    public ScoreCommand()
        : base("score", "Score kept answers as the published evaluation does.")
    {
        Add(_metric);
        Add(_file);
        foreach (var option in _judge.All) Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var metric = arguments.GetRequiredValue(_metric);
        if (!Names.Contains(metric))
            throw new CommandException($"There is no metric {metric}; there are {string.Join(", ", Names)}.");
        var isJudged = metric == CaptionScore.Metric;
        if (!isJudged && _judge.AreGiven(arguments))
            throw new CommandException($"--judge and its like go with {CaptionScore.Metric}; leave them away.");
        var file = arguments.GetRequiredValue(_file);
        if (!File.Exists(file)) throw new CommandException($"There is no file {file}.");
        var unjudged = 0;
        var scores = isJudged
            ? await _judge.UseAsync(arguments, JudgeAsync, cancellationToken)
            : await ScoreAsync(file, (row, _) => Task.FromResult(Metric.Score(metric, row)), cancellationToken);
        if (scores.Count == 0)
            throw new CommandException(unjudged > 0
                ? $"The judge's replies to all lines of {file} could not be read. Take another judge."
                : $"The file {file} has no line to score.");
        var means = Metric.Mean(scores)
            .ToDictionary(score => score.Key, score => new { mean = score.Value.Mean, count = score.Value.Count });
        await arguments.InvocationConfiguration.Output.WriteLineAsync(isJudged
            ? CommandJson.Write(new { metric, scores = means, unjudged })
            : CommandJson.Write(new { metric, scores = means }));
        return 0;

        Task<List<(string Name, double Value)>> JudgeAsync(IJudge judge)
        {
            return ScoreAsync(file, async (row, number) =>
            {
                try
                {
                    return (await CaptionScore.JudgeAsync(row, judge, cancellationToken)).Values;
                }
                catch (UnjudgedException e)
                {
                    unjudged++;
                    await arguments.InvocationConfiguration.Error.WriteLineAsync(string.Create(
                        CultureInfo.InvariantCulture, $"Line {number} of {file} is unjudged: {e.Message}."));
                    return [];
                }
            }, cancellationToken);
        }
    }

    private static async Task<List<(string Name, double Value)>> ScoreAsync(
        string file, Func<PredictionRow, int, Task<IEnumerable<(string Name, double Value)>>> score,
        CancellationToken cancellationToken)
    {
        var scores = new List<(string Name, double Value)>();
        var number = 0;
        await foreach (var line in File.ReadLinesAsync(file, cancellationToken))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                scores.AddRange(await score(PredictionRow.Parse(line), number));
            }
            catch (FormatException e)
            {
                throw new CommandException($"Line {number} of {file} cannot be scored. {e.Message}", e);
            }
        }

        return scores;
    }
}
