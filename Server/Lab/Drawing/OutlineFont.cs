using SkiaSharp;

namespace Molmo.Demo.Lab.Drawing;

/// <summary>
/// The letters of a font as outlines: the same on every machine, whatever fonts it has. The fonts are those of the
/// pages (SIL Open Font License 1.1), in their thinnest weight, with the signs of Western European languages.
/// </summary>
internal sealed class OutlineFont
{
    /// <summary>In parts of an em.</summary>
    public const float CapitalHeight = 0.7f;

    private readonly Dictionary<char, (ImmutableArray<(SKPoint At, bool IsOnCurve)>[] Contours, float Advance)> _glyphs;

    private OutlineFont(Woff2File file)
    {
        var unitsPerEm = new BigEndianReader(file.Table("head").Data) { Position = 18 }.UInt16();
        var outlines = file.Table("glyf");
        if (outlines.Transform != 0) throw new InvalidDataException("Its outlines are of a form that is not read.");
        var contours = PackedGlyphs.Read(outlines.Data, unitsPerEm);
        var advances = ReadAdvances(file, contours.Length);
        _glyphs = ReadCharacters(file.Table("cmap").Data).ToDictionary(
            pair => pair.Character,
            pair => (contours[pair.Glyph], (float)advances[pair.Glyph] / unitsPerEm));
    }

    /// <summary>Round and open.</summary>
    public static OutlineFont Sans { get; } = Load("funnel-sans-latin.woff2");

    /// <summary>With odd strokes.</summary>
    public static OutlineFont Display { get; } = Load("funnel-display-latin.woff2");

    /// <summary>To the next letter, in parts of an em.</summary>
    public float AdvanceOf(char character) => GlyphOf(character).Advance;

    /// <summary>In parts of an em from the base line upwards; filled by their winding.</summary>
    public IReadOnlyList<ImmutableArray<(SKPoint At, bool IsOnCurve)>> ContoursOf(char character)
        => GlyphOf(character).Contours;

    private (ImmutableArray<(SKPoint At, bool IsOnCurve)>[] Contours, float Advance) GlyphOf(char character)
        => _glyphs.TryGetValue(character, out var glyph)
            ? glyph
            : throw new ArgumentException($"The font has no sign U+{(int)character:X4}.", nameof(character));

    private static OutlineFont Load(string name)
    {
        using var stream = typeof(OutlineFont).Assembly.GetManifestResourceStream($"Fonts/{name}")!;
        var data = new byte[stream.Length];
        stream.ReadExactly(data);
        return new OutlineFont(new Woff2File(data));
    }

    /// <summary>Widths in units; the last one holds for all glyphs after it.</summary>
    private static int[] ReadAdvances(Woff2File file, int glyphCount)
    {
        var count = new BigEndianReader(file.Table("hhea").Data) { Position = 34 }.UInt16();
        var (data, transform) = file.Table("hmtx");
        var reader = new BigEndianReader(data) { Position = transform == 0 ? 0 : 1 };
        var advances = new int[glyphCount];
        for (var i = 0; i < glyphCount; i++)
        {
            advances[i] = i < count ? reader.UInt16() : advances[count - 1];
            if (transform == 0 && i < count) reader.Position += 2;
        }
        return advances;
    }

    /// <summary>The map for the signs of two bytes, in segments (format 4).</summary>
    private static IEnumerable<(char Character, int Glyph)> ReadCharacters(ReadOnlyMemory<byte> table)
    {
        var reader = new BigEndianReader(table) { Position = 2 };
        var offset = Enumerable.Range(0, reader.UInt16())
            .Select(_ => (Platform: reader.UInt16(), Encoding: reader.UInt16(), Offset: reader.Int32()))
            .First(map => map is (3, 1, _)).Offset;
        int At(int place) => new BigEndianReader(table) { Position = offset + place }.UInt16();
        if (At(0) != 4) throw new InvalidDataException("Its map of characters is of a form that is not read.");
        var twice = At(6);
        for (var i = 0; i < twice; i += 2)
        {
            var (end, start) = (At(14 + i), At(16 + twice + i));
            var (delta, range) = (At(16 + (2 * twice) + i), At(16 + (3 * twice) + i));
            for (var character = start; character <= end && character < 0xFFFF; character++)
            {
                var glyph = range == 0
                    ? character + delta
                    : At(16 + (3 * twice) + i + range + (2 * (character - start))) is var found and not 0
                        ? found + delta
                        : 0;
                if ((glyph & 0xFFFF) != 0) yield return ((char)character, glyph & 0xFFFF);
            }
        }
    }
}
