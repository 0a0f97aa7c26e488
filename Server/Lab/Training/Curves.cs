namespace Molmo.Demo.Lab.Training;

/// <summary>A row of the curves.</summary>
internal readonly record struct CurvePoint(
    string Stage, long Step, double Answers, double Patches, double Windows, double RateVision, double RateConnector,
    double RateLanguage, double NormVision, double NormConnector, double NormLanguage, double TokensPerSecond);

/// <summary>The losses of a run as <c>curves.csv</c>, and as a picture, <c>curves.svg</c>.</summary>
internal sealed class Curves
{
    private const string Heading = "stage,step,answers,patches,windows,rate_vision,rate_connector,rate_language,"
        + "norm_vision,norm_connector,norm_language,tokens_per_second";

    private readonly string _folder;
    private readonly List<CurvePoint> _points = [];

    /// <param name="folder">Of the run. Rows that lie behind where it goes on are dropped.</param>
    /// <param name="stages">Names of the stages, in their order.</param>
    /// <param name="progress">Where it goes on.</param>
    public Curves(string folder, IReadOnlyList<string> stages, TrainingProgress progress)
    {
        _folder = folder;
        var path = Path.Combine(folder, "curves.csv");
        if (!File.Exists(path)) return;
        foreach (var line in File.ReadLines(path).Skip(1))
        {
            var fields = line.Split(',');
            if (fields.Length != 12) continue;
            var stage = stages.ToList().IndexOf(fields[0]);
            var step = long.Parse(fields[1], CultureInfo.InvariantCulture);
            if (stage < 0 || stage > progress.Stage || (stage == progress.Stage && step > progress.Step)) continue;
            var numbers = fields.Skip(2).Select(field => double.Parse(field, CultureInfo.InvariantCulture)).ToArray();
            _points.Add(new CurvePoint(
                fields[0], step, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6],
                numbers[7], numbers[8], numbers[9]));
        }
    }

    public IReadOnlyList<CurvePoint> Points => _points;

    public void Add(CurvePoint point) => _points.Add(point);

    /// <summary>Writes both files.</summary>
    public void Write()
    {
        var csv = new StringBuilder(Heading).Append('\n');
        foreach (var p in _points)
            csv.Append(CultureInfo.InvariantCulture, $"{p.Stage},{p.Step},{p.Answers:G6},{p.Patches:G6},")
                .Append(CultureInfo.InvariantCulture, $"{p.Windows:G6},")
                .Append(CultureInfo.InvariantCulture, $"{p.RateVision:G4},{p.RateConnector:G4},{p.RateLanguage:G4},")
                .Append(CultureInfo.InvariantCulture, $"{p.NormVision:G4},{p.NormConnector:G4},{p.NormLanguage:G4},")
                .Append(CultureInfo.InvariantCulture, $"{p.TokensPerSecond:F0}\n");
        Replace("curves.csv", csv.ToString());
        Replace("curves.svg", CurvePlot.Draw(_points));
    }

    private void Replace(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText($"{path}.part", text);
        File.Move($"{path}.part", path, overwrite: true);
    }
}
