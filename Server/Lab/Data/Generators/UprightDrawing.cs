using Molmo.Demo.Lab.Drawing;
using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Draws standing bars, and lines.</summary>
internal static class UprightDrawing
{
    /// <param name="sheet">To draw on.</param>
    /// <param name="chart">What it shows.</param>
    /// <param name="text">Look of all text.</param>
    /// <param name="room">All that may be used, names of axes too.</param>
    /// <param name="random">Of the example, for what does not matter.</param>
    /// <param name="marks">Get the place of each value.</param>
    public static void Draw(
        Sheet sheet, ChartData chart, Lettering text, SKRect room, Random random, List<ChartMark> marks)
    {
        var axis = ChartAxis.Name(chart);
        var nameText = text.Within(axis, room.Height * 0.9f);
        var widest = ChartAxis.Values(chart).Max(value => text.WidthOf(Wording.Number(value)));
        var left = room.Left + nameText.Size + (0.6f * text.Size) + widest + (0.4f * text.Size);
        var slot = (room.Right - left) / chart.Categories.Length;
        var longest = chart.Categories.Max(text.WidthOf);
        var isTurned = longest > slot * 0.94f;
        var below = (isTurned ? longest : text.Height) + (0.6f * text.Size);
        var hasNoun = !isTurned && random.NextDouble() < 0.4;
        if (hasNoun) below += 1.3f * text.Size;
        var plot = new SKRect(left, room.Top + text.Height, room.Right, room.Bottom - below);

        sheet.Text(axis, new SKPoint(room.Left + (nameText.Size / 2), plot.MidY), nameText, degrees: -90);
        if (hasNoun)
            sheet.Text(
                Wording.Capital(chart.Topic.Noun), new SKPoint(plot.MidX, room.Bottom), text, Anchor.Bottom);
        foreach (var value in ChartAxis.Values(chart))
        {
            var y = HeightOf(value);
            sheet.Line(new SKPoint(plot.Left, y), new SKPoint(plot.Right, y), ChartAxis.GridColor(chart, text), 1);
            sheet.Text(
                Wording.Number(value), new SKPoint(plot.Left - (0.4f * text.Size), y), text, Anchor.Right);
        }
        for (var i = 0; i < chart.Categories.Length; i++)
        {
            var at = new SKPoint(plot.Left + ((i + 0.5f) * slot), plot.Bottom + (0.5f * text.Size));
            if (!isTurned) sheet.Text(chart.Categories[i], at, text, Anchor.Top);
            else sheet.Text(chart.Categories[i], at, text, Anchor.Right, degrees: -90);
        }

        if (chart.Kind == ChartKind.Line) DrawLines();
        else DrawBars((float)random.NextBetween(0.5, 0.85));
        sheet.Line(new SKPoint(plot.Left, plot.Bottom), new SKPoint(plot.Right, plot.Bottom), text.Color, 1.5f);

        float HeightOf(decimal value) => plot.Bottom - (plot.Height * (float)(value / chart.Top));

        void DrawBars(float share)
        {
            var width = slot * share / chart.Series.Length;
            var values = ChartAxis.ValueText(chart, text, share < 0.7f && !chart.HasLegend ? slot * 0.9f : width);
            for (var i = 0; i < chart.Categories.Length; i++)
            {
                for (var s = 0; s < chart.Series.Length; s++)
                {
                    var value = chart.Series[s].Values[i];
                    var x = plot.Left + ((i + 0.5f) * slot) + ((s - (chart.Series.Length / 2f)) * width);
                    var bar = new SKRect(x + 0.5f, HeightOf(value), x + width - 0.5f, plot.Bottom);
                    sheet.Fill(bar, chart.ColorOf(s, i).Color);
                    marks.Add(new ChartMark(s, i, new SKPoint(bar.MidX, bar.MidY)));
                    if (chart.ShowsValues)
                        sheet.Text(
                            Wording.Number(value), new SKPoint(bar.MidX, bar.Top - 3), values, Anchor.Bottom);
                }
            }
        }

        void DrawLines()
        {
            var radius = Math.Max(3.5f, text.Size * 0.3f);
            var values = ChartAxis.ValueText(chart, text, slot * 0.9f);
            for (var s = 0; s < chart.Series.Length; s++)
            {
                SKPoint[] points =
                [
                    .. chart.Series[s].Values.Select(
                        (value, i) => new SKPoint(plot.Left + ((i + 0.5f) * slot), HeightOf(value))),
                ];
                sheet.Outline(points, chart.ColorOf(s, 0).Color, Math.Max(2, radius * 0.6f));
                marks.AddRange(points.Select((point, i) => new ChartMark(s, i, point)));
            }
            // After all lines, so that none runs over a dot or a number.
            foreach (var mark in marks)
            {
                sheet.FillCircle(mark.At, radius, chart.ColorOf(mark.Series, 0).Color);
                if (chart.ShowsValues)
                    sheet.Text(
                        Wording.Number(chart.Series[mark.Series].Values[mark.Category]),
                        new SKPoint(mark.At.X, mark.At.Y - radius - 3), values, Anchor.Bottom);
            }
        }
    }
}
