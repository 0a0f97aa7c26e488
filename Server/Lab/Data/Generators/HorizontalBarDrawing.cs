using Molmo.Demo.Lab.Drawing;
using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Draws lying bars.</summary>
internal static class HorizontalBarDrawing
{
    /// <inheritdoc cref="UprightDrawing.Draw"/>
    public static void Draw(
        Sheet sheet, ChartData chart, Lettering text, SKRect room, Random random, List<ChartMark> marks)
    {
        var axis = ChartAxis.Name(chart);
        var longest = chart.Categories.Max(text.WidthOf);
        var last = text.WidthOf(Wording.Number(chart.Top));
        // A value that is written behind the longest bar stands over the edge of the grid.
        var right = room.Right - (chart.ShowsValues ? last * 0.7f : last / 2) - 2;
        var plot = new SKRect(
            room.Left + longest + (0.6f * text.Size), room.Top, right, room.Bottom - (2.8f * text.Size));
        var slot = plot.Height / chart.Categories.Length;

        sheet.Text(axis, new SKPoint(plot.MidX, room.Bottom), text.Within(axis, plot.Width), Anchor.Bottom);
        var scale = text.Within(
            string.Concat(ChartAxis.Values(chart).Select(value => $" {Wording.Number(value)} ")), plot.Width);
        foreach (var value in ChartAxis.Values(chart))
        {
            var x = PlaceOf(value);
            sheet.Line(new SKPoint(x, plot.Top), new SKPoint(x, plot.Bottom), ChartAxis.GridColor(chart, text), 1);
            sheet.Text(Wording.Number(value), new SKPoint(x, plot.Bottom + (0.4f * text.Size)), scale, Anchor.Top);
        }
        var height = slot * (float)random.NextBetween(0.5, 0.85) / chart.Series.Length;
        var values = text with { Size = Math.Min(text.Size * 0.9f, height * 1.3f) };
        for (var i = 0; i < chart.Categories.Length; i++)
        {
            var middle = plot.Top + ((i + 0.5f) * slot);
            sheet.Text(
                chart.Categories[i], new SKPoint(plot.Left - (0.4f * text.Size), middle), text, Anchor.Right);
            for (var s = 0; s < chart.Series.Length; s++)
            {
                var value = chart.Series[s].Values[i];
                var y = middle + ((s - (chart.Series.Length / 2f)) * height);
                var bar = new SKRect(plot.Left, y + 0.5f, PlaceOf(value), y + height - 0.5f);
                sheet.Fill(bar, chart.ColorOf(s, i).Color);
                marks.Add(new ChartMark(s, i, new SKPoint(bar.MidX, bar.MidY)));
                if (chart.ShowsValues)
                    sheet.Text(Wording.Number(value), new SKPoint(bar.Right + 4, bar.MidY), values, Anchor.Left);
            }
        }
        sheet.Line(new SKPoint(plot.Left, plot.Top), new SKPoint(plot.Left, plot.Bottom), text.Color, 1.5f);

        float PlaceOf(decimal value) => plot.Left + (plot.Width * (float)(value / chart.Top));
    }
}
