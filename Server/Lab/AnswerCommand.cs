using System.CommandLine;
using Molmo.Demo.Lab.Data;
using Molmo.Demo.Lab.Training;

namespace Molmo.Demo.Lab;

/// <summary>
/// <c>answer FOLDER --out FILE</c>: asks a model the questions of a folder of examples, and keeps answer and truth as
/// the lines that <c>score</c> takes.
/// </summary>
internal sealed class AnswerCommand : Command
{
    private readonly Argument<string> _folder =
        new("folder") { Description = $"Folder with {ExampleFolder.FileName}, as make writes it." };
    private readonly Option<string> _out =
        new("--out") { Description = "New file of JSON lines.", HelpName = "file", Required = true };
    private readonly Option<string?> _only = new("--only")
    {
        Description = "Ask the questions of one style alone, such as clocks.",
        HelpName = "style",
    };
    private readonly Option<int?> _limit =
        new("--limit") { Description = "Ask about the first examples only.", HelpName = "count" };
    private readonly Option<int> _maxCrops = new PromptOptions().MaxCrops;
    private readonly EngineSettings _engine = new();

    public AnswerCommand()
        : base("answer", "Ask a model the questions of examples and keep the answers for score.")
    {
        foreach (var option in (Option[])[_out, _only, _limit, _maxCrops, .. _engine.All]) Add(option);
        Add(_folder);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var limit = arguments.GetValue(_limit);
        if (limit < 1) throw new CommandException("--limit is a number from 1.");
        var examples = ExampleFolder.Open(arguments.GetRequiredValue(_folder));
        var only = arguments.GetValue(_only);
        var file = arguments.GetRequiredValue(_out);
        if (File.Exists(file)) throw new CommandException($"The file {file} is there. Name a new one with --out.");
        await using var model = await LocalModel.OpenAsync(
            _engine.Read(arguments), arguments.InvocationConfiguration.Error, cancellationToken);
        var partial = $"{file}.part";
        try
        {
            var count = 0;
            await using (var lines = new StreamWriter(partial))
            {
                for (var i = 0L; i < Math.Min(examples.Count, limit ?? long.MaxValue); i++)
                {
                    var questions = Questions(examples.Read(i), only).ToList();
                    // All of a picture at once: the engine runs as many together as it is configured for.
                    var answers = await Task.WhenAll(questions.Select(question => model.AskAsync(
                        question.Picture, question.Text, SamplingChoice.Greedy,
                        new PromptChoice(question.Tag, arguments.GetValue(_maxCrops)), write: null,
                        cancellationToken)));
                    foreach (var (question, answer) in questions.Zip(answers))
                        await lines.WriteLineAsync(Line(i + 1, question, answer.Text));
                    count += questions.Count;
                }
            }

            if (count == 0)
                throw new CommandException(only is null
                    ? "The examples have questions to count and to point alone: evaluate asks them."
                    : $"The examples have no question of the style {only}.");
            File.Move(partial, file);
            await arguments.InvocationConfiguration.Output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"Wrote {count} answers to {file}."));
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The answers cannot be kept in {file}: {e.Message}", e);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    /// <summary>
    /// A question once, with all answers that people gave to it. Pointing and counting are not among them:
    /// <c>evaluate</c> knows where things are.
    /// </summary>
    private static IEnumerable<Question> Questions(Example example, string? only)
    {
        var transcripts = Answers(example.Annotations.Where(one => one.Style == Styles.Transcript));
        return example.Annotations
            .Where(one => one.Style is not (Styles.Transcript or Styles.Pointing or Styles.PointCount)
                && (only is null || one.Style == only))
            .GroupBy(one => (one.Style, one.Question))
            .Select(group => group.Key.Style == Styles.LongCaption
                ? new Question(example, group.Key.Style, Phrasings.DescribeTemplates[0], [], transcripts)
                : new Question(example, group.Key.Style, group.Key.Question, Answers(group), []));
    }

    private static string[] Answers(IEnumerable<Annotation> annotations) => [.. annotations.Select(one => one.Answer)];

    private static string Line(long number, Question question, string prediction)
        => JsonSerializer.Serialize(
            new
            {
                example = number,
                question.Style,
                question = question.Text,
                prediction,
                question.Answers,
                question.Transcripts,
            },
            ExampleFolder.Json);

    private sealed record Question(
        Example Example, string Style, string Text, string[] Answers, string[] Transcripts)
    {
        public Inference.Imaging.RgbImage? Picture => Example.Picture;

        /// <summary>The style, where questions of it were learned with it and the published models know it.</summary>
        public string? Tag => SequencePacker.Untagged.Contains(Style) || !PromptStyle.IsKnown(Style) ? null : Style;
    }
}
