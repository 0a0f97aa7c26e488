using Molmo.Demo.Lab.Drawing;
using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Draws tables, with lines, stripes or neither.</summary>
internal static class TableDrawing
{
    /// <param name="table">What it has in it.</param>
    /// <param name="random">Of the example, for what does not matter.</param>
    public static Sheet Draw(TableData table, Random random)
    {
        var paper = Palette.PickPaper(random);
        var text = Paper.PickLettering(random, (float)random.NextBetween(15, 26), Palette.InkOn(paper));
        var heading = text with { Weight = Math.Max(text.Weight, 0.035f) };
        string[][] columns =
        [
            [table.Noun, .. table.Names], .. table.Columns.Select(column => (string[])[column.Name, .. column.Cells]),
        ];
        var spread = (float)random.NextBetween(1, 2.2);
        float[] widths = [.. columns.Select(cells => cells.Max(heading.WidthOf) + (spread * text.Size))];
        var rowHeight = text.Size * (float)random.NextBetween(1.5, 2.2);
        var titleHeight = table.Title is null ? 0 : text.Size * 2;
        var (width, height) = (widths.Sum(), (rowHeight * columns[0].Length) + titleHeight);
        // The table at its natural size if the picture can be so large, else smaller.
        var scale = Math.Min(1, (Paper.Most - 16) / Math.Max(width, height));
        var sheet = new Sheet(
            SideFor(width * scale, random), SideFor(height * scale, random), paper);
        sheet.Canvas.Translate(
            (sheet.Width - (width * scale)) * (float)random.NextBetween(0.3, 0.7),
            (sheet.Height - (height * scale)) * (float)random.NextBetween(0.3, 0.7));
        sheet.Canvas.Scale(scale);
        if (table.Title is { } title)
            sheet.Text(
                title, new SKPoint(width / 2, titleHeight / 2), heading with { Size = text.Size * 1.25f });
        DrawCells(sheet, columns, widths, new SKPoint(0, titleHeight), rowHeight, text, heading, paper, random);
        return sheet;
    }

    private static int SideFor(float length, Random random)
        => Math.Clamp((int)(length + random.NextBetween(16, 60)), Paper.Least, Paper.Most);

    private static void DrawCells(
        Sheet sheet, string[][] columns, float[] widths, SKPoint corner, float rowHeight, Lettering text,
        Lettering heading, SKColor paper, Random random)
    {
        var (width, rows) = (widths.Sum(), columns[0].Length);
        var accent = random.NextDouble() < 0.4 ? Palette.Pick(random, 1, paper)[0].Color : (SKColor?)null;
        var isStriped = random.NextDouble() < 0.4;
        var hasColumnLines = random.NextDouble() < 0.5;
        var hasRowLines = hasColumnLines || random.NextDouble() < 0.6;
        var isCentered = random.NextDouble() < 0.4;
        var line = Palette.Mix(paper, text.Color, random.NextBetween(0.3, 0.9));
        for (var row = 0; row < rows; row++)
        {
            var box = SKRect.Create(corner.X, corner.Y + (row * rowHeight), width, rowHeight);
            if (row == 0 && accent is { } color) sheet.Fill(box, color);
            else if (row > 0 && isStriped && row % 2 == 0) sheet.Fill(box, Palette.Mix(paper, text.Color, 0.1));
            var style = row == 0
                ? heading with { Color = accent is { } behind ? Palette.InkOn(behind) : text.Color }
                : text;
            var x = corner.X;
            for (var i = 0; i < columns.Length; i++)
            {
                var at = new SKPoint(isCentered ? x + (widths[i] / 2) : x + (0.4f * text.Size), box.MidY);
                sheet.Text(columns[i][row], at, style, isCentered ? Anchor.Center : Anchor.Left);
                x += widths[i];
            }
            if (hasRowLines || row == 0) Rule(box.Left, box.Bottom, box.Right, box.Bottom);
        }
        if (!hasColumnLines) return;
        var bottom = corner.Y + (rows * rowHeight);
        Rule(corner.X, corner.Y, corner.X + width, corner.Y);
        Rule(corner.X, corner.Y, corner.X, bottom);
        for (var (i, x) = (0, corner.X); i < widths.Length; i++)
        {
            x += widths[i];
            Rule(x, corner.Y, x, bottom);
        }

        void Rule(float x1, float y1, float x2, float y2)
            => sheet.Line(new SKPoint(x1, y1), new SKPoint(x2, y2), line, 1.2f);
    }
}
