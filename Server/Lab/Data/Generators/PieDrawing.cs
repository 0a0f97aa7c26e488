using Molmo.Demo.Lab.Drawing;
using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Draws pies and rings, with a list of what each colour is.</summary>
internal static class PieDrawing
{
    /// <inheritdoc cref="UprightDrawing.Draw"/>
    public static void Draw(
        Sheet sheet, ChartData chart, Lettering text, SKRect room, Random random, List<ChartMark> marks)
    {
        var values = chart.Series[0].Values;
        var swatch = text.Height * 1.2f;
        string[] entries =
        [
            .. chart.Categories.Select((name, i) => chart.ShowsValues ? $"{name} {Wording.Number(values[i])}%" : name),
        ];
        var listWidth = (1.5f * swatch) + entries.Max(text.WidthOf);
        var rowHeight = 1.6f * text.Size;
        var listHeight = entries.Length * rowHeight;
        var isBeside = room.Width - listWidth >= room.Height - listHeight;
        var pie = isBeside
            ? new SKRect(room.Left, room.Top, room.Right - listWidth - text.Size, room.Bottom)
            : new SKRect(room.Left, room.Top, room.Right, room.Bottom - listHeight - (0.5f * text.Size));
        var center = new SKPoint(pie.MidX, pie.MidY);
        var radius = Math.Min(pie.Width, pie.Height) / 2;

        var start = (float)random.Pick([-90.0, -90.0, 0.0, random.NextBetween(0, 360)]);
        var hole = random.NextDouble() < 0.25 ? radius * 0.5f : 0;
        for (var i = 0; i < values.Length; i++)
        {
            var sweep = (float)values[i] * 3.6f;
            using var slice = Slice(center, radius, start, sweep);
            sheet.Fill(slice, chart.ColorOf(0, i).Color);
            sheet.Outline(slice, chart.Paper, 1.5f);
            var (sin, cos) = Math.SinCos((start + (sweep / 2)) * Math.PI / 180);
            var distance = radius * 0.72f;
            marks.Add(new ChartMark(0, i, new SKPoint(
                (float)(center.X + (cos * distance)), (float)(center.Y + (sin * distance)))));
            start += sweep;
        }
        if (hole > 0) sheet.FillCircle(center, hole, chart.Paper);

        var x = isBeside ? room.Right - listWidth : room.MidX - (listWidth / 2);
        var y = (isBeside ? room.MidY - (listHeight / 2) : room.Bottom - listHeight) + (rowHeight / 2);
        for (var i = 0; i < entries.Length; i++, y += rowHeight)
        {
            sheet.Fill(SKRect.Create(x, y - (swatch / 2), swatch, swatch), chart.ColorOf(0, i).Color);
            sheet.Text(entries[i], new SKPoint(x + (1.5f * swatch), y), text, Anchor.Left);
        }
    }

    private static SKPath Slice(SKPoint center, float radius, float start, float sweep)
    {
        using var builder = new SKPathBuilder();
        builder.MoveTo(center);
        var box = new SKRect(center.X - radius, center.Y - radius, center.X + radius, center.Y + radius);
        builder.ArcTo(box, start, sweep, forceMoveTo: false);
        builder.Close();
        return builder.Detach();
    }
}
