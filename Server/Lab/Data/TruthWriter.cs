namespace Molmo.Demo.Lab.Data;

/// <summary>Writes <c>truth.json</c> picture by picture, one a line: what the evaluation knows to be there.</summary>
internal sealed class TruthWriter(string path) : IDisposable
{
    public const string FileName = "truth.json";

    private readonly StreamWriter _writer = new(path);

    /// <summary>Pictures added so far.</summary>
    public long Count { get; private set; }

    /// <param name="file">The picture's name in the folder.</param>
    /// <param name="size">In pixels.</param>
    /// <param name="objects">In percent; those without a size have no box.</param>
    /// <exception cref="IOException">Writing failed.</exception>
    public void Add(string file, (int Width, int Height) size, IReadOnlyList<SceneObject> objects)
    {
        var picture = new Dictionary<string, object>
        {
            ["file"] = file,
            ["width"] = size.Width,
            ["height"] = size.Height,
            ["objects"] = ByLabel(objects, o => [Round(o.X), Round(o.Y)]),
        };
        var boxes = ByLabel(
            objects.Where(o => o is { Width: > 0, Height: > 0 }),
            o =>
            [
                Round(o.X - (o.Width / 2)), Round(o.Y - (o.Height / 2)),
                Round(o.X + (o.Width / 2)), Round(o.Y + (o.Height / 2)),
            ]);
        if (boxes.Count > 0) picture["boxes"] = boxes;
        _writer.Write((Count == 0 ? "[\n" : ",\n") + JsonSerializer.Serialize(picture, ExampleFolder.Json));
        Count++;
    }

    public void Dispose()
    {
        if (Count > 0 && _writer.BaseStream is { CanWrite: true }) _writer.Write("\n]\n");
        _writer.Dispose();
    }

    private static Dictionary<string, double[][]> ByLabel(
        IEnumerable<SceneObject> objects, Func<SceneObject, double[]> read)
        => objects.GroupBy(o => o.Label).ToDictionary(g => g.Key, g => g.Select(read).ToArray());

    private static double Round(double percent) => Math.Round(percent, 1);
}
