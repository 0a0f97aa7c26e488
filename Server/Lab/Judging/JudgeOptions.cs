using System.CommandLine;

namespace Molmo.Demo.Lab.Judging;

/// <summary>The options that say who judges.</summary>
internal sealed class JudgeOptions
{
    /// <summary>Environment variable with the key of the API.</summary>
    public const string KeyVariable = "MOLMO_JUDGE_KEY";

    private readonly Option<string?> _judge = new("--judge")
    {
        Description = $"For {CaptionScore.Metric}: a chat API of OpenAI's form. Its key is taken from {KeyVariable}.",
        HelpName = "url",
    };
    private readonly Option<string?> _model =
        new("--judge-model") { Description = "The judge's name there.", HelpName = "name" };
    private readonly Option<string?> _record =
        new("--record") { Description = "New file for every request and reply.", HelpName = "file" };
    private readonly Option<string?> _replay = new("--replay")
    {
        Description = "File of --record to answer from; what it lacks is asked of --judge.",
        HelpName = "file",
    };

    public IReadOnlyList<Option> All => [_judge, _model, _record, _replay];

    /// <summary>Whether one of them was given.</summary>
    public bool AreGiven(ParseResult arguments) => All.Any(option => arguments.GetResult(option) is not null);

    /// <summary>Asks the judge that the options name, as long as the work lasts.</summary>
    /// <exception cref="CommandException">They name none, or one that cannot be.</exception>
    public async Task<T> UseAsync<T>(
        ParseResult arguments, Func<IJudge, Task<T>> work, CancellationToken cancellationToken)
    {
        var (address, name) = (arguments.GetValue(_judge), arguments.GetValue(_model));
        var (record, replay) = (arguments.GetValue(_record), arguments.GetValue(_replay));
        if (address is null && replay is null)
            throw new CommandException($"{CaptionScore.Metric} needs a judge: name one with --judge, or --replay.");
        if (address is not null != name is not null)
            throw new CommandException("--judge and --judge-model go together.");
        using var api = address is null
            ? null
            : new OpenAiJudge(address, name!, Environment.GetEnvironmentVariable(KeyVariable));
        IJudge judge = replay is null ? api! : await RecordedJudge.OpenAsync(replay, api, cancellationToken);
        if (record is null) return await work(judge);
        await using var log = new JudgeLog(record, judge);
        return await work(log);
    }
}
