namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Questions about a chart that are answered by pointing at its marks.</summary>
internal sealed class ChartPointing
{
    private readonly ChartData _chart;
    private readonly Random _random;
    private readonly ChartSeries _series;
    private readonly (double X, double Y)[] _places;
    private readonly string _mark;
    private readonly string _of;

    private ChartPointing(
        ChartData chart, IReadOnlyList<(ChartMark Mark, (double X, double Y) Percent)> marks, Random random)
    {
        (_chart, _random) = (chart, random);
        var series = random.Next(chart.Series.Length);
        _series = chart.Series[series];
        _places =
        [
            .. marks.Where(mark => mark.Mark.Series == series).OrderBy(mark => mark.Mark.Category)
                .Select(mark => mark.Percent),
        ];
        _mark = chart.Kind switch { ChartKind.Pie => "slice", ChartKind.Line => "dot", _ => "bar" };
        _of = chart.HasLegend ? $" of {_series.Name}" : "";
    }

    /// <param name="chart">What is asked about.</param>
    /// <param name="marks">All of its marks, and where they are in percent.</param>
    /// <param name="random">Of the example.</param>
    /// <param name="count">At most so many questions, each of another sort.</param>
    public static IReadOnlyList<(string Question, string Answer)> Ask(
        ChartData chart, IReadOnlyList<(ChartMark Mark, (double X, double Y) Percent)> marks, Random random, int count)
    {
        var asked = new ChartPointing(chart, marks, random);
        Func<(string, string)>[] sorts = chart.Kind == ChartKind.Pie && !chart.ShowsValues
            ? [asked.Greatest, asked.Least, asked.Named]
            : [asked.Greatest, asked.Least, asked.Named, asked.Above, asked.Valued];
        random.Shuffle(sorts);
        return [.. sorts.Take(count).Select(ask => ask())];
    }

    private string GreatestWord => _chart.Kind switch
    {
        ChartKind.Bar => "tallest",
        ChartKind.HorizontalBar => "longest",
        ChartKind.Pie => "largest",
        _ => "highest",
    };

    private string LeastWord => _chart.Kind switch
    {
        ChartKind.Bar or ChartKind.HorizontalBar => "shortest",
        ChartKind.Pie => "smallest",
        _ => "lowest",
    };

    private (string, string) Greatest() => End(GreatestWord, _series.Values.IndexOf(_series.Values.Max()));

    private (string, string) Least() => End(LeastWord, _series.Values.IndexOf(_series.Values.Min()));

    private (string, string) End(string word, int place)
    {
        var name = $"{word} {_mark}{_of}";
        return (Pick($"Which is the {name}?", $"Where is the {name}?", $"Can you find the {name}?"),
            Pick(
                $"The {name} is {Point(place, name, _chart.Categories[place])}.",
                $"It is {Point(place, name, _chart.Categories[place])}.",
                $"{Point(place, name, _chart.Categories[place])} has the {name}."));
    }

    private (string, string) Named()
    {
        var place = _random.Next(_places.Length);
        var name = $"{_mark}{_of} for {_chart.Categories[place]}";
        var color = _chart.ColorOf(_chart.Series.IndexOf(_series), place).Name;
        return (Pick(
            $"Where is the {name}?", $"Show me the {name}.",
            $"Which {_mark}{_of} belongs to {_chart.Categories[place]}?"),
            Pick(
                $"The {name} is {Point(place, name, "here")}.",
                $"{Point(place, name, "This")} is the {name}.",
                $"It is {Point(place, name, $"this {color} {_mark}")}."));
    }

    private (string, string) Valued()
    {
        var place = _random.Next(_places.Length);
        var name = $"{_mark}{_of} for {_chart.Categories[place]}";
        var value = Wording.Number(_series.Values[place]);
        return ($"How high is the value{_of} for {_chart.Categories[place]}, and where do you see it?",
            $"The {Point(place, name, _mark)} for {_chart.Categories[place]} shows {value}.");
    }

    private (string, string) Above()
    {
        var limit = _random.Pick([.. _series.Values.Sort().Distinct().SkipLast(1)]);
        var name = $"{_mark}s{_of} above {Wording.Number(limit)}";
        // In the order in which the markup has the points.
        int[] places =
        [
            .. Enumerable.Range(0, _places.Length).Where(i => _series.Values[i] > limit).OrderBy(i => _places[i].X),
        ];
        var names = Wording.List([.. places.Select(i => _chart.Categories[i])]);
        var points = Wording.Points([.. places.Select(i => _places[i])], name, names);
        return (Pick(
            $"Which {_mark}s{_of} are above {Wording.Number(limit)}?", $"Show the {name}."),
            $"Above {Wording.Number(limit)} {(places.Length == 1 ? "is" : "are")} {points}.");
    }

    private string Point(int place, string name, string text) => Wording.Point(_places[place], name, text);

    private string Pick(params string[] wordings) => _random.Pick(wordings);
}
