namespace Molmo.Demo.Lab.Evaluation;

/// <summary>
/// A folder's <c>questions.jsonl</c>. A line is <c>{"image", "question", "count"}</c>, a counting question as it is
/// worded, as in CountBenchQA; or <c>{"image", "label", "count", "points"}</c>, as in PixMo-Count, where the points are
/// optional: percent of width and height, one for each object.
/// </summary>
internal static class QuestionLines
{
    public const string FileName = "questions.jsonl";

    /// <summary>Pictures in the order in which they first appear.</summary>
    /// <exception cref="CommandException">A line is of another form, or there is none.</exception>
    public static async Task<IReadOnlyList<PictureQuestions>> LoadAsync(
        string folder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, FileName);
        var questions = new List<TruthQuestion>();
        var number = 0;
        await foreach (var line in File.ReadLinesAsync(path, cancellationToken))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                questions.AddRange(Read(JsonSerializer.Deserialize<Row>(line, JsonSerializerOptions.Web)));
            }
            catch (Exception e) when (e is JsonException or FormatException)
            {
                throw new CommandException($"Line {number} of {path} is no question ({e.Message}).", e);
            }
        }

        if (questions.Count == 0) throw new CommandException($"The file {path} has no question.");
        return [.. questions.GroupBy(question => question.File)
            .Select(picture => new PictureQuestions(picture.Key, [.. picture]))];
    }

    /// <summary>A pointing question too, where the places are known.</summary>
    private static IEnumerable<TruthQuestion> Read(Row? row)
    {
        if (row is not { Image: { Length: > 0 } image, Count: >= 0 and var count })
            throw new FormatException("it needs an image and a count from 0");
        var hasLabel = !string.IsNullOrWhiteSpace(row.Label);
        if (hasLabel == !string.IsNullOrWhiteSpace(row.Question))
            throw new FormatException("it needs either a question or a label");
        if (!hasLabel) return [new TruthQuestion(image, "", QuestionKind.Count, row.Question!, count)];

        (double X, double Y)[]? centres = null;
        if (row.Points is { } points)
        {
            if (points.Length != count || points.Any(point => point is not { Length: 2 }))
                throw new FormatException("there are not as many points of two numbers as the count says");
            centres = [.. points.Select(point => (point[0], point[1]))];
        }

        QuestionKind[] kinds = centres is null ? [QuestionKind.Count] : [QuestionKind.Count, QuestionKind.Point];
        return kinds.Select(
            kind => new TruthQuestion(image, row.Label!, kind, TruthQuestion.Ask(kind, row.Label!), count)
            {
                Centres = centres,
            });
    }

    private sealed record Row(string? Image, string? Question, string? Label, int? Count, double[][]? Points);
}
