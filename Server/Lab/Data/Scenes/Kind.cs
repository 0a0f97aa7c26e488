using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Scenes;

/// <summary>A kind of thing that scenes are made of.</summary>
/// <param name="One">Its name.</param>
/// <param name="Many">Its name in the plural.</param>
internal abstract record Kind(string One, string Many)
{
    /// <summary>Turn, to either side, at most; in degrees.</summary>
    public virtual float MaxTurn => 25;

    /// <summary>Half the room that it needs, as a share of its longer side.</summary>
    public virtual double Reach => 0.5;

    /// <summary>Draws it around the canvas's origin.</summary>
    /// <param name="canvas">Moved, turned and perhaps mirrored.</param>
    /// <param name="size">Of its longer side in pixels.</param>
    /// <param name="random">Of shades.</param>
    /// <returns>Width and height in pixels of what was drawn.</returns>
    public abstract SKSize Draw(SKCanvas canvas, float size, Random random);
}

/// <summary>A glyph of the emoji font.</summary>
internal sealed record SpriteKind(string One, string Many) : Kind(One, Many)
{
    private readonly Lazy<SKImage> _picture = new(() => Sprites.Read(Many));

    public override SKSize Draw(SKCanvas canvas, float size, Random random)
    {
        var picture = _picture.Value;
        var scale = size / Math.Max(picture.Width, picture.Height);
        var (width, height) = (picture.Width * scale, picture.Height * scale);
        canvas.DrawImage(
            picture, SKRect.Create(-width / 2, -height / 2, width, height),
            new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        return new SKSize(width, height);
    }
}

/// <summary>A plain shape of one colour.</summary>
/// <param name="One">Its name.</param>
/// <param name="Many">Its name in the plural.</param>
/// <param name="Shape">circle, square or triangle.</param>
/// <param name="Colour">Its colour, which varies a little.</param>
internal sealed record ShapeKind(string One, string Many, string Shape, SKColor Colour) : Kind(One, Many)
{
    public override float MaxTurn => 20;

    public override double Reach => Shape == "circle" ? 0.5 : 0.62;

    public override SKSize Draw(SKCanvas canvas, float size, Random random)
    {
        using var paint = new SKPaint { Color = Shade(random), IsAntialias = true };
        var half = size / 2;
        switch (Shape)
        {
            case "circle":
                canvas.DrawCircle(0, 0, half, paint);
                break;
            case "square":
                canvas.DrawRect(-half, -half, size, size, paint);
                break;
            default:
                using (var outline = new SKPathBuilder())
                {
                    outline.MoveTo(0, -half);
                    outline.LineTo(half, half);
                    outline.LineTo(-half, half);
                    outline.Close();
                    using var path = outline.Detach();
                    canvas.DrawPath(path, paint);
                }

                break;
        }

        return new SKSize(size, size);
    }

    private SKColor Shade(Random random)
    {
        return new SKColor(Near(Colour.Red), Near(Colour.Green), Near(Colour.Blue));

        byte Near(byte value) => (byte)Math.Clamp(value + random.Next(-12, 13), 0, 255);
    }
}

/// <summary>A kind that is known by its name alone: of photographs, and of pictures that draw it themselves.</summary>
internal sealed record NamedKind(string One, string Many) : Kind(One, Many)
{
    public override SKSize Draw(SKCanvas canvas, float size, Random random)
        => throw new NotSupportedException($"{Many} are not drawn one by one.");
}
