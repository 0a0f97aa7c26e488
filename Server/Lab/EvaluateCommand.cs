using System.CommandLine;
using System.Diagnostics;
using Molmo.Demo.Lab.Evaluation;

namespace Molmo.Demo.Lab;

/// <summary>
/// <c>evaluate FOLDER</c>: asks about every picture named in the folder's <c>truth.json</c>, to count and to point to
/// every label and two that are absent, and says how much was right.
/// </summary>
internal sealed class EvaluateCommand : Command
{
    /// <summary>Greatest distance of a hit, in percent of the picture's sides.</summary>
    private const double Distance = 5;

    private readonly Argument<string> _folder = new("folder") { Description = "Folder with pictures and truth.json." };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object with every answer." };
    private readonly EngineSettings _engine = new();
    private readonly PromptOptions _prompt = new();
    private readonly Option<int?> _limit =
        new("--limit") { Description = "Ask about the first pictures only.", HelpName = "count" };

    public EvaluateCommand()
        : base("evaluate", "Measure counting and pointing on pictures whose truth is known.")
    {
        foreach (var option in (Option[])[_json, .. _engine.All, _prompt.Style, _prompt.MaxCrops, _limit]) Add(option);
        Add(_folder);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var folder = arguments.GetRequiredValue(_folder);
        if (!Directory.Exists(folder)) throw new CommandException($"There is no folder {folder}.");
        var limit = arguments.GetValue(_limit);
        if (limit < 1) throw new CommandException("--limit is a number from 1.");
        var prompt = _prompt.Read(arguments);
        var truth = await TruthFile.LoadAsync(folder, cancellationToken);
        if (truth.Pictures.Count == 0)
            throw new CommandException($"The file {Path.Combine(folder, "truth.json")} names no picture.");

        await using var model = await LocalModel.OpenAsync(
            _engine.Read(arguments), arguments.InvocationConfiguration.Error, cancellationToken);
        var watch = Stopwatch.StartNew();
        var answers = new List<EvaluatedAnswer>();
        for (var i = 0; i < Math.Min(limit ?? int.MaxValue, truth.Pictures.Count); i++)
            answers.AddRange(await EvaluateAsync(model, folder, truth, i, prompt, cancellationToken));
        var report = EvaluationReport.Of(
            answers, Distance, model.Stamp(prompt), watch.Elapsed.TotalMilliseconds);

        var output = arguments.InvocationConfiguration.Output;
        if (arguments.GetValue(_json)) await output.WriteLineAsync(CommandJson.Write(report));
        else foreach (var line in report.Lines()) await output.WriteLineAsync(line);
        return 0;
    }

    private static async Task<EvaluatedAnswer[]> EvaluateAsync(
        LocalModel model, string folder, TruthFile truth, int index, PromptChoice prompt,
        CancellationToken cancellationToken)
    {
        var picture = truth.Pictures[index];
        var image = await ImageFile.LoadAsync(Path.Combine(folder, picture.File), cancellationToken);
        // All questions of a picture at once: the engine runs as many together as it is configured for.
        return await Task.WhenAll(
            from label in picture.Labels.Concat(truth.AbsentFrom(index))
            from kind in Enum.GetValues<QuestionKind>()
            select AskAsync(label, kind));

        async Task<EvaluatedAnswer> AskAsync(string label, QuestionKind kind)
        {
            var answer = await model.AskAsync(
                image, EvaluatedAnswer.Ask(kind, label), SamplingChoice.Greedy, prompt, write: null, cancellationToken);
            return EvaluatedAnswer.Of(picture, label, kind, answer.Text, Distance);
        }
    }
}
