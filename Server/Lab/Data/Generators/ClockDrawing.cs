using Molmo.Demo.Lab.Drawing;
using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Draws a clock on a wall.</summary>
internal static class ClockDrawing
{
    private const float NumeralDistance = 0.78f;
    private const float FullTurn = 360;

    private static readonly string[] Romans =
        ["XII", "I", "II", "III", "IIII", "V", "VI", "VII", "VIII", "IX", "X", "XI"];

    /// <param name="clock">What it shows.</param>
    /// <param name="random">Of the example, for what does not matter.</param>
    public static Sheet Draw(ClockFace clock, Random random)
    {
        var sheet = new Sheet(clock.Size.Width, clock.Size.Height, clock.Wall);
        DrawWall(sheet, clock, random);
        sheet.Canvas.Save();
        sheet.Canvas.Translate(clock.Center);
        sheet.Canvas.RotateDegrees(clock.Tilt);
        sheet.Canvas.Scale(clock.Squash, 1);
        // From here on a pixel of the clock seen from the front, from its middle.
        DrawFace(sheet, clock, random);
        DrawTicks(sheet, clock);
        DrawNumerals(sheet, clock, random);
        DrawHand(sheet, clock, clock.HourHand, clock.HourAngle);
        DrawHand(sheet, clock, clock.MinuteHand, clock.MinuteAngle);
        var axis = clock.Radius * 0.05f;
        if (clock.SecondHand is { } second)
        {
            var (tip, tail) = (Local(clock.SecondAngle, second.Length), Local(clock.SecondAngle, -0.16f));
            sheet.Line(Scaled(tail), Scaled(tip), second.Color.Color, Math.Max(1.5f, second.Width * clock.Radius));
            sheet.FillCircle(default, axis, second.Color.Color);
        }
        else
        {
            sheet.FillCircle(default, axis, clock.MinuteHand.Color.Color);
        }
        sheet.Canvas.Restore();
        return sheet;

        SKPoint Scaled(SKPoint at) => new(at.X * clock.Radius, at.Y * clock.Radius);
    }

    private static void DrawWall(Sheet sheet, ClockFace clock, Random random)
    {
        var other = Palette.Mix(clock.Wall, Palette.PickAny(random), 0.25);
        var step = (float)random.NextBetween(18, 70);
        switch (random.Next(5))
        {
            case 0:
                for (var x = 0f; x < sheet.Width; x += 2 * step)
                    sheet.Fill(new SKRect(x, 0, x + step, sheet.Height), other);
                break;
            case 1:
                for (var (y, row) = (0f, 0); y < sheet.Height; y += step / 2, row++)
                {
                    sheet.Fill(new SKRect(0, y, sheet.Width, y + 2), other);
                    for (var x = row % 2 * step / 2; x < sheet.Width; x += step)
                        sheet.Fill(new SKRect(x, y, x + 2, y + (step / 2)), other);
                }
                break;
            case 2:
                sheet.Fill(new SKRect(0, sheet.Height * (float)random.NextBetween(0.6, 0.9), sheet.Width, sheet.Height),
                    Palette.Mix(clock.Wall, SKColors.Black, 0.3));
                break;
            case 3:
                for (var y = 0; y < sheet.Height; y++)
                    sheet.Fill(
                        new SKRect(0, y, sheet.Width, y + 1), Palette.Mix(clock.Wall, other, (double)y / sheet.Height));
                break;
        }
    }

    private static void DrawFace(Sheet sheet, ClockFace clock, Random random)
    {
        var outer = clock.Radius * 1.07f;
        var shade = Palette.Mix(clock.Wall, SKColors.Black, 0.35);
        var inner = clock.Radius;
        var moved = clock.Radius * (float)random.NextBetween(0, 0.03);
        if (clock.IsSquare)
        {
            var corner = clock.Radius * (float)random.NextBetween(0, 0.25);
            sheet.Fill(Square(outer, moved), shade, corner);
            sheet.Fill(Square(outer, 0), clock.Rim, corner);
            sheet.Fill(Square(inner, 0), clock.Face, corner * 0.8f);
        }
        else
        {
            sheet.FillCircle(new SKPoint(moved, moved), outer, shade);
            sheet.FillCircle(default, outer, clock.Rim);
            sheet.FillCircle(default, inner, clock.Face);
        }
        // A rim of the face's colour would leave it without an edge.
        if (!Palette.AreFar(clock.Rim, clock.Face) && clock.IsSquare)
            sheet.Outline(Square(inner, 0), clock.Marks, 1.5f);
        else if (!Palette.AreFar(clock.Rim, clock.Face))
            sheet.OutlineCircle(default, inner, clock.Marks, 1.5f);

        static SKRect Square(float half, float moved) => new(moved - half, moved - half, moved + half, moved + half);
    }

