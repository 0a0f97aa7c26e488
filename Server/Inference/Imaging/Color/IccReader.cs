using System.Buffers.Binary;

namespace Molmo.Demo.Inference.Imaging.Color;

/// <summary>
/// Takes from an ICC profile of untrusted origin what browsers compute with: three primaries and three curves, one
/// curve of a grey picture, or a table. Descriptions, makers, serial numbers and private tags stay behind.
/// </summary>
internal static class IccReader
{
    /// <summary>Profiles are some hundred bytes to some hundred kilobytes; what is larger is left alone.</summary>
    public const int MostBytes = 1 << 21;

    private const int TableStart = IccWriter.HeaderLength + 4;
    private const int EntryLength = 12;
    private const int MostTags = 100;
    private const int XyzLength = 20;

    /// <param name="icc">The whole profile.</param>
    /// <param name="isGrey">Whether the picture has one channel; only that is read by a profile of grey.</param>
    /// <returns>Null where it says sRGB, is damaged, or is of a kind that is not read: a profile never refuses a
    /// picture.</returns>
    public static ColorProfile? Read(ReadOnlySpan<byte> icc, bool isGrey)
    {
        if (icc.Length is < TableStart or > MostBytes || !icc[36..].StartsWith("acsp"u8)) return null;
        var space = icc[16..20];
        if (space.SequenceEqual("GRAY"u8)) return isGrey ? ReadGrey(icc) : null;
        if (!space.SequenceEqual("RGB "u8)) return null;
        // Browsers take the table where there are both.
        if (LookupTable(Tag(icc, "A2B0"u8)) is { IsEmpty: false } table)
            return new ColorProfile(IccWriter.OfTable(table, isLab: icc[20..24].SequenceEqual("Lab "u8)));
        return ReadMatrix(icc);
    }

    private static ColorProfile? ReadGrey(ReadOnlySpan<byte> icc)
    {
        var curve = ToneCurve.Read(Tag(icc, "kTRC"u8));
        // Equal parts of any primaries are the white of the profile, so that those of sRGB are as good as others.
        return curve is null ? null : Make(RgbPrimaries.Srgb, [curve, curve, curve]);
    }

    private static ColorProfile? ReadMatrix(ReadOnlySpan<byte> icc)
    {
        ToneCurve?[] curves =
        [
            ToneCurve.Read(Tag(icc, "rTRC"u8)), ToneCurve.Read(Tag(icc, "gTRC"u8)), ToneCurve.Read(Tag(icc, "bTRC"u8)),
        ];
        var (red, green, blue) = (Xyz(icc, "rXYZ"u8), Xyz(icc, "gXYZ"u8), Xyz(icc, "bXYZ"u8));
        if (red is null || green is null || blue is null || Array.Exists(curves, curve => curve is null)) return null;
        return Make(new RgbPrimaries(red, green, blue), curves!);
    }

    /// <summary>A profile of primaries and curves; null where it says sRGB.</summary>
    public static ColorProfile? Make(RgbPrimaries primaries, ToneCurve[] curves)
        => primaries.IsSrgb && Array.TrueForAll(curves, curve => curve.IsSrgb)
            ? null
            : new ColorProfile(IccWriter.OfMatrix(primaries, curves), DisplayColors.Of(primaries, curves));

    private static int[]? Xyz(ReadOnlySpan<byte> icc, ReadOnlySpan<byte> name)
    {
        var data = Tag(icc, name);
        if (data.Length < XyzLength || !data.StartsWith("XYZ "u8)) return null;
        return
        [
            BinaryPrimitives.ReadInt32BigEndian(data[8..]), BinaryPrimitives.ReadInt32BigEndian(data[12..]),
            BinaryPrimitives.ReadInt32BigEndian(data[16..]),
        ];
    }

    private static ReadOnlySpan<byte> Tag(ReadOnlySpan<byte> icc, ReadOnlySpan<byte> name)
    {
        var count = Math.Min(BinaryPrimitives.ReadUInt32BigEndian(icc[IccWriter.HeaderLength..]), MostTags);
        for (var at = TableStart; count > 0 && at + EntryLength <= icc.Length; count--, at += EntryLength)
        {
            if (!icc[at..].StartsWith(name)) continue;
            var start = BinaryPrimitives.ReadUInt32BigEndian(icc[(at + 4)..]);
            var length = BinaryPrimitives.ReadUInt32BigEndian(icc[(at + 8)..]);
            return start <= icc.Length && length <= icc.Length - start ? icc.Slice((int)start, (int)length) : [];
        }
        return [];
    }

    // lut8Type and lut16Type (10.10, 10.11) of three channels each way, without what may stand behind their numbers.
    private static ReadOnlySpan<byte> LookupTable(ReadOnlySpan<byte> tag)
    {
        const int Head8 = 48, Head16 = 52, Channels = 3, LutEntries8 = 256;
        if (tag.Length < Head16 || tag[8] != Channels || tag[9] != Channels || tag[10] < 2) return [];
        var grid = (long)tag[10] * tag[10] * tag[10] * Channels;
        long length;
        if (tag.StartsWith("mft1"u8)) length = Head8 + 2 * Channels * LutEntries8 + grid;
        else if (tag.StartsWith("mft2"u8))
        {
            long before = BinaryPrimitives.ReadUInt16BigEndian(tag[48..]);
            long after = BinaryPrimitives.ReadUInt16BigEndian(tag[50..]);
            if (before is < 2 or > 4096 || after is < 2 or > 4096) return [];
            length = Head16 + 2 * (Channels * (before + after) + grid);
        }
        else return [];
        return length <= tag.Length ? tag[..(int)length] : [];
    }
}
