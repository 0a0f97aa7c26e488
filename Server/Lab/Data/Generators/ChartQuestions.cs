namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Questions about a chart with short answers out of its data.</summary>
internal sealed class ChartQuestions
{
    private readonly ChartData _chart;
    private readonly Random _random;
    private readonly ChartSeries _series;
    private readonly string _measure;
    private readonly string _noun;

    // The row that a question is about, named only where there are several.
    private readonly string _of;

    private ChartQuestions(ChartData chart, Random random)
    {
        (_chart, _random) = (chart, random);
        _series = random.Pick(chart.Series);
        _measure = chart.Topic.Measure;
        _noun = chart.Topic.Noun;
        _of = chart.HasLegend ? $" for {_series.Name}" : "";
    }

    /// <param name="chart">What is asked about.</param>
    /// <param name="random">Of the example.</param>
    /// <param name="count">At most so many, each of another sort.</param>
    public static IReadOnlyList<(string Question, string Answer)> Ask(ChartData chart, Random random, int count)
    {
        var asked = new ChartQuestions(chart, random);
        var sorts = new List<Func<(string, string)>> { asked.Greatest, asked.Least, asked.CategoryCount };
        if (chart.Kind != ChartKind.Pie || chart.ShowsValues)
            sorts.AddRange(asked.Value, asked.Value, asked.Difference, asked.Sum, asked.Above, asked.EndValue);
        if (asked.PickPair() is not null) sorts.Add(asked.Comparison);
        if (chart.HasLegend) sorts.AddRange(asked.LegendColor, asked.LegendName, asked.LegendCount);
        if (chart.IsColorful) sorts.AddRange(asked.CategoryColor, asked.CategoryOfColor);
        if (chart.Kind is ChartKind.Bar or ChartKind.HorizontalBar) sorts.Add(asked.BarCount);
        if (chart.Kind == ChartKind.Line && !chart.HasLegend) sorts.Add(asked.Change);
        Func<(string, string)>[] order = [.. sorts];
        random.Shuffle(order);
        return [.. order.Take(count).Select(ask => ask()).DistinctBy(pair => pair.Item1)];
    }

    private (string, string) Value()
    {
        var i = PickCategory();
        var name = _chart.Categories[i];
        return (Pick(
            $"What is the value of {name}{_of}?", $"What is the {_measure} of {name}{_of}?",
            $"What value does {name} have{_of}?", $"How much is {name}{_of}?",
            $"What number belongs to {name}{_of}?"), Number(_series.Values[i]));
    }

    private (string, string) Greatest() => (Pick(
        $"Which {_noun} has the highest value{_of}?", $"Which {_noun} has the largest {_measure}{_of}?",
        $"What is the {_noun} with the greatest value{_of}?", $"Which {_noun} comes first{_of}, by value?",
        $"What has the highest value{_of}?"), _chart.Categories[PlaceOfGreatest()]);

    private (string, string) Least() => (Pick(
        $"Which {_noun} has the lowest value{_of}?", $"Which {_noun} has the smallest {_measure}{_of}?",
        $"What is the {_noun} with the least value{_of}?", $"What has the lowest value{_of}?"),
        _chart.Categories[PlaceOfLeast()]);

    private (string, string) EndValue() => _random.NextDouble() < 0.5
        ? (Pick($"What is the highest value{_of}?", $"What is the maximum{_of}?"), Number(_series.Values.Max()))
        : (Pick($"What is the lowest value{_of}?", $"What is the minimum{_of}?"), Number(_series.Values.Min()));

    private (string, string) Difference()
    {
        if (PickPair() is not var (a, b) || _random.NextDouble() < 0.4)
            return (Pick(
                $"What is the difference between the highest and the lowest value{_of}?",
                $"How far apart are the largest and the smallest value{_of}?"),
                Number(_series.Values.Max() - _series.Values.Min()));
        var (first, second) = (_chart.Categories[a], _chart.Categories[b]);
        return (Pick(
            $"What is the difference between {first} and {second}{_of}?",
            $"By how much do {first} and {second} differ{_of}?"),
            Number(Math.Abs(_series.Values[a] - _series.Values[b])));
    }

    private (string, string) Sum()
    {
        if (_chart.Kind != ChartKind.Pie && _chart.Categories.Length <= 4 && _random.NextDouble() < 0.5)
            return (Pick(
                $"What is the total of all values{_of}?", $"What do all values add up to{_of}?"),
                Number(_series.Values.Sum()));
        var a = PickCategory();
        var b = (a + _random.Next(1, _chart.Categories.Length)) % _chart.Categories.Length;
        var (first, second) = (_chart.Categories[a], _chart.Categories[b]);
        return (Pick(
            $"What is the sum of {first} and {second}{_of}?", $"What do {first} and {second} add up to{_of}?",
            $"How much are {first} and {second} together{_of}?"), Number(_series.Values[a] + _series.Values[b]));
    }

