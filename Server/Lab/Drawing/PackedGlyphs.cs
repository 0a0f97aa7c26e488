using SkiaSharp;

namespace Molmo.Demo.Lab.Drawing;

/// <summary>Outlines in the form of WOFF2: streams of counts, flags and steps, each for all glyphs in a row.</summary>
internal static class PackedGlyphs
{
    private const int StreamCount = 7;
    private const int HeaderLength = 8 + (4 * StreamCount);

    /// <summary>Contours of each glyph; points in parts of an em, upwards.</summary>
    /// <param name="table">The table of outlines, transformed.</param>
    /// <param name="unitsPerEm">Of the font.</param>
    public static ImmutableArray<(SKPoint At, bool IsOnCurve)>[][] Read(ReadOnlyMemory<byte> table, int unitsPerEm)
    {
        var header = new BigEndianReader(table) { Position = 4 };
        var glyphs = new ImmutableArray<(SKPoint At, bool IsOnCurve)>[header.UInt16()][];
        header.Position += 2;
        var streams = new BigEndianReader[StreamCount];
        var start = HeaderLength;
        for (var i = 0; i < StreamCount; i++)
        {
            var length = header.Int32();
            streams[i] = new BigEndianReader(table.Slice(start, length));
            start += length;
        }
        var (contours, points, flags, steps, composites) =
            (streams[0], streams[1], streams[2], streams[3], streams[4]);
        var composed = new List<(int Glyph, List<(int Part, float X, float Y)> Parts)>();
        for (var i = 0; i < glyphs.Length; i++)
        {
            var count = contours.Int16();
            glyphs[i] = count > 0 ? ReadSimple(count, points, flags, steps, unitsPerEm) : [];
            if (count < 0) composed.Add((i, ReadParts(composites, steps, unitsPerEm)));
        }
        // A part may stand behind what it is part of, but of letters with accents none is composed itself.
        foreach (var (glyph, parts) in composed)
            glyphs[glyph] = [.. parts.SelectMany(part => glyphs[part.Part].Select(contour => Moved(contour, part)))];
        return glyphs;

        static ImmutableArray<(SKPoint, bool)> Moved(
            ImmutableArray<(SKPoint At, bool IsOnCurve)> contour, (int Glyph, float X, float Y) by)
            => [.. contour.Select(point => (new SKPoint(point.At.X + by.X, point.At.Y + by.Y), point.IsOnCurve))];
    }

    private static ImmutableArray<(SKPoint, bool)>[] ReadSimple(
        int count, BigEndianReader points, BigEndianReader flags, BigEndianReader steps, int unitsPerEm)
    {
        var lengths = new int[count];
        for (var i = 0; i < count; i++) lengths[i] = points.Short();
        var contours = new ImmutableArray<(SKPoint, bool)>[count];
        var (x, y) = (0, 0);
        for (var i = 0; i < count; i++)
        {
            var contour = ImmutableArray.CreateBuilder<(SKPoint, bool)>(lengths[i]);
            for (var j = 0; j < lengths[i]; j++)
            {
                var flag = flags.Byte();
                var (dx, dy) = ReadStep(flag & 0x7F, steps);
                (x, y) = (x + dx, y + dy);
                contour.Add((new SKPoint((float)x / unitsPerEm, (float)y / unitsPerEm), flag < 0x80));
            }
            contours[i] = contour.MoveToImmutable();
        }
        // The length of the glyph's program, which is in a stream that is not read.
        _ = steps.Short();
        return contours;
    }

    /// <summary>A step to the next point: the less it is, the fewer bytes it takes (WOFF2, 5.2).</summary>
    private static (int X, int Y) ReadStep(int flag, BigEndianReader data)
    {
        var first = data.Byte();
        switch (flag)
        {
            case < 10:
                return (0, Signed(flag, ((flag & 14) << 7) + first));
            case < 20:
                return (Signed(flag, (((flag - 10) & 14) << 7) + first), 0);
            case < 84:
                var small = flag - 20;
                return (Signed(flag, 1 + (small & 0x30) + (first >> 4)),
                    Signed(flag >> 1, 1 + ((small & 0x0C) << 2) + (first & 0x0F)));
            case < 120:
                var middle = flag - 84;
                return (Signed(flag, 1 + ((middle / 12) << 8) + first),
                    Signed(flag >> 1, 1 + (((middle % 12) >> 2) << 8) + data.Byte()));
            case < 124:
                var shared = data.Byte();
                return (Signed(flag, (first << 4) + (shared >> 4)),
                    Signed(flag >> 1, ((shared & 0x0F) << 8) + data.Byte()));
            default:
                var x = (first << 8) + data.Byte();
                return (Signed(flag, x), Signed(flag >> 1, data.UInt16()));
        }
    }

    private static int Signed(int flag, int value) => (flag & 1) != 0 ? value : -value;

    /// <summary>Parts of a glyph made of others, each with the place that it is moved to.</summary>
    private static List<(int Part, float X, float Y)> ReadParts(
        BigEndianReader composites, BigEndianReader steps, int unitsPerEm)
    {
        const int areWords = 1, hasScale = 8, hasMore = 0x20, hasTwoScales = 0x40, hasMatrix = 0x80, hasProgram = 0x100;
        var parts = new List<(int, float, float)>();
        int flags;
        var isProgrammed = false;
        do
        {
            flags = composites.UInt16();
            isProgrammed |= (flags & hasProgram) != 0;
            var glyph = composites.UInt16();
            var isWide = (flags & areWords) != 0;
            var x = isWide ? composites.Int16() : (sbyte)composites.Byte();
            var y = isWide ? composites.Int16() : (sbyte)composites.Byte();
            if ((flags & (hasScale | hasTwoScales | hasMatrix)) != 0)
                throw new InvalidDataException("It has a glyph of parts that are scaled, which is not read.");
            parts.Add((glyph, (float)x / unitsPerEm, (float)y / unitsPerEm));
        }
        while ((flags & hasMore) != 0);
        if (isProgrammed) _ = steps.Short();
        return parts;
    }
}
