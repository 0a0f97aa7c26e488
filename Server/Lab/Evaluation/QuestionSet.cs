namespace Molmo.Demo.Lab.Evaluation;

/// <summary>The questions of a folder: of its <c>truth.json</c>, else of its <c>questions.jsonl</c>.</summary>
internal static class QuestionSet
{
    /// <summary>Pictures with their questions, in the file's order; at least one.</summary>
    /// <exception cref="CommandException">Both files are missing, or the one that is there is empty or of another
    /// form.</exception>
    public static async Task<IReadOnlyList<PictureQuestions>> LoadAsync(
        string folder, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(folder, "truth.json")))
        {
            return File.Exists(Path.Combine(folder, QuestionLines.FileName))
                ? await QuestionLines.LoadAsync(folder, cancellationToken)
                : throw new CommandException(
                    $"The folder {folder} has neither truth.json nor {QuestionLines.FileName}. Name one that has.");
        }

        var truth = await TruthFile.LoadAsync(folder, cancellationToken);
        return truth.Pictures.Count == 0
            ? throw new CommandException($"The file {Path.Combine(folder, "truth.json")} names no picture.")
            : [.. Enumerable.Range(0, truth.Pictures.Count).Select(truth.QuestionsAbout)];
    }
}
