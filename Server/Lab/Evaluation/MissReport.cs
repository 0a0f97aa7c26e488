using Molmo.Demo.Server.Sharing.Exports;

namespace Molmo.Demo.Lab.Evaluation;

/// <summary>
/// A folder with <c>report.md</c>, the figures and every miss in words, and a picture of each miss beside it.
/// </summary>
internal static class MissReport
{
    public const string FileName = "report.md";

    /// <summary>Makes the folder, before an evaluation of hours is done for nothing.</summary>
    /// <exception cref="CommandException">It is not empty, or cannot be made.</exception>
    public static void Prepare(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            if (!Directory.EnumerateFileSystemEntries(folder).Any()) return;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The folder {folder} cannot be made: {e.Message}", e);
        }

        throw new CommandException($"The folder {folder} is not empty. Name a new one with --report.");
    }

    /// <param name="pictures">Folder of the pictures that were asked about.</param>
    /// <param name="folder">Where to write.</param>
    /// <param name="report">What was found.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    /// <exception cref="CommandException">It cannot be written.</exception>
    public static async Task WriteAsync(
        string pictures, string folder, EvaluationReport report, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var (index, miss) in report.Answers.Where(answer => answer.IsMiss).Index())
            {
                var image = await ImageFile.LoadAsync(Path.Combine(pictures, miss.File), cancellationToken);
                await File.WriteAllBytesAsync(
                    Path.Combine(folder, NameOf(index)), MissPicture.Draw(image, miss.Marks), cancellationToken);
            }

            await File.WriteAllTextAsync(Path.Combine(folder, FileName), Text(report), cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The report cannot be written to {folder}: {e.Message}", e);
        }
    }

    internal static string Text(EvaluationReport report)
    {
        var text = new StringBuilder("# Evaluation\n\n");
        text.Append(Words(report.Title)).Append("\n\n");
        text.Append("A dash where there is nothing to take a share of.\n\n| | share | of |\n|---|---:|---|\n");
        Append("Counting, exact", report.Counting.Accuracy, report.Counting.Total, "questions");
        Append("Counting, within one", report.WithinOne.Accuracy, report.WithinOne.Total, "questions");
        var pointed = report.Answers.Where(answer => answer is { Kind: QuestionKind.Point, Actual: > 0 }).ToList();
        AppendPointing($"Pointing within {report.Pointing.Distance}", report.Pointing, pointed.Count);
        if (report.InBox is { } inBox)
            AppendPointing("Pointing in boxes", inBox, pointed.Count(answer => answer.InBox is not null));
        Append("Absent, answered so", report.Absent.Accuracy, report.Absent.Total, "questions");
        if (report.Labels.Count > 0) AppendLabels(text, report);
        AppendMisses(text, report);
        return text.ToString();

        void AppendPointing(string name, PointingReport pointing, int questions)
        {
            Append($"{name}, F1", pointing.F1, pointing.Actual, "objects");
            Append($"{name}, mean F1 of a question", pointing.MeanF1, questions, "questions");
            Append($"{name}, precision", pointing.Precision, pointing.Predicted, "points");
            Append($"{name}, recall", pointing.Recall, pointing.Actual, "objects");
        }

        void Append(string name, double share, int of, string what)
            => text.Append("| ").Append(name).Append(" | ").Append(of == 0 ? "–" : Percent(share))
                .Append(CultureInfo.InvariantCulture, $" | {of} {what} |\n");
    }

    private static void AppendLabels(StringBuilder text, EvaluationReport report)
    {
        var hasBoxes = report.InBox is not null;
        text.Append("\n## Labels\n\n"
            + $"| label | exact | within one | F1 | precision | recall |{(hasBoxes ? " F1 in boxes |" : "")} absent |\n"
            + $"|---|---:|---:|---:|---:|---:|{(hasBoxes ? "---:|" : "")}---:|\n");
        foreach (var (label, figures) in report.Labels)
        {
            var pointing = figures.Pointing;
            List<string> cells =
            [
                Words(label), Cell(figures.Counting.Accuracy, figures.Counting.Total),
                Cell(figures.WithinOne.Accuracy, figures.WithinOne.Total), Cell(pointing.F1, pointing.Actual),
                Cell(pointing.Precision, pointing.Predicted), Cell(pointing.Recall, pointing.Actual),
            ];
            if (hasBoxes) cells.Add(Cell(figures.InBox!.F1, figures.InBox.Actual));
            cells.Add(Cell(figures.Absent.Accuracy, figures.Absent.Total));
            text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
        }

        static string Cell(double share, int of)
            => of == 0 ? "–" : string.Create(CultureInfo.InvariantCulture, $"{Percent(share)} of {of}");
    }

    private static void AppendMisses(StringBuilder text, EvaluationReport report)
    {
        var misses = report.Answers.Where(answer => answer.IsMiss).ToList();
        text.Append("\n## Misses\n\n").Append(CultureInfo.InvariantCulture,
            $"{misses.Count} of {report.Answers.Count} answers have something wrong. {MissPicture.Legend}\n");
        foreach (var (index, miss) in misses.Index())
        {
            text.Append(CultureInfo.InvariantCulture, $"\n### {index + 1}. {Words(miss.File)}\n\n");
            text.Append(CultureInfo.InvariantCulture, $"- Question: {Words(miss.Question)}\n");
            text.Append(CultureInfo.InvariantCulture, $"- Answer: {Words(miss.Text)}\n");
            text.Append(CultureInfo.InvariantCulture, $"- Truth: {miss.Actual}; answered: {Given(miss)}\n\n");
            text.Append(CultureInfo.InvariantCulture, $"![Miss {index + 1}]({NameOf(index)})\n");
        }
    }

    private static string Given(EvaluatedAnswer miss)
    {
        if (miss.Kind == QuestionKind.Count) return miss.Counted.ToString(CultureInfo.InvariantCulture);
        var hits = miss.Marks.Count(mark => mark.Kind == MarkKind.Hit);
        var wrong = miss.Marks.Count(mark => mark.Kind == MarkKind.Wrong);
        return string.Create(
            CultureInfo.InvariantCulture, $"{hits} right, {wrong} wrong, {miss.Actual - hits} missing");
    }

    private static string Percent(double share) => share.ToString("P1", CultureInfo.InvariantCulture);

    private static string NameOf(int index)
        => string.Create(CultureInfo.InvariantCulture, $"miss-{index + 1:D3}.png");

    /// <summary>What a model or a file says stays words.</summary>
    private static string Words(string text) => MarkdownExport.OneLine(text);
}
