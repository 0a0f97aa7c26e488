using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Lab.Data;
using Molmo.Demo.Lab.Data.Generators;

namespace Molmo.Demo.Server.Tests.Lab.Generators;

public sealed partial class PointExplanationGeneratorTests
{
    [Fact]
    public void Read_PointsOnClocks_LieOnTheHands()
    {
        var source = new PointExplanationGenerator(61);
        var looked = 0;
        for (var i = 0; i < 300; i++)
        {
            if (source.PlanClock(i) is not { } clock) continue;
            var example = source.Read(i);
            foreach (var (alt, points) in Marked(example))
            {
                if (HandOf(clock, alt) is not { } hand) continue;
                looked++;
                var (x, y) = Assert.Single(points);
                var picture = example.Picture!;
                Assert.True(
                    picture.Has(x * picture.Width / 100, y * picture.Height / 100, hand.Color.Color),
                    $"Example {i}: no {alt} at {x}, {y}.");
            }
        }
        Assert.True(looked > 80, $"Only {looked} points on hands.");
    }

    [Fact]
    public void Read_PointsOnCharts_LieOnTheMarkThatIsNamed()
    {
        var source = new PointExplanationGenerator(62);
        var looked = 0;
        for (var i = 0; i < 300; i++)
        {
            if (source.PlanChart(i) is not var (chart, _)) continue;
            var example = source.Read(i);
            foreach (var (alt, points) in Marked(example))
            {
                var series = chart.Series.Length == 1
                    ? 0
                    : chart.Series.ToList().FindIndex(
                        row => alt.Contains($" of {row.Name}", StringComparison.OrdinalIgnoreCase));
                Assert.InRange(series, 0, chart.Series.Length - 1);
                foreach (var category in CategoriesOf(chart, series, alt))
                {
                    looked++;
                    var color = chart.ColorOf(series, category).Color;
                    Assert.True(
                        points.Any(point => IsOn(example.Picture!, chart, point, color)),
                        $"Example {i}: no point of {alt} on {chart.Categories[category]}.");
                }
                Assert.Equal(CategoriesOf(chart, series, alt).Length, points.Count);
            }
        }
        Assert.True(looked > 200, $"Only {looked} points on marks.");
    }

    [Fact]
    public void Point_OfAnyText_KeepsTheSentencesOwnWords()
        => Assert.Equal(
            "<point x=\"12.3\" y=\"45.7\" alt=\"tallest bar\">Tuesday</point>",
            Wording.Point((12.34, 45.66), "Tallest bar", "Tuesday"));

    /// <summary>Bars and slices are wide: the pixel itself is of the colour. A dot may be small.</summary>
    private static bool IsOn(
        RgbImage picture, ChartData chart, (double X, double Y) point, SkiaSharp.SKColor color)
        => chart.Kind == ChartKind.Line
            ? picture.Has(point.X * picture.Width / 100, point.Y * picture.Height / 100, color)
            : picture.At(point) == color;

    /// <summary>What a name says, worked out again from the data.</summary>
    private static int[] CategoriesOf(ChartData chart, int series, string alt)
    {
        var values = chart.Series[series].Values;
        if (Greatest().IsMatch(alt)) return [values.IndexOf(values.Max())];
        if (Least().IsMatch(alt)) return [values.IndexOf(values.Min())];
        if (Above().Match(alt) is { Success: true } above)
        {
            var limit = decimal.Parse(above.Groups[1].Value, CultureInfo.InvariantCulture);
            return [.. Enumerable.Range(0, values.Length).Where(i => values[i] > limit)];
        }
        return
        [
            chart.Categories.ToList().FindIndex(
                name => alt.EndsWith($" for {name}", StringComparison.OrdinalIgnoreCase)),
        ];
    }

    private static ClockHand? HandOf(ClockFace clock, string alt) => alt switch
    {
        "hour hand" => clock.HourHand,
        "minute hand" => clock.MinuteHand,
        "second hand" => clock.SecondHand,
        _ => null,
    };

    private static IEnumerable<(string Alt, List<(double X, double Y)> Points)> Marked(Example example)
        => example.Annotations.SelectMany(annotation => Markup().Matches(annotation.Answer))
            .Select(match => (match.Groups[2].Value, GeneratorTests.Points(match.Groups[1].Value).ToList()));

    [GeneratedRegex("<points?( [^>]*?) alt=\"([^\"]+)\">[^<]+</points?>")]
    private static partial Regex Markup();

    [GeneratedRegex("^(tallest|longest|largest|highest) ")]
    private static partial Regex Greatest();

    [GeneratedRegex("^(shortest|smallest|lowest) ")]
    private static partial Regex Least();

    [GeneratedRegex(" above ([0-9.]+)$")]
    private static partial Regex Above();
}
