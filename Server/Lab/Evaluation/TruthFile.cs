namespace Molmo.Demo.Lab.Evaluation;

/// <summary>What is known to be in a folder's pictures: its <c>truth.json</c>.</summary>
/// <param name="Pictures">In the file's order.</param>
internal sealed record TruthFile(IReadOnlyList<TruthImage> Pictures)
{
    private const int AbsentPerImage = 2;

    /// <exception cref="CommandException">The file is missing or is not of the form.</exception>
    public static async Task<TruthFile> LoadAsync(string folder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, "truth.json");
        var file = await ImageFile.ReadAsync(path, cancellationToken);
        try
        {
            using var json = JsonDocument.Parse(file);
            return new TruthFile([.. json.RootElement.EnumerateArray().Select(TruthImage.Read)]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException
            or FormatException)
        {
            throw new CommandException(
                $"The file {path} is not a list of pictures with file and objects ({e.Message}).", e);
        }
    }

    /// <summary>
    /// Labels that occur in the file but not in the picture: two where there are so many, other ones for the next
    /// picture, always the same for the same file.
    /// </summary>
    public IReadOnlyList<string> AbsentFrom(int picture)
    {
        string[] absent =
        [
            .. Pictures.SelectMany(p => p.Objects.Keys).Distinct().Order(StringComparer.Ordinal)
                .Where(label => Pictures[picture].CentresOf(label).Count == 0),
        ];
        return [.. Enumerable.Range(0, Math.Min(AbsentPerImage, absent.Length))
            .Select(i => absent[(AbsentPerImage * picture + i) % absent.Length])];
    }

    /// <summary>Both questions about each of the picture's labels and about those that are absent.</summary>
    public PictureQuestions QuestionsAbout(int picture)
        => new(Pictures[picture].File,
            [
                .. from label in Pictures[picture].Labels.Concat(AbsentFrom(picture))
                   from kind in Enum.GetValues<QuestionKind>()
                   select Pictures[picture].Question(label, kind),
            ]);
}

/// <summary>What is known to be in a picture.</summary>
/// <param name="File">Its name in the folder.</param>
/// <param name="Objects">For each label the centres of its objects, in percent of width and height.</param>
internal sealed record TruthImage(string File, IReadOnlyDictionary<string, IReadOnlyList<(double X, double Y)>> Objects)
{
    /// <summary>Of labels whose objects' boxes are known: those, in the order of the centres.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<TruthBox>> Boxes { get; init; } =
        ImmutableDictionary<string, IReadOnlyList<TruthBox>>.Empty;

    /// <summary>Labels with at least one object, in the file's order.</summary>
    public IEnumerable<string> Labels => Objects.Where(o => o.Value.Count > 0).Select(o => o.Key);

    public IReadOnlyList<(double X, double Y)> CentresOf(string label) => Objects.GetValueOrDefault(label, []);

    public TruthQuestion Question(string label, QuestionKind kind)
        => new(File, label, kind, TruthQuestion.Ask(kind, label), CentresOf(label).Count)
        {
            Centres = CentresOf(label),
            Boxes = Boxes.GetValueOrDefault(label),
        };

    internal static TruthImage Read(JsonElement picture)
    {
        var file = picture.GetProperty("file").GetString() ?? throw new FormatException("a picture has no file");
        var objects = new Dictionary<string, IReadOnlyList<(double X, double Y)>>();
        foreach (var label in picture.GetProperty("objects").EnumerateObject())
            objects[label.Name] = [.. label.Value.EnumerateArray().Select(ReadCentre)];
        var boxes = new Dictionary<string, IReadOnlyList<TruthBox>>();
        if (picture.TryGetProperty("boxes", out var boxed))
        {
            foreach (var label in boxed.EnumerateObject())
            {
                boxes[label.Name] = [.. label.Value.EnumerateArray().Select(ReadBox)];
                if (boxes[label.Name].Count != (objects.GetValueOrDefault(label.Name)?.Count ?? 0))
                    throw new FormatException($"{label.Name} has not as many boxes as objects");
            }
        }

        return new TruthImage(file, objects) { Boxes = boxes };
    }

    private static (double X, double Y) ReadCentre(JsonElement centre)
        => centre.GetArrayLength() == 2
            ? (centre[0].GetDouble(), centre[1].GetDouble())
            : throw new FormatException("a centre is two numbers");

    private static TruthBox ReadBox(JsonElement box)
        => box.GetArrayLength() == 4
            ? new TruthBox(box[0].GetDouble(), box[1].GetDouble(), box[2].GetDouble(), box[3].GetDouble())
            : throw new FormatException("a box is four numbers");
}
