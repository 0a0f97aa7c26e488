using Molmo.Demo.Lab.Drawing;
using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Draws charts: title and legend here, the rest by kind.</summary>
internal sealed class ChartDrawing
{
    private readonly ChartData _chart;
    private readonly Random _random;
    private readonly Sheet _sheet;
    private readonly Lettering _text;
    private readonly float _margin;
    private readonly List<ChartMark> _marks = [];

    private ChartDrawing(Sheet sheet, ChartData chart, Random random)
    {
        (_sheet, _chart, _random) = (sheet, chart, random);
        var shorter = Math.Min(sheet.Width, sheet.Height);
        _text = Paper.PickLettering(
            random, Math.Max(11, shorter * (float)random.NextBetween(0.03, 0.042)), Palette.InkOn(chart.Paper));
        _margin = shorter * (float)random.NextBetween(0.03, 0.05);
    }

    /// <param name="chart">What it shows.</param>
    /// <param name="random">Of the example, for what does not matter.</param>
    /// <returns>The picture, and where each value is in it.</returns>
    public static (Sheet Sheet, IReadOnlyList<ChartMark> Marks) Draw(ChartData chart, Random random)
    {
        var size = Paper.PickSize(random, least: 280);
        var sheet = new Sheet(size.Width, size.Height, chart.Paper);
        var drawing = new ChartDrawing(sheet, chart, random);
        drawing.Draw();
        return (sheet, drawing._marks);
    }

    private void Draw()
    {
        var room = new SKRect(_margin, _margin, _sheet.Width - _margin, _sheet.Height - _margin);
        var title = (_text with { Size = _text.Size * 1.3f, Weight = Math.Max(_text.Weight, 0.03f) })
            .Within(_chart.Title, room.Width);
        if (_random.NextDouble() < 0.5)
            _sheet.Text(_chart.Title, new SKPoint(room.MidX, room.Top), title, Anchor.Top);
        else
            _sheet.Text(_chart.Title, new SKPoint(room.Left, room.Top + (title.Height / 2)), title, Anchor.Left);
        room.Top += title.Height + (1.2f * _text.Size);
        if (_chart.HasLegend) DrawLegend(ref room);
        if (_chart.Kind == ChartKind.Pie)
            PieDrawing.Draw(_sheet, _chart, _text, room, _random, _marks);
        else if (_chart.Kind == ChartKind.HorizontalBar)
            HorizontalBarDrawing.Draw(_sheet, _chart, _text, room, _random, _marks);
        else
            UprightDrawing.Draw(_sheet, _chart, _text, room, _random, _marks);
    }

    /// <summary>In rows above or below, each as wide as there is room.</summary>
    private void DrawLegend(ref SKRect room)
    {
        var swatch = _text.Height * 1.2f;
        var rowHeight = _text.Size * 1.5f;
        var rows = new List<List<int>> { new() };
        var used = 0f;
        for (var i = 0; i < _chart.Series.Length; i++)
        {
            var width = WidthOf(i);
            if (used > 0 && used + width > room.Width)
            {
                rows.Add([]);
                used = 0;
            }
            rows[^1].Add(i);
            used += width;
        }
        var height = rows.Count * rowHeight;
        var isAbove = _random.NextDouble() < 0.6;
        var y = (isAbove ? room.Top : room.Bottom - height) + (_text.Height / 2);
        foreach (var row in rows)
        {
            var x = room.MidX - (row.Sum(WidthOf) / 2);
            foreach (var i in row)
            {
                _sheet.Fill(SKRect.Create(x, y - (swatch / 2), swatch, swatch), _chart.ColorOf(i, 0).Color);
                _sheet.Text(_chart.Series[i].Name, new SKPoint(x + (1.4f * swatch), y), _text, Anchor.Left);
                x += WidthOf(i);
            }
            y += rowHeight;
        }
        if (isAbove) room.Top += height;
        else room.Bottom -= height + (0.5f * _text.Size);

        float WidthOf(int series) => (1.4f * swatch) + _text.WidthOf(_chart.Series[series].Name) + (1.2f * _text.Size);
    }
}
