using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>A colour that everybody calls the same.</summary>
internal readonly record struct NamedColor(string Name, SKColor Color);

/// <summary>Colours that can be told apart and named.</summary>
internal static class Palette
{
    private static readonly (string Name, SKColor[] Shades)[] Named =
    [
        ("red", [new(0xFFD62728), new(0xFFE53935), new(0xFFB71C1C)]),
        ("orange", [new(0xFFFF8C1A), new(0xFFF57C00), new(0xFFFB9A3C)]),
        ("yellow", [new(0xFFFFD92F), new(0xFFFDD835), new(0xFFF2C811)]),
        ("green", [new(0xFF2CA02C), new(0xFF43A047), new(0xFF1B7F3B)]),
        ("blue", [new(0xFF1F6FD1), new(0xFF2962FF), new(0xFF1E4FA3)]),
        ("purple", [new(0xFF8E44AD), new(0xFF7B1FA2), new(0xFF6A3FB5)]),
        ("pink", [new(0xFFFF80AB), new(0xFFF48FB1), new(0xFFFF69B4)]),
        ("brown", [new(0xFF8B5A2B), new(0xFF6D4C2F), new(0xFF795548)]),
        ("gray", [new(0xFF808080), new(0xFF8A8F94), new(0xFF757575)]),
        ("black", [new(0xFF111111), new(0xFF000000), new(0xFF1C1C1C)]),
        ("white", [new(0xFFFFFFFF), new(0xFFFAFAFA), new(0xFFF5F5F5)]),
    ];

    private static readonly SKColor[] LightPapers =
    [
        new(0xFFFFFFFF), new(0xFFFFFFFF), new(0xFFFAFAFA), new(0xFFF4F1EA), new(0xFFFDF6E3), new(0xFFEEF3F8),
        new(0xFFF0F0F0),
    ];

    private static readonly SKColor[] DarkPapers = [new(0xFF1E1E24), new(0xFF20232A), new(0xFF0F1B2D), new(0xFF2B2B2B)];

    /// <summary>Something to draw on, dark now and then.</summary>
    public static SKColor PickPaper(Random random)
        => random.Pick(random.NextDouble() < 0.15 ? DarkPapers : LightPapers);

    /// <summary>What is read well on a colour: nearly black or nearly white.</summary>
    public static SKColor InkOn(SKColor paper)
        => Brightness(paper) > 128 ? new SKColor(0xFF202020) : new SKColor(0xFFEDEDED);

    /// <summary>Colours with different names, each well apart from what is behind them.</summary>
    /// <param name="random">Of the example.</param>
    /// <param name="count">At most 7, which there are on each background.</param>
    /// <param name="background">Behind all of them.</param>
    public static NamedColor[] Pick(Random random, int count, SKColor background)
    {
        var fitting = Named.Where(named => named.Shades.All(shade => AreFar(shade, background))).ToArray();
        random.Shuffle(fitting);
        return
        [
            .. fitting.Take(count).Select(named => new NamedColor(named.Name, random.Pick(named.Shades))),
        ];
    }

    /// <summary>Whether two colours are told apart at once.</summary>
    public static bool AreFar(SKColor a, SKColor b)
        => Math.Abs(a.Red - b.Red) + Math.Abs(a.Green - b.Green) + Math.Abs(a.Blue - b.Blue) >= 150;

    /// <summary>Between two colours: 0 is the first, 1 the second.</summary>
    public static SKColor Mix(SKColor from, SKColor to, double part) => new(
        Between(from.Red, to.Red, part), Between(from.Green, to.Green, part), Between(from.Blue, to.Blue, part));

    /// <summary>Any colour at all.</summary>
    public static SKColor PickAny(Random random)
        => new((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256));

    private static byte Between(byte from, byte to, double part) => (byte)Math.Round(from + ((to - from) * part));

    private static double Brightness(SKColor color)
        => (0.3 * color.Red) + (0.59 * color.Green) + (0.11 * color.Blue);
}
