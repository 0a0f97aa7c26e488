using System.Buffers.Binary;

namespace Molmo.Demo.Inference.Imaging.Color;

/// <summary>
/// Writes the profile of a display (ICC.1:2022, version 4.3) with the tags that it must have, and no more.
/// </summary>
internal static class IccWriter
{
    public const int HeaderLength = 128;

    // D50, the light of every profile's connection space, in 1/65536.
    private static readonly int[] White = [0xF6D6, 0x10000, 0xD32D];

    public static byte[] OfMatrix(RgbPrimaries primaries, ToneCurve[] curves) => Write(isLab: false,
    [
        ("rXYZ", Xyz(primaries.Red)), ("gXYZ", Xyz(primaries.Green)), ("bXYZ", Xyz(primaries.Blue)),
        ("rTRC", curves[0].Tag), ("gTRC", curves[1].Tag), ("bTRC", curves[2].Tag),
    ]);

    /// <param name="table">A lut8Type or lut16Type.</param>
    /// <param name="isLab">Whether it leads to L*, a* and b*.</param>
    public static byte[] OfTable(ReadOnlySpan<byte> table, bool isLab) => Write(isLab, [("A2B0", table.ToArray())]);

    private static byte[] Write(bool isLab, ReadOnlySpan<(string Name, byte[] Data)> colors)
    {
        List<(string Name, byte[] Data)> tags =
            [("desc", Text("Colours of a photo")), ("cprt", Text("Free to use")), ("wtpt", Xyz(White)), .. colors];
        var directory = 4 + 12 * tags.Count;
        var body = new MemoryStream();
        var profile = new byte[HeaderLength + directory];
        BinaryPrimitives.WriteInt32BigEndian(profile.AsSpan(HeaderLength), tags.Count);
        var places = new List<(byte[] Data, int Start)>();
        for (var i = 0; i < tags.Count; i++)
        {
            var (name, data) = tags[i];
            // Curves that are the same are there once.
            var place = places.Find(known => known.Data.AsSpan().SequenceEqual(data));
            if (place.Data is null)
            {
                place = (data, profile.Length + (int)body.Length);
                places.Add(place);
                body.Write(data);
                while (body.Length % 4 != 0) body.WriteByte(0);
            }
            var entry = profile.AsSpan(HeaderLength + 4 + 12 * i);
            Encoding.ASCII.GetBytes(name, entry);
            BinaryPrimitives.WriteInt32BigEndian(entry[4..], place.Start);
            BinaryPrimitives.WriteInt32BigEndian(entry[8..], data.Length);
        }
        WriteHeader(profile, profile.Length + (int)body.Length, isLab);
        return [.. profile, .. body.ToArray()];
    }

    private static void WriteHeader(Span<byte> profile, int length, bool isLab)
    {
        BinaryPrimitives.WriteInt32BigEndian(profile, length);
        BinaryPrimitives.WriteInt32BigEndian(profile[8..], 0x04300000);
        "mntrRGB "u8.CopyTo(profile[12..]);
        (isLab ? "Lab "u8 : "XYZ "u8).CopyTo(profile[20..]);
        // A date must be there; it says nothing of the photo.
        ReadOnlySpan<ushort> date = [2026, 1, 1, 0, 0, 0];
        for (var i = 0; i < date.Length; i++) BinaryPrimitives.WriteUInt16BigEndian(profile[(24 + 2 * i)..], date[i]);
        "acsp"u8.CopyTo(profile[36..]);
        for (var i = 0; i < White.Length; i++) BinaryPrimitives.WriteInt32BigEndian(profile[(68 + 4 * i)..], White[i]);
    }

    private static byte[] Xyz(int[] values)
    {
        var tag = new byte[20];
        "XYZ "u8.CopyTo(tag);
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteInt32BigEndian(tag.AsSpan(8 + 4 * i), values[i]);
        return tag;
    }

    // multiLocalizedUnicodeType with one text.
    private static byte[] Text(string text)
    {
        var letters = Encoding.BigEndianUnicode.GetBytes(text);
        var tag = new byte[28 + letters.Length];
        "mluc"u8.CopyTo(tag);
        BinaryPrimitives.WriteInt32BigEndian(tag.AsSpan(8), 1);
        BinaryPrimitives.WriteInt32BigEndian(tag.AsSpan(12), 12);
        "enUS"u8.CopyTo(tag.AsSpan(16));
        BinaryPrimitives.WriteInt32BigEndian(tag.AsSpan(20), letters.Length);
        BinaryPrimitives.WriteInt32BigEndian(tag.AsSpan(24), 28);
        letters.CopyTo(tag, 28);
        return tag;
    }
}