    private static void DrawTicks(Sheet sheet, ClockFace clock)
    {
        var step = clock.Ticks switch { Ticks.Quarters => 15, Ticks.Hours => 5, Ticks.Minutes => 1, _ => 0 };
        if (step == 0) return;
        for (var minute = 0; minute < 60; minute += step)
        {
            var angle = minute * 6;
            var isHour = minute % 5 == 0;
            // The twelve stands out where no numeral names it.
            var isTwelve = minute == 0 && clock.Numerals == Numerals.None;
            var from = isTwelve ? 0.74f : isHour ? 0.88f : 0.92f;
            sheet.Line(
                At(angle, from), At(angle, 0.96f), clock.Marks,
                Math.Max(1, clock.Radius * (isTwelve ? 0.06f : isHour ? 0.03f : 0.012f)));
        }

        SKPoint At(double angle, float distance)
        {
            var local = Local(angle, distance);
            return new SKPoint(local.X * clock.Radius, local.Y * clock.Radius);
        }
    }

    private static void DrawNumerals(Sheet sheet, ClockFace clock, Random random)
    {
        var isRoman = clock.Numerals is Numerals.Roman or Numerals.RomanQuarters;
        var step = clock.Numerals is Numerals.ArabicQuarters or Numerals.RomanQuarters ? 3 : 1;
        var style = Paper.PickLettering(
            random, clock.Radius * (isRoman ? 0.17f : (float)random.NextBetween(0.17, 0.24)), clock.Marks);
        var isTurned = isRoman && random.NextDouble() < 0.5;
        if (clock.Numerals != Numerals.None)
        {
            for (var hour = 0; hour < 12; hour += step)
            {
                var text = isRoman ? Romans[hour] : $"{(hour == 0 ? 12 : hour)}";
                var at = Local(hour * 30, NumeralDistance);
                sheet.Text(
                    text, new SKPoint(at.X * clock.Radius, at.Y * clock.Radius), style,
                    degrees: isTurned ? hour * 30 % FullTurn : 0);
            }
        }
        if (clock.Brand is { } brand)
            sheet.Text(brand, new SKPoint(0, -0.35f * clock.Radius), style with { Size = clock.Radius * 0.1f });
    }

    private static void DrawHand(Sheet sheet, ClockFace clock, ClockHand hand, double angle)
    {
        var (length, half) = (hand.Length * clock.Radius, Math.Max(1.5f, hand.Width * clock.Radius / 2));
        var tail = clock.Hands is HandShape.Bar or HandShape.Taper ? 0.12f * clock.Radius : 0;
        var color = hand.Color.Color;
        sheet.Canvas.Save();
        sheet.Canvas.RotateDegrees((float)angle);
        switch (clock.Hands)
        {
            case HandShape.Bar:
                sheet.Fill(new SKRect(-half, -length, half, tail), color);
                break;
            case HandShape.Round:
                sheet.Line(default, new SKPoint(0, -length + half), color, 2 * half, isRound: true);
                break;
            case HandShape.Taper:
                sheet.Fill(
                    [new(-half, tail), new(-half * 0.4f, -length), new(half * 0.4f, -length), new(half, tail)], color);
                break;
            case HandShape.Sword:
                sheet.Fill(
                    [new(-half * 0.6f, 0), new(-half * 1.2f, -length * 0.7f), new(0, -length),
                        new(half * 1.2f, -length * 0.7f), new(half * 0.6f, 0)], color);
                break;
            default:
                sheet.Fill(new SKRect(-half * 0.6f, -length * 0.85f, half * 0.6f, 0), color);
                var foot = -length * 0.8f;
                sheet.Fill([new(-half * 1.8f, foot), new(0, -length), new(half * 1.8f, foot)], color);
                break;
        }
        sheet.Canvas.Restore();
    }

    /// <summary>On a face of radius 1 seen from the front.</summary>
    private static SKPoint Local(double angle, float distance)
    {
        var (sin, cos) = Math.SinCos(angle * Math.PI / 180);
        return new SKPoint((float)sin * distance, (float)-cos * distance);
    }
}
