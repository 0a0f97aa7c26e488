using SkiaSharp;

namespace Molmo.Demo.Lab.Drawing;

/// <summary>The point of a line of text that is put somewhere; up and down by the height of the capitals.</summary>
internal enum Anchor
{
    Center,
    Left,
    Right,
    Top,
    Bottom,
}

/// <summary>The look of text.</summary>
/// <param name="Font">Its outlines.</param>
/// <param name="Size">Of an em, in pixels.</param>
/// <param name="Color">Opaque.</param>
internal sealed record Lettering(OutlineFont Font, float Size, SKColor Color)
{
    /// <summary>How much heavier than the font: a line around each letter, in parts of an em.</summary>
    public float Weight { get; init; }

    /// <summary>How far letters lean to the right for each pixel of height.</summary>
    public float Slant { get; init; }

    /// <summary>How much wider than the font.</summary>
    public float Stretch { get; init; } = 1;

    /// <summary>Height of the capitals, in pixels.</summary>
    public float Height => Size * OutlineFont.CapitalHeight;

    /// <summary>Pixels.</summary>
    public float WidthOf(string text) => text.Sum(Font.AdvanceOf) * Size * Stretch;

    /// <summary>The same, smaller where the text would be wider.</summary>
    /// <param name="text">To be written.</param>
    /// <param name="width">Pixels there are.</param>
    public Lettering Within(string text, float width)
    {
        var needed = WidthOf(text);
        return needed <= width ? this : this with { Size = Size * width / needed };
    }

    /// <inheritdoc cref="Sheet.Text"/>
    internal SKPath PathOf(string text, SKPoint at, Anchor anchor, float degrees)
    {
        var width = WidthOf(text);
        var left = anchor switch { Anchor.Left => 0, Anchor.Right => -width, _ => -width / 2 };
        var bottom = anchor switch { Anchor.Top => Height, Anchor.Bottom => 0, _ => Height / 2 };
        var (sin, cos) = MathF.SinCos(degrees * MathF.PI / 180);
        using var builder = new SKPathBuilder();
        foreach (var character in text)
        {
            foreach (var contour in Font.ContoursOf(character)) Add(builder, contour, Place);
            left += Font.AdvanceOf(character) * Size * Stretch;
        }
        return builder.Detach();

        SKPoint Place(SKPoint of)
        {
            var x = left + (((of.X * Stretch) + (of.Y * Slant)) * Size);
            var y = bottom - (of.Y * Size);
            return new SKPoint(at.X + (x * cos) - (y * sin), at.Y + (x * sin) + (y * cos));
        }
    }

    /// <summary>Between two points off the curve lies one on it, in the middle.</summary>
    private static void Add(
        SKPathBuilder builder, ImmutableArray<(SKPoint At, bool IsOnCurve)> contour, Func<SKPoint, SKPoint> place)
    {
        var start = 0;
        while (start < contour.Length && !contour[start].IsOnCurve) start++;
        var isAllOff = start == contour.Length;
        var first = isAllOff ? Middle(contour[^1].At, contour[0].At) : contour[start].At;
        builder.MoveTo(place(first));
        SKPoint? control = null;
        for (var i = isAllOff ? 0 : 1; i < contour.Length; i++)
        {
            var (at, isOnCurve) = contour[isAllOff ? i : (start + i) % contour.Length];
            if (control is { } bend) builder.QuadTo(place(bend), place(isOnCurve ? at : Middle(bend, at)));
            else if (isOnCurve) builder.LineTo(place(at));
            control = isOnCurve ? null : at;
        }
        if (control is { } last) builder.QuadTo(place(last), place(first));
        builder.Close();
    }

    private static SKPoint Middle(SKPoint a, SKPoint b) => new((a.X + b.X) / 2, (a.Y + b.Y) / 2);
}
