using System.CommandLine;
using System.Diagnostics;
using Molmo.Demo.Lab.Evaluation;

namespace Molmo.Demo.Lab;

/// <summary>
/// <c>evaluate FOLDER</c>: asks the questions of the folder's <c>truth.json</c> or <c>questions.jsonl</c>, to count and
/// to point, and says how much was right; with <c>--report</c>, shows every miss.
/// </summary>
internal sealed class EvaluateCommand : Command
{
    private readonly Argument<string> _folder =
        new("folder") { Description = "Folder with pictures and truth.json or questions.jsonl." };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object with every answer." };
    private readonly EngineSettings _engine = new();
    private readonly PromptOptions _prompt = new();
    private readonly Option<double> _distance = new("--distance")
    {
        Description = "Greatest distance of a hit in percent of the picture's sides, above 0.",
        DefaultValueFactory = _ => HitRule.StandardDistance,
    };
    private readonly Option<string> _within = new("--within")
    {
        Description = "What a hit is in pictures of misses: distance, or box for the object's own box in truth.json, "
            + "which is reported too.",
        DefaultValueFactory = _ => "distance",
    };
    private readonly Option<string?> _report = new("--report")
    {
        Description = "New or empty folder for report.md and a picture of every miss.",
        HelpName = "folder",
    };
    private readonly Option<int?> _limit =
        new("--limit") { Description = "Ask about the first pictures only.", HelpName = "count" };
    private readonly Option<int> _every = new("--every")
    {
        Description = "8 asks about every eighth picture only, such as those that a training left out.",
        HelpName = "number",
        DefaultValueFactory = _ => 1,
    };

    public EvaluateCommand()
        : base("evaluate", "Measure counting and pointing on pictures whose truth is known.")
    {
        Option[] options =
            [_json, _report, _distance, _within, .. _engine.All, _prompt.Style, _prompt.MaxCrops, _limit, _every];
        foreach (var option in options) Add(option);
        Add(_folder);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var folder = arguments.GetRequiredValue(_folder);
        if (!Directory.Exists(folder)) throw new CommandException($"There is no folder {folder}.");
        var limit = arguments.GetValue(_limit);
        if (limit < 1) throw new CommandException("--limit is a number from 1.");
        var every = arguments.GetValue(_every);
        if (every < 1) throw new CommandException("--every is a number from 1.");
        var rule = ReadRule(arguments);
        var prompt = _prompt.Read(arguments);
        var pictures = await QuestionSet.LoadAsync(folder, cancellationToken);
        if (rule.InBox && pictures.All(picture => picture.Questions.All(question => question.Boxes is null)))
            throw new CommandException($"The folder {folder} knows no boxes; leave --within box away.");
        var reportFolder = arguments.GetValue(_report);
        if (reportFolder is not null) MissReport.Prepare(reportFolder);

        await using var model = await LocalModel.OpenAsync(
            _engine.Read(arguments), arguments.InvocationConfiguration.Error, cancellationToken);
        var watch = Stopwatch.StartNew();
        var answers = new List<EvaluatedAnswer>();
        foreach (var picture in pictures.Where((_, i) => (i + 1) % every == 0).Take(limit ?? int.MaxValue))
            answers.AddRange(await EvaluateAsync(model, folder, picture, rule, prompt, cancellationToken));
        var report = EvaluationReport.Of(answers, rule, model.Stamp(prompt), watch.Elapsed.TotalMilliseconds);

        var output = arguments.InvocationConfiguration.Output;
        if (arguments.GetValue(_json)) await output.WriteLineAsync(CommandJson.Write(report));
        else foreach (var line in report.Lines()) await output.WriteLineAsync(line);
        if (reportFolder is not null) await MissReport.WriteAsync(folder, reportFolder, report, cancellationToken);
        return 0;
    }

    private HitRule ReadRule(ParseResult arguments)
    {
        var distance = arguments.GetValue(_distance);
        if (!(distance > 0 && double.IsFinite(distance))) throw new CommandException("--distance is a number above 0.");
        return arguments.GetValue(_within) switch
        {
            "distance" => new HitRule(distance),
            "box" => new HitRule(distance, InBox: true),
            var other => throw new CommandException($"--within is distance or box; {other} is neither."),
        };
    }

    private static async Task<EvaluatedAnswer[]> EvaluateAsync(
        LocalModel model, string folder, PictureQuestions picture, HitRule rule, PromptChoice prompt,
        CancellationToken cancellationToken)
    {
        var image = await ImageFile.LoadAsync(Path.Combine(folder, picture.File), cancellationToken);
        // All questions of a picture at once: the engine runs as many together as it is configured for.
        return await Task.WhenAll(picture.Questions.Select(AskAsync));

        async Task<EvaluatedAnswer> AskAsync(TruthQuestion question)
        {
            var answer = await model.AskAsync(
                image, question.Text, SamplingChoice.Greedy, prompt, write: null, cancellationToken);
            return EvaluatedAnswer.Of(question, answer.Text, rule);
        }
    }
}
