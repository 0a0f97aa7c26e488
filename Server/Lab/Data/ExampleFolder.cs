using System.Text.Encodings.Web;
using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Lab.Data;

/// <summary>
/// Examples in a folder: <c>examples.jsonl</c>, one JSON object a line with <c>image</c> (a file of the folder, or
/// null), <c>annotations</c> and <c>objects</c>; and <c>truth.json</c> or <c>questions.jsonl</c> for the evaluation.
/// </summary>
internal sealed class ExampleFolder : IExampleSource
{
    public const string FileName = "examples.jsonl";

    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly string _folder;
    private readonly Row[] _rows;

    private ExampleFolder(string folder, Row[] rows) => (_folder, _rows) = (folder, rows);

    public long Count => _rows.Length;

    public bool IsFinite => true;

    /// <exception cref="CommandException">The file is missing, is empty or is not of the form.</exception>
    public static ExampleFolder Open(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) throw new CommandException($"There is no file {path}.");
        var rows = new List<Row>();
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                var row = JsonSerializer.Deserialize<Row>(line, Json)!;
                if (row.Annotations is not { Count: > 0 } && row.Objects is not { Count: > 0 })
                    throw new JsonException("there is neither an annotation nor an object");
                rows.Add(row);
            }
            catch (JsonException e)
            {
                throw new CommandException($"Line {number} of {path} is not an example ({e.Message}).", e);
            }
        }

        if (rows.Count == 0) throw new CommandException($"The file {path} has no example.");
        return new ExampleFolder(folder, [.. rows]);
    }

    public Example Read(long index)
    {
        var row = _rows[index % _rows.Length];
        RgbImage? picture = null;
        if (row.Image is { } name)
        {
            var path = Path.Combine(_folder, name);
            try
            {
                picture = ImageFile.Decode(path, File.ReadAllBytes(path), CancellationToken.None);
            }
            catch (IOException e)
            {
                throw new CommandException($"The picture {path} cannot be read: {e.Message}", e);
            }
        }

        return new Example(picture, row.Annotations ?? [])
        {
            Objects = [.. (row.Objects ?? []).Select(o => new SceneObject(o.Label, o.X, o.Y, o.Width, o.Height))],
        };
    }

    /// <summary>A line of the file.</summary>
    internal sealed record Row(string? Image, IReadOnlyList<Annotation>? Annotations, IReadOnlyList<Thing>? Objects);

    /// <summary>An object of a line.</summary>
    internal sealed record Thing(string Label, double X, double Y, double Width, double Height);
}
