using Molmo.Demo.Lab.Drawing;
using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>What upright and lying charts share: the grid's values and how things are written along it.</summary>
internal static class ChartAxis
{
    /// <summary>From 0 to the top.</summary>
    public static IEnumerable<decimal> Values(ChartData chart)
    {
        for (var value = 0m; value <= chart.Top; value += chart.Step) yield return value;
    }

    /// <summary>What the axis is called.</summary>
    public static string Name(ChartData chart)
        => Wording.Capital(chart.Topic.Measure) + (chart.Unit.Length > 0 ? $" ({chart.Unit})" : "");

    public static SKColor GridColor(ChartData chart, Lettering text) => Palette.Mix(chart.Paper, text.Color, 0.18);

    /// <summary>Smaller letters beside marks where there are many.</summary>
    public static Lettering ValueText(ChartData chart, Lettering text, float room)
    {
        var widest = chart.Series.SelectMany(series => series.Values).Select(Wording.Number)
            .MaxBy(value => value.Length)!;
        return (text with { Size = text.Size * 0.9f }).Within(widest, room);
    }
}
