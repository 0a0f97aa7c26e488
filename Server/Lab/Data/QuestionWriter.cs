using Molmo.Demo.Lab.Evaluation;

namespace Molmo.Demo.Lab.Data;

/// <summary>A label of a picture and where its things are.</summary>
/// <param name="Label">Several of the thing.</param>
/// <param name="Points">In percent of width and height; none where there are none in the picture.</param>
internal sealed record LabelPoints(string Label, IReadOnlyList<(double X, double Y)> Points);

/// <summary>
/// Writes <see cref="QuestionLines.FileName"/>: labels that a picture was looked at for, and no others.
/// </summary>
internal sealed class QuestionWriter(string path) : IDisposable
{
    private readonly StreamWriter _writer = new(path);

    /// <summary>Lines added so far.</summary>
    public long Count { get; private set; }

    /// <param name="image">The picture's name in the folder.</param>
    /// <param name="label">What is known of it.</param>
    /// <exception cref="IOException">Writing failed.</exception>
    public void Add(string image, LabelPoints label)
    {
        var row = new
        {
            image,
            label = label.Label,
            count = label.Points.Count,
            points = label.Points.Select(point => (double[])[Math.Round(point.X, 1), Math.Round(point.Y, 1)]),
        };
        _writer.Write(JsonSerializer.Serialize(row, ExampleFolder.Json) + "\n");
        Count++;
    }

    public void Dispose() => _writer.Dispose();
}
