using Molmo.Demo.Inference.Imaging.Color;

namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>
/// The ICC profile of a JPEG: as a segment holds at most 64 kB, it comes in numbered parts (ICC.1:2022, annex B.4).
/// </summary>
internal sealed class JpegProfile
{
    private const int HeadLength = 14;

    private readonly byte[]?[] _parts = new byte[256][];
    private int _count;
    private bool _isDamaged;

    private static ReadOnlySpan<byte> Name => "ICC_PROFILE\0"u8;

    /// <param name="segment">The data of an APP2 segment, which may be another's.</param>
    public void Read(ReadOnlySpan<byte> segment)
    {
        if (segment.Length < HeadLength || !segment.StartsWith(Name)) return;
        var (number, count) = (segment[Name.Length], segment[Name.Length + 1]);
        if (number == 0 || number > count || _parts[number] is not null || (_count != 0 && _count != count))
            _isDamaged = true;
        if (_isDamaged) return;
        _count = count;
        _parts[number] = segment[HeadLength..].ToArray();
    }

    /// <returns>Null where there is none, or where it says sRGB, is damaged or is of a kind that is not read.</returns>
    public ColorProfile? ToColor(bool isGrey)
    {
        if (_isDamaged || _count == 0) return null;
        var icc = new List<byte>();
        foreach (var part in _parts.AsSpan(1, _count))
        {
            if (part is null || icc.Count + part.Length > IccReader.MostBytes) return null;
            icc.AddRange(part);
        }
        return IccReader.Read(CollectionsMarshal.AsSpan(icc), isGrey);
    }
}
