namespace Molmo.Demo.Lab.Training;

/// <summary>Labels of a model's <c>knows.json</c>, by numbers from 1 in the file's order.</summary>
internal static class KnownLabels
{
    public static IReadOnlyDictionary<string, int> Read(string folder)
    {
        var path = Path.Combine(folder, "knows.json");
        if (!File.Exists(path)) return new Dictionary<string, int>();
        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        return json.RootElement.GetProperty("things").EnumerateArray()
            .Select((thing, i) => (Label: thing.GetProperty("many").GetString()!, Number: i + 1))
            .ToDictionary(item => item.Label, item => item.Number);
    }
}
