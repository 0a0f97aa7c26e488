using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Generators;

internal enum ChartKind
{
    Bar,
    HorizontalBar,
    Line,
    Pie,
}

/// <summary>A row of values.</summary>
/// <param name="Name">In the legend.</param>
/// <param name="Values">One for each category.</param>
internal sealed record ChartSeries(string Name, ImmutableArray<decimal> Values);

/// <summary>A chart before it is drawn.</summary>
internal sealed record ChartData
{
    public required ChartKind Kind { get; init; }

    public required ChartTopic Topic { get; init; }

    public required string Title { get; init; }

    public required ImmutableArray<string> Categories { get; init; }

    /// <summary>One to three.</summary>
    public required ImmutableArray<ChartSeries> Series { get; init; }

    /// <summary>One for each series, or for each category where these have colours of their own.</summary>
    public required ImmutableArray<NamedColor> Colors { get; init; }

    /// <summary>Whether each category has a colour of its own.</summary>
    public required bool IsColorful { get; init; }

    /// <summary>Whether values are written beside their marks; else they lie on lines of the grid or between.</summary>
    public required bool ShowsValues { get; init; }

    /// <summary>Between two lines of the grid.</summary>
    public required decimal Step { get; init; }

    /// <summary>Value of the uppermost line of the grid.</summary>
    public required decimal Top { get; init; }

    public required SKColor Paper { get; init; }

    public bool HasLegend => Series.Length > 1;

    /// <summary>The unit behind or before a value; shares are in percent.</summary>
    public string Unit => Kind == ChartKind.Pie ? "%" : Topic.Unit;

    public NamedColor ColorOf(int series, int category) => Colors[IsColorful ? category : series];

    private static readonly decimal[] Steps = [1, 2, 5, 10, 10, 20, 25, 50, 100, 200, 500];

    public static ChartData Create(Random random, params ChartKind[] kinds)
    {
        var kind = random.Pick(kinds);
        var topic = random.Pick([.. ChartTopic.All.Where(topic => kind switch
        {
            ChartKind.Pie => topic.IsShare,
            ChartKind.Line => topic.IsInTime,
            _ => true,
        })]);
        var paper = Palette.PickPaper(random);
        var seriesCount = kind == ChartKind.Pie || random.NextDouble() < 0.6 ? 1 : random.Next(2, 4);
        var categories = PickCategories(random, topic, kind == ChartKind.Line ? random.Next(4, 10)
            : random.Next(3, seriesCount > 1 ? 6 : 8));
        var isColorful = kind == ChartKind.Pie
            || (kind != ChartKind.Line && seriesCount == 1 && random.NextDouble() < 0.5);
        // Beside several lines it would not be plain which one a number belongs to.
        var showsValues = random.NextDouble() < 0.5 && (kind != ChartKind.Line || seriesCount == 1);
        var step = random.Pick([.. Steps.Where(
            step => step <= topic.MostStep && (!topic.IsWhole || decimal.IsEvenInteger(step)))]);
        var top = step * random.Next(4, 8);
        var unit = !showsValues ? step / 2 : step < 5 && !topic.IsWhole ? 0.1m : step < 50 ? 1 : 5;
        string[] names = [.. topic.Series];
        random.Shuffle(names);
        return new ChartData
        {
            Kind = kind,
            Topic = topic,
            Title = PickTitle(random, topic),
            Categories = categories,
            Series = kind == ChartKind.Pie
                ? [new ChartSeries(names[0], PickShares(random, categories.Length))]
                : PickSeries(random, names[..seriesCount], categories.Length, unit, top),
            Colors = [.. Palette.Pick(random, isColorful ? categories.Length : seriesCount, paper)],
            IsColorful = isColorful,
            ShowsValues = showsValues,
            Step = step,
            Top = top,
            Paper = paper,
        };
    }

    private static ImmutableArray<string> PickCategories(Random random, ChartTopic topic, int count)
    {
        string[] all = [.. topic.Categories];
        count = Math.Min(count, all.Length);
        if (topic.IsInTime) return [.. all.AsSpan(random.Next(all.Length - count + 1), count)];
        random.Shuffle(all);
        return [.. all.AsSpan(0, count)];
    }

    private static string PickTitle(Random random, ChartTopic topic)
    {
        var measure = Wording.Capital(topic.Measure);
        return random.Pick(
        [
            measure, $"{measure} by {topic.Noun}", $"{measure} per {topic.Noun}", $"Report: {topic.Measure}",
            $"{measure} at a glance",
        ]);
    }

    /// <summary>
    /// Values of which one is the greatest and one the least, each well apart from those of the other series above and
    /// below it.
    /// </summary>
    private static ImmutableArray<ChartSeries> PickSeries(
        Random random, string[] names, int count, decimal unit, decimal top)
    {
        var (least, most) = ((int)Math.Ceiling(top / 10 / unit), (int)Math.Floor(top * 0.96m / unit));
        while (true)
        {
            var series = names.Select(name => new ChartSeries(name,
                [.. Enumerable.Range(0, count).Select(_ => random.Next(least, most + 1) * unit)])).ToImmutableArray();
            var isClear = series.All(HasClearEnds)
                && Enumerable.Range(0, count).All(i => AreApart([.. series.Select(row => row.Values[i])], top));
            if (isClear) return series;
        }
    }

    private static bool HasClearEnds(ChartSeries series)
    {
        var sorted = series.Values.Sort();
        return sorted[0] < sorted[1] && sorted[^2] < sorted[^1];
    }

    private static bool AreApart(ImmutableArray<decimal> values, decimal top)
    {
        var sorted = values.Sort();
        return Enumerable.Range(1, sorted.Length - 1).All(i => sorted[i] - sorted[i - 1] >= top * 0.07m);
    }

    /// <summary>Whole percent that make 100, the greatest and the least three apart from the others.</summary>
    private static ImmutableArray<decimal> PickShares(Random random, int count)
    {
        while (true)
        {
            var weights = Enumerable.Range(0, count).Select(_ => random.NextBetween(0.2, 1)).ToArray();
            var shares = weights.Select(weight => Math.Round((decimal)(100 * weight / weights.Sum()))).ToArray();
            shares[0] += 100 - shares.Sum();
            var sorted = shares.Order().ToArray();
            if (sorted[0] >= 4 && sorted[1] - sorted[0] >= 3 && sorted[^1] - sorted[^2] >= 3) return [.. shares];
        }
    }
}
