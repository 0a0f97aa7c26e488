using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Sharing;

/// <summary>
/// Writes words into a picture with letters of the page's font, which <c>Letters/letters.html</c> has drawn ahead: a
/// picture of distances to each letter's edge, sharp at any size, and a table of where each letter lies in it.
/// </summary>
/// <remarks>
/// Latin letters, digits and signs only, from left to right. What has another letter is not written at all: half a word
/// or a box in its place would be worse than nothing.
/// </remarks>
internal static class LetterPainter
{
    // As letters.html draws them.
    private const double Em = 40;
    private const double Edge = 128;
    private const double PerPixel = 40;

    private const double Tightness = -0.02;

    private static readonly Lazy<(RgbImage Sheet, ImmutableDictionary<int, Letter> Letters)> Font = new(Load);

    /// <summary>Whether every letter of some words is one that can be drawn.</summary>
    public static bool CanWrite(string words)
        => words.EnumerateRunes().All(rune => Font.Value.Letters.ContainsKey(rune.Value));

    /// <summary>Width of some words on one line, in pixels.</summary>
    /// <param name="words">Of letters that can be drawn.</param>
    /// <param name="size">Of the font, in pixels.</param>
    public static double WidthOf(string words, double size)
        => words.EnumerateRunes().Sum(rune => Step(Font.Value.Letters[rune.Value], size));

    /// <summary>Height of a digit above the line it stands on, in pixels.</summary>
    /// <param name="size">Of the font, in pixels.</param>
    public static double DigitHeight(double size) => 0.69 * size;

    /// <param name="image">Drawn into.</param>
    /// <param name="words">Of letters that can be drawn.</param>
    /// <param name="left">Where the first begins, in pixels.</param>
    /// <param name="line">What they stand on, in pixels from the top.</param>
    /// <param name="size">Of the font, in pixels.</param>
    /// <param name="colour">As 0xRRGGBB.</param>
    public static void Write(RgbImage image, string words, double left, double line, double size, uint colour)
    {
        var scale = size / Em;
        foreach (var rune in words.EnumerateRunes())
        {
            var letter = Font.Value.Letters[rune.Value];
            var (x, y) = (left + (letter.Dx * scale), line + (letter.Dy * scale));
            var (halfWidth, halfHeight) = (letter.Width * scale / 2, letter.Height * scale / 2);
            Painter.Fill(image, x + halfWidth, y + halfHeight, Math.Max(halfWidth, halfHeight), (dx, dy) =>
            {
                var (column, row) = ((dx + halfWidth) / scale, (dy + halfHeight) / scale);
                return column < 0 || row < 0 || column > letter.Width || row > letter.Height
                    ? -1
                    : (Sample(letter, column - 0.5, row - 0.5) - Edge) / PerPixel * scale;
            }, colour, 1);
            left += Step(letter, size);
        }
    }

    /// <summary>Words on as few lines as they need; the last of them ends in "…" where there are more.</summary>
    /// <param name="words">Of letters that can be drawn.</param>
    /// <param name="size">Of the font, in pixels.</param>
    /// <param name="width">Of a line at most, in pixels; a longer word is cut.</param>
    /// <param name="most">Lines at most, 1 or more.</param>
    public static IReadOnlyList<string> Lines(string words, double size, double width, int most)
    {
        var lines = new List<string>();
        var line = "";
        foreach (var word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var longer = line.Length == 0 ? word : $"{line} {word}";
            if (WidthOf(longer, size) <= width)
            {
                line = longer;
                continue;
            }
            if (line.Length == 0 || lines.Count == most - 1) return [.. lines, Cut(longer, size, width)];
            lines.Add(line);
            line = word;
            if (WidthOf(word, size) > width) return [.. lines, Cut(word, size, width)];
        }
        return line.Length == 0 ? lines : [.. lines, line];
    }

    private static string Cut(string words, double size, double width)
    {
        while (words.Length > 0 && WidthOf(words + "…", size) > width) words = words[..^1].TrimEnd();
        return words + "…";
    }

    private static double Step(Letter letter, double size) => ((letter.Step / Em) + Tightness) * size;

    private static double Sample(Letter letter, double column, double row)
    {
        var (x, y) = (Math.Clamp(column, 0, letter.Width - 1), Math.Clamp(row, 0, letter.Height - 1));
        var (left, top) = ((int)x, (int)y);
        var (right, foot) = (Math.Min(left + 1, letter.Width - 1), Math.Min(top + 1, letter.Height - 1));
        var (across, down) = (x - left, y - top);
        return (((At(letter, left, top) * (1 - across)) + (At(letter, right, top) * across)) * (1 - down))
            + (((At(letter, left, foot) * (1 - across)) + (At(letter, right, foot) * across)) * down);
    }

    private static double At(Letter letter, int column, int row)
    {
        var sheet = Font.Value.Sheet;
        return sheet.Pixels[(((letter.Y + row) * sheet.Width) + letter.X + column) * 3];
    }

    private static (RgbImage, ImmutableDictionary<int, Letter>) Load()
    {
        using var picture = new MemoryStream();
        using (var stream = Open("letters.png")) stream.CopyTo(picture);
        using var table = new StreamReader(Open("letters.tsv"));
        var letters = table.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('\t')).ToImmutableDictionary(row => Whole(row[0]), row => new Letter(
                Whole(row[1]), Whole(row[2]), Whole(row[3]), Whole(row[4]), Whole(row[5]), Whole(row[6]),
                double.Parse(row[7], CultureInfo.InvariantCulture)));
        return (ImageDecoder.Decode(picture.ToArray(), DecoderLimits.Default), letters);

        static int Whole(string field) => int.Parse(field, CultureInfo.InvariantCulture);
        static Stream Open(string name) => typeof(LetterPainter).Assembly.GetManifestResourceStream(name)!;
    }

    /// <summary>A letter: its box on the sheet, where that stands from the pen, and how far the pen goes on.</summary>
    private sealed record Letter(int X, int Y, int Width, int Height, int Dx, int Dy, double Step);
}
