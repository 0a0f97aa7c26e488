using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Generators;

internal enum Numerals
{
    None,
    Arabic,
    ArabicQuarters,
    Roman,
    RomanQuarters,
}

internal enum Ticks
{
    None,
    Quarters,
    Hours,
    Minutes,
}

internal enum HandShape
{
    Bar,
    Round,
    Taper,
    Sword,
    Arrow,
}

/// <summary>A hand of a clock.</summary>
/// <param name="Color">Of the whole hand.</param>
/// <param name="Length">From the middle, in parts of the face's radius.</param>
/// <param name="Width">At its widest, in the same parts.</param>
internal sealed record ClockHand(NamedColor Color, float Length, float Width);

/// <summary>A clock with its time and its look; angles in degrees clockwise from the twelve.</summary>
internal sealed record ClockFace
{
    /// <summary>Of the picture, in pixels.</summary>
    public required SKSizeI Size { get; init; }

    /// <summary>In pixels.</summary>
    public required SKPoint Center { get; init; }

    /// <summary>Of the face, in pixels.</summary>
    public required float Radius { get; init; }

    /// <summary>The whole clock is turned by so many degrees.</summary>
    public required float Tilt { get; init; }

    /// <summary>Width in parts of the height, as seen from the side.</summary>
    public required float Squash { get; init; }

    public required bool IsSquare { get; init; }

    public required Numerals Numerals { get; init; }

    public required Ticks Ticks { get; init; }

    public required HandShape Hands { get; init; }

    public required SKColor Wall { get; init; }

    public required SKColor Face { get; init; }

    public required SKColor Rim { get; init; }

    public required SKColor Marks { get; init; }

    /// <summary>1 to 12.</summary>
    public required int Hour { get; init; }

    /// <summary>0 to 59.</summary>
    public required int Minute { get; init; }

    /// <summary>0 to 59; 0 where there is no hand for it.</summary>
    public required int Second { get; init; }

    public required ClockHand HourHand { get; init; }

    public required ClockHand MinuteHand { get; init; }

    /// <summary>Null where the clock has none.</summary>
    public required ClockHand? SecondHand { get; init; }

    /// <summary>A word on the face; null for none.</summary>
    public required string? Brand { get; init; }

    public double HourAngle => ((Hour % 12) + (MinuteAngle / 360)) * 30;

    public double MinuteAngle => (Minute + (Second / 60.0)) * 6;

    public double SecondAngle => Second * 6;

    public string Time => string.Create(CultureInfo.InvariantCulture, $"{Hour}:{Minute:00}");

    public string TimeWithSeconds => string.Create(CultureInfo.InvariantCulture, $"{Time}:{Second:00}");

    /// <summary>A place on the face in pixels of the picture.</summary>
    /// <param name="angle">Degrees from the twelve.</param>
    /// <param name="distance">From the middle, in parts of the radius.</param>
    public SKPoint Place(double angle, double distance)
    {
        var (sin, cos) = Math.SinCos(angle * Math.PI / 180);
        var (x, y) = (sin * distance * Radius * Squash, -cos * distance * Radius);
        var (sinTilt, cosTilt) = Math.SinCos(Tilt * Math.PI / 180);
        return new SKPoint(
            (float)(Center.X + (x * cosTilt) - (y * sinTilt)), (float)(Center.Y + (x * sinTilt) + (y * cosTilt)));
    }

    public static ClockFace Create(Random random)
    {
        var size = Paper.PickSize(random);
        var isSquare = random.NextDouble() < 0.25;
        var numerals = random.Pick(
        [
            Numerals.Arabic, Numerals.Arabic, Numerals.Arabic, Numerals.ArabicQuarters, Numerals.Roman,
            Numerals.Roman, Numerals.RomanQuarters, Numerals.None, Numerals.None,
        ]);
        // Without numerals it is the ticks that show where the hours are, and upright is what says which is which.
        var ticks = numerals is Numerals.Arabic or Numerals.Roman
            ? random.Pick([Ticks.None, Ticks.Quarters, Ticks.Hours, Ticks.Minutes, Ticks.Minutes])
            : random.Pick([Ticks.Hours, Ticks.Minutes, Ticks.Minutes]);
        var tilt = numerals == Numerals.None || random.NextDouble() < 0.4 ? 0 : random.NextNormal(0, 7);
        tilt = Math.Clamp(tilt, -20, 20);
        // A square that is turned needs more room: its corners lie outside the circle.
        var (sin, cos) = Math.SinCos(Math.Abs(tilt) * Math.PI / 180);
        var extent = 1.1 * (isSquare ? sin + cos : 1);
        var radius = Math.Min(size.Width, size.Height) / 2.0 / extent * random.NextBetween(0.72, 1);
        var room = radius * extent;
        var face = random.NextDouble() switch
        {
            < 0.55 => new SKColor(255, 255, 255),
            < 0.75 => Palette.Mix(Palette.PickAny(random), SKColors.White, 0.8),
            _ => Palette.Mix(Palette.PickAny(random), SKColors.Black, 0.75),
        };
        var colors = Palette.Pick(random, 3, face);
        var isPlain = random.NextDouble() < 0.55;
        var ink = new NamedColor(InkName(face), Palette.InkOn(face));
        var hourLength = (float)random.NextBetween(0.42, 0.55);
        var width = (float)random.NextBetween(0.05, 0.09);
        var hasSeconds = random.NextDouble() < 0.4;
        return new ClockFace
        {
            Size = size,
            Center = new SKPoint(
                (float)random.NextBetween(room, size.Width - room),
                (float)random.NextBetween(room, size.Height - room)),
            Radius = (float)radius,
            Tilt = (float)tilt,
            Squash = random.NextDouble() < 0.7 ? 1 : (float)random.NextBetween(0.78, 1),
            IsSquare = isSquare,
            Numerals = numerals,
            Ticks = ticks,
            Hands = random.Pick(Enum.GetValues<HandShape>()),
            Wall = Palette.Mix(Palette.PickAny(random), new SKColor(0xFFD8D4CC), random.NextBetween(0, 0.9)),
            Face = face,
            Rim = Palette.PickAny(random),
            Marks = Palette.InkOn(face),
            Hour = random.Next(1, 13),
            Minute = random.Next(60),
            Second = hasSeconds ? random.Next(60) : 0,
            HourHand = new ClockHand(isPlain ? ink : colors[0], hourLength, width * 1.25f),
            MinuteHand = new ClockHand(
                isPlain ? ink : random.Pick([colors[0], colors[1]]),
                hourLength + (float)random.NextBetween(0.24, 0.32), width),
            SecondHand = hasSeconds
                ? new ClockHand(isPlain ? colors[0] : colors[2], (float)random.NextBetween(0.75, 0.9), 0.022f)
                : null,
            Brand = random.NextDouble() < 0.25 ? random.Pick(["QUARTZ", "Tempo", "NORD", "Station", "Alba"]) : null,
        };
    }

    private static string InkName(SKColor face) => Palette.InkOn(face).Red > 128 ? "white" : "black";
}
