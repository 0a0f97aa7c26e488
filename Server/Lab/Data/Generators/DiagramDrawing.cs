using Molmo.Demo.Lab.Drawing;
using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Draws boxes with arrows between them.</summary>
internal sealed class DiagramDrawing
{
    private readonly DiagramData _diagram;
    private readonly Sheet _sheet;
    private readonly Lettering _text;
    private readonly SKColor _line;
    private readonly SKColor[] _fills;
    private readonly SKRect[] _boxes;
    private readonly float _corner;
    private readonly bool _isLying;
    private readonly float _width;

    private DiagramDrawing(
        Sheet sheet, DiagramData diagram, DiagramLayout layout, SKSize cell, SKColor paper, Random random)
    {
        (_sheet, _diagram) = (sheet, diagram);
        _text = Paper.PickLettering(random, Math.Min(cell.Height * 0.22f, 20), Palette.InkOn(paper));
        _line = random.NextDouble() < 0.6 ? _text.Color : Palette.Pick(random, 1, paper)[0].Color;
        _width = (float)random.NextBetween(1.2, 2.6);
        _isLying = layout.IsLying;
        var (halfWidth, halfHeight) = (cell.Width * 0.4f, cell.Height * (float)random.NextBetween(0.26, 0.32));
        _corner = random.Pick([0, halfHeight * 0.3f, halfHeight]);
        var (left, top) = (
            (sheet.Width - (cell.Width * layout.Columns)) / 2, (sheet.Height - (cell.Height * layout.Rows)) / 2);
        _boxes =
        [
            .. layout.Cells.Select(place => new SKPoint(left + (place.X * cell.Width), top + (place.Y * cell.Height)))
                .Select(at => new SKRect(at.X - halfWidth, at.Y - halfHeight, at.X + halfWidth, at.Y + halfHeight)),
        ];
        // Pale enough for the text on it; one for all boxes, or for each depth another.
        var tints = Palette.Pick(random, 4, paper).Select(color => Palette.Mix(paper, color.Color, 0.3)).ToArray();
        var isPlain = random.NextDouble() < 0.5;
        _fills = [.. diagram.Boxes.Select((_, i) => isPlain ? tints[0] : tints[diagram.DepthOf(i) % tints.Length])];
    }

    /// <param name="diagram">What it has in it.</param>
    /// <param name="random">Of the example, for what does not matter.</param>
    public static Sheet Draw(DiagramData diagram, Random random)
    {
        var layout = DiagramLayout.Of(diagram, random);
        var paper = Palette.PickPaper(random);
        var cell = new SKSize(
            Math.Min((float)random.NextBetween(110, 170), (Paper.Most - 20) / layout.Columns),
            Math.Min((float)random.NextBetween(75, 110), (Paper.Most - 20) / layout.Rows));
        var sheet = new Sheet(SideFor(cell.Width * layout.Columns), SideFor(cell.Height * layout.Rows), paper);
        var drawing = new DiagramDrawing(sheet, diagram, layout, cell, paper, random);
        foreach (var arrow in diagram.Arrows) drawing.DrawArrow(arrow);
        for (var i = 0; i < diagram.Boxes.Length; i++) drawing.DrawBox(i);
        return sheet;

        int SideFor(float length)
            => Math.Clamp((int)(length + random.NextBetween(8, 20)), Paper.Least, Paper.Most);
    }

    private bool IsQuestion(int box) => _diagram.Boxes[box].EndsWith('?');

    private void DrawBox(int i)
    {
        var box = _boxes[i];
        var text = _text with { Color = Palette.InkOn(_fills[i]) };
        if (IsQuestion(i))
        {
            var wide = Widened(box);
            SKPoint[] corners =
            [
                new(wide.MidX, wide.Top), new(wide.Right, wide.MidY), new(wide.MidX, wide.Bottom),
                new(wide.Left, wide.MidY),
            ];
            _sheet.Fill(corners, _fills[i]);
            _sheet.Outline(corners, _line, _width, close: true);
        }
        else
        {
            _sheet.Fill(box, _fills[i], _corner);
            _sheet.Outline(box, _line, _width, _corner);
        }
        var label = _diagram.Boxes[i];
        var room = box.Width * 0.88f;
        var space = label.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0 || text.WidthOf(label) <= room)
        {
            _sheet.Text(label, new SKPoint(box.MidX, box.MidY), text.Within(label, room));
            return;
        }
        var (first, second) = (label[..space], label[(space + 1)..]);
        var small = text.Within(first, room).Within(second, room);
        _sheet.Text(first, new SKPoint(box.MidX, box.MidY - (0.55f * small.Size)), small);
        _sheet.Text(second, new SKPoint(box.MidX, box.MidY + (0.55f * small.Size)), small);
    }

    /// <summary>A diamond needs more room than its text.</summary>
    private static SKRect Widened(SKRect box)
        => SKRect.Inflate(box, box.Width * 0.35f, box.Height * 0.22f);

    private void DrawArrow(DiagramArrow arrow)
    {
        var (from, to) = (_boxes[arrow.From], _boxes[arrow.To]);
        var isQuestion = IsQuestion(arrow.From);
        if (isQuestion) from = Widened(from);
        SKPoint[] way;
        if (isQuestion)
        {
            // Out of a corner at the side and down to the next.
            var isLeft = to.MidX < from.MidX;
            var corner = new SKPoint(isLeft ? from.Left : from.Right, from.MidY);
            way = Math.Abs(corner.X - to.MidX) < 2
                ? [corner, new(corner.X, to.Top)]
                : [corner, new(to.MidX, corner.Y), new(to.MidX, to.Top)];
            _sheet.Text(
                arrow.Label, new SKPoint(to.MidX + (isLeft ? -6 : 6), (corner.Y + to.Top) / 2),
                _text with { Size = _text.Size * 0.9f }, isLeft ? Anchor.Right : Anchor.Left);
        }
        else if (!_isLying && to.Top >= from.Bottom)
        {
            var middle = (from.Bottom + (IsQuestion(arrow.To) ? Widened(to).Top : to.Top)) / 2;
            var end = new SKPoint(to.MidX, IsQuestion(arrow.To) ? Widened(to).Top : to.Top);
            way = [new(from.MidX, from.Bottom), new(from.MidX, middle), new(to.MidX, middle), end];
        }
        else
        {
            var isRight = to.MidX > from.MidX;
            var (start, end) = (isRight ? from.Right : from.Left, isRight ? to.Left : to.Right);
            var middle = (start + end) / 2;
            way = [new(start, from.MidY), new(middle, from.MidY), new(middle, to.MidY), new(end, to.MidY)];
        }
        _sheet.Outline(way, _line, _width);
        DrawHead(way[^2], way[^1]);
    }

    private void DrawHead(SKPoint before, SKPoint tip)
    {
        var size = 3 + (2.2f * _width);
        var length = SKPoint.Distance(before, tip);
        var (dx, dy) = length < 0.01f ? (0f, 1f) : ((tip.X - before.X) / length, (tip.Y - before.Y) / length);
        var foot = new SKPoint(tip.X - (dx * size * 1.6f), tip.Y - (dy * size * 1.6f));
        _sheet.Fill(
            [tip, new(foot.X - (dy * size * 0.8f), foot.Y + (dx * size * 0.8f)),
                new(foot.X + (dy * size * 0.8f), foot.Y - (dx * size * 0.8f))], _line);
    }
}
