using Molmo.Demo.Lab.Data;
using Molmo.Demo.Lab.Data.Generators;

namespace Molmo.Demo.Server.Tests.Lab.Generators;

public sealed partial class ChartGeneratorTests
{
    [Fact]
    public void Read_Answers_FollowFromTheData()
    {
        var source = new ChartGenerator(31);
        var checkedSorts = new Dictionary<string, int>();
        for (var i = 0; i < 300; i++)
        {
            var (example, (chart, _)) = (source.Read(i), source.Plan(i));
            foreach (var annotation in example.Annotations)
            {
                Assert.Contains(annotation.Style, (string[])[Styles.Chart, Styles.ChartsOfCode]);
                if (Expected(chart, annotation.Question) is not var (sort, answer)) continue;
                checkedSorts[sort] = checkedSorts.GetValueOrDefault(sort) + 1;
                Assert.True(answer == annotation.Answer, $"{i}: {annotation} {answer}");
            }
        }
        string[] sorts =
            ["greatest", "least", "value", "sum", "difference", "range", "bars", "greater", "above", "series color"];
        Assert.All(sorts, sort => Assert.True(checkedSorts.GetValueOrDefault(sort) > 2, sort));
    }

    [Fact]
    public void Marks_OfEachValue_LieOnItsColor()
    {
        var source = new ChartGenerator(32);
        for (var i = 0; i < 200; i++)
        {
            var (example, (chart, marks)) = (source.Read(i), source.Plan(i));
            Assert.Equal(chart.Categories.Length * chart.Series.Length, marks.Count);
            Assert.All(marks, mark => Assert.True(
                example.Picture!.Has(mark.At.X, mark.At.Y, chart.ColorOf(mark.Series, mark.Category).Color),
                $"Example {i}, {chart.Kind}: {mark} is not of its color."));
        }
    }

    [Fact]
    public void Bars_Heights_GrowWithTheirValues()
    {
        var source = new ChartGenerator(33);
        for (var i = 0; i < 100; i++)
        {
            var (chart, marks) = source.Plan(i);
            if (chart.Kind != ChartKind.Bar) continue;
            // The middle of a bar is half as high as its end.
            var byHeight = marks.OrderByDescending(mark => mark.At.Y).Select(ValueOf).ToList();
            Assert.Equal(byHeight.Order(), byHeight);

            decimal ValueOf(ChartMark mark) => chart.Series[mark.Series].Values[mark.Category];
        }
    }

    [Fact]
    public void Create_WithoutWrittenValues_HasThemOnTheGridOrInTheMiddle()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var chart = ChartData.Create(new Random(seed), ChartKind.Bar, ChartKind.HorizontalBar, ChartKind.Line);
            var values = chart.Series.SelectMany(series => series.Values).ToList();
            Assert.All(values, value => Assert.InRange(value, 0.01m, chart.Top));
            Assert.All(values, value => Assert.True(chart.ShowsValues || value * 2 % chart.Step == 0));
            Assert.All(
                chart.Series, series => Assert.Single(series.Values, value => value == series.Values.Max()));
        }
    }

    [Fact]
    public void Create_Pie_MakesAHundredPercent()
    {
        for (var seed = 0; seed < 200; seed++)
            Assert.Equal(100, ChartData.Create(new Random(seed), ChartKind.Pie).Series[0].Values.Sum());
    }

    /// <summary>The answer to a question of a known sort, from its words alone; null for the other sorts.</summary>
    private static (string Sort, string Answer)? Expected(ChartData chart, string question)
    {
        var series = chart.Series.Length == 1
            ? chart.Series[0]
            : chart.Series.FirstOrDefault(row => question.Contains($" for {row.Name}", StringComparison.Ordinal));
        var words = question.TrimEnd('?', '.');
        if (series is not null) words = words.Replace($" for {series.Name}", "", StringComparison.Ordinal);
        if (words is "How many bars are there" or "Count the bars")
            return ("bars", $"{chart.Series.Length * chart.Categories.Length}");
        if (Color().Match(question.TrimEnd('?')) is { Success: true } color
            && chart.Series.FirstOrDefault(row => row.Name == color.Groups[1].Value) is { } named && chart.HasLegend)
            return ("series color", Capital(chart.Colors[chart.Series.IndexOf(named)].Name));
        if (series is null) return null;
        var values = series.Values;
        if (words.Contains("has the highest value", StringComparison.Ordinal))
            return ("greatest", chart.Categories[values.IndexOf(values.Max())]);
        if (words.Contains("has the lowest value", StringComparison.Ordinal))
            return ("least", chart.Categories[values.IndexOf(values.Min())]);
        if (words.StartsWith("What is the difference between the highest", StringComparison.Ordinal))
            return ("range", Number(values.Max() - values.Min()));
        if (Value().Match(words) is { Success: true } value) return ("value", Number(ValueOf(value.Groups[1])));
        if (Sum().Match(words) is { Success: true } sum)
            return ("sum", Number(ValueOf(sum.Groups[1]) + ValueOf(sum.Groups[2])));
        if (Difference().Match(words) is { Success: true } two)
            return ("difference", Number(Math.Abs(ValueOf(two.Groups[1]) - ValueOf(two.Groups[2]))));
        if (Greater().Match(words) is { Success: true } pair)
            return ("greater", ValueOf(pair.Groups[1]) > ValueOf(pair.Groups[2]) ? "Yes" : "No");
        if (Above().Match(words) is { Success: true } above)
        {
            var limit = decimal.Parse(above.Groups[1].Value, CultureInfo.InvariantCulture);
            return ("above", $"{values.Count(number => number > limit)}");
        }
        return null;

        decimal ValueOf(Group name) => values[chart.Categories.IndexOf(name.Value)];
    }

    private static string Number(decimal value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    [GeneratedRegex("^What is the value of (.+)$")]
    private static partial Regex Value();

    [GeneratedRegex("^What is the sum of (.+) and (.+)$")]
    private static partial Regex Sum();

    [GeneratedRegex("^What is the difference between (.+) and (.+)$")]
    private static partial Regex Difference();

    [GeneratedRegex("^Is (.+) higher than (.+)$")]
    private static partial Regex Greater();

    [GeneratedRegex("^How many values are higher than ([0-9.]+)$")]
    private static partial Regex Above();

    [GeneratedRegex("^What color stands for (.+)$")]
    private static partial Regex Color();
}