    private (string, string) Above()
    {
        // Between two values that differ, so that none lies on the limit.
        var sorted = _series.Values.Sort();
        var limit = _random.Pick([.. sorted.Distinct().SkipLast(1)]);
        return (Pick(
            $"How many values are higher than {Number(limit)}{_of}?",
            $"How many of the {_chart.Categories.Length} values lie above {Number(limit)}{_of}?"),
            $"{_series.Values.Count(value => value > limit)}");
    }

    private (string, string) CategoryCount() => _chart.Kind == ChartKind.Pie
        ? (Pick("How many slices are there?", "Into how many parts is the pie cut?", "How many colors has the pie?"),
            $"{_chart.Categories.Length}")
        : (Pick(
            $"How many categories are shown?", $"For how many of the category '{_noun}' are there values?",
            "How many labels are there along the axis of categories?"), $"{_chart.Categories.Length}");

    private (string, string) BarCount() => (Pick(
        "How many bars are there?", "How many bars does the chart have?", "Count the bars."),
        $"{_chart.Categories.Length * _chart.Series.Length}");

    private (string, string) Comparison()
    {
        var (a, b) = PickPair()!.Value;
        var (first, second) = (_chart.Categories[a], _chart.Categories[b]);
        var isGreater = _series.Values[a] > _series.Values[b];
        return _random.Next(3) switch
        {
            0 => (Pick(
                $"Is the value of {first} greater than that of {second}{_of}?",
                $"Is {first} higher than {second}{_of}?"), isGreater ? "Yes" : "No"),
            1 => ($"Is {first} lower than {second}{_of}?", isGreater ? "No" : "Yes"),
            _ => (Pick(
                $"Which is larger{_of}, {first} or {second}?",
                $"Which one is higher{_of}: {first} or {second}?"), isGreater ? first : second),
        };
    }

    private (string, string) LegendColor()
    {
        var i = _chart.Series.IndexOf(_series);
        return (Pick(
            $"What color stands for {_series.Name}?", $"Which color is {_series.Name} in the legend?",
            $"What is the color of {_series.Name}?"), Wording.Capital(_chart.ColorOf(i, 0).Name));
    }

    private (string, string) LegendName()
    {
        var color = _chart.ColorOf(_chart.Series.IndexOf(_series), 0).Name;
        return (Pick(
            $"What does the color {color} stand for?", $"What is shown in {color}?",
            $"Which entry of the legend is {color}?"), _series.Name);
    }

    private (string, string) LegendCount() => (Pick(
        "How many entries has the legend?", "How many colors does the legend explain?"), $"{_chart.Series.Length}");

    private (string, string) CategoryColor()
    {
        var i = PickCategory();
        var mark = _chart.Kind == ChartKind.Pie ? "slice" : "bar";
        return (Pick(
            $"What color is the {mark} of {_chart.Categories[i]}?",
            $"What is the color of {_chart.Categories[i]}?"), Wording.Capital(_chart.ColorOf(0, i).Name));
    }

    private (string, string) CategoryOfColor()
    {
        var i = PickCategory();
        var mark = _chart.Kind == ChartKind.Pie ? "slice" : "bar";
        var color = _chart.ColorOf(0, i).Name;
        return (Pick($"Which {_noun} is {color}?", $"What does the {color} {mark} stand for?"), _chart.Categories[i]);
    }

    private (string, string) Change()
    {
        var i = _random.Next(1, _chart.Categories.Length);
        var (before, after) = (_series.Values[i - 1], _series.Values[i]);
        return (Pick(
            $"Does the line rise, fall or stay from {_chart.Categories[i - 1]} to {_chart.Categories[i]}?",
            $"From {_chart.Categories[i - 1]} to {_chart.Categories[i]}, does the value rise, fall or stay?"),
            after > before ? "Rise" : after < before ? "Fall" : "Stay");
    }

    private int PlaceOfGreatest() => _series.Values.IndexOf(_series.Values.Max());

    private int PlaceOfLeast() => _series.Values.IndexOf(_series.Values.Min());

    private int PickCategory() => _random.Next(_chart.Categories.Length);

    /// <summary>Two categories whose values are seen to differ; null where chance found none.</summary>
    private (int A, int B)? PickPair()
    {
        for (var attempt = 0; attempt < 8; attempt++)
        {
            var (a, b) = (PickCategory(), PickCategory());
            var least = _chart.ShowsValues ? 0 : _chart.Kind == ChartKind.Pie ? 3 : _chart.Step / 4;
            if (Math.Abs(_series.Values[a] - _series.Values[b]) > least) return (a, b);
        }
        return null;
    }

    private string Pick(params string[] wordings) => _random.Pick(wordings);

    private static string Number(decimal value) => Wording.Number(value);
}
