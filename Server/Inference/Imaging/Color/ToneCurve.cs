using System.Buffers.Binary;

namespace Molmo.Demo.Inference.Imaging.Color;

/// <summary>
/// From sample to light, both 0 to 1: a curveType or parametricCurveType of an ICC profile (10.6, 10.18).
/// </summary>
internal sealed class ToneCurve
{
    private const int Head = 12;
    private const int MostEntries = 4096;
    private const double One = 65536;

    // Half a step of 8 bits at the steepest part of the curve.
    private const double Near = 1 / 512.0;

    // Numbers of a parametric curve by its kind.
    private static ReadOnlySpan<byte> Numbers => [1, 3, 4, 5, 7];

    private ToneCurve(byte[] tag) => Tag = tag;

    /// <summary>As it stands in a profile.</summary>
    public byte[] Tag { get; }

    /// <summary>Whether nobody sees the difference to the curve of sRGB.</summary>
    public bool IsSrgb
    {
        get
        {
            for (var i = 0; i <= byte.MaxValue; i++)
            {
                var x = i / 255.0;
                var srgb = x <= 0.04045 ? x / 12.92 : Math.Pow((x + 0.055) / 1.055, 2.4);
                if (!(Math.Abs(Evaluate(x) - srgb) <= Near)) return false;
            }
            return true;
        }
    }

    /// <summary>Light is the sample to the power of <paramref name="exponent"/>.</summary>
    public static ToneCurve Power(double exponent) => Parametric(0, exponent);

    /// <summary>(a x + b) to the power of g from d on, c x below; ICC's kind 3.</summary>
    public static ToneCurve Broken(double g, double a, double b, double c, double d) => Parametric(3, g, a, b, c, d);

    /// <summary>Reads a tag, without what may stand behind its numbers.</summary>
    /// <returns>Null where it is none of the two, or cut off.</returns>
    public static ToneCurve? Read(ReadOnlySpan<byte> tag)
    {
        if (tag.Length < Head) return null;
        long length;
        if (tag.StartsWith("curv"u8))
        {
            var count = BinaryPrimitives.ReadUInt32BigEndian(tag[8..]);
            if (count > MostEntries) return null;
            length = Head + 2 * count;
        }
        else if (tag.StartsWith("para"u8))
        {
            var kind = BinaryPrimitives.ReadUInt16BigEndian(tag[8..]);
            if (kind >= Numbers.Length) return null;
            length = Head + 4 * Numbers[kind];
        }
        else return null;
        if (length > tag.Length) return null;
        var kept = tag[..(int)length].ToArray();
        // Reserved bytes.
        kept.AsSpan(4, 4).Clear();
        if (kept[0] == 'p') kept.AsSpan(10, 2).Clear();
        return new ToneCurve(kept);
    }

    private static ToneCurve Parametric(ushort kind, params ReadOnlySpan<double> numbers)
    {
        var tag = new byte[Head + 4 * numbers.Length];
        "para"u8.CopyTo(tag);
        BinaryPrimitives.WriteUInt16BigEndian(tag.AsSpan(8), kind);
        for (var i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(tag.AsSpan(Head + 4 * i), (int)Math.Round(numbers[i] * One));
        return new ToneCurve(tag);
    }

    /// <summary>The light of a sample.</summary>
    public double Evaluate(double x)
    {
        if (Tag[0] == 'c') return EvaluateTable(x);
        var kind = BinaryPrimitives.ReadUInt16BigEndian(Tag.AsSpan(8));
        double Number(int i) => BinaryPrimitives.ReadInt32BigEndian(Tag.AsSpan(Head + 4 * i)) / One;
        var g = Number(0);
        if (kind == 0) return Math.Pow(x, g);
        var (a, b) = (Number(1), Number(2));
        return kind switch
        {
            1 => x >= -b / a ? Math.Pow(a * x + b, g) : 0,
            2 => x >= -b / a ? Math.Pow(a * x + b, g) + Number(3) : Number(3),
            3 => x >= Number(4) ? Math.Pow(a * x + b, g) : Number(3) * x,
            _ => x >= Number(4) ? Math.Pow(a * x + b, g) + Number(5) : Number(3) * x + Number(6),
        };
    }

    private double EvaluateTable(double x)
    {
        var count = (Tag.Length - Head) / 2;
        double Entry(int i) => BinaryPrimitives.ReadUInt16BigEndian(Tag.AsSpan(Head + 2 * i));
        if (count == 0) return x;
        if (count == 1) return Math.Pow(x, Entry(0) / 256);
        var at = x * (count - 1);
        var below = Math.Min((int)at, count - 2);
        return (Entry(below) + (Entry(below + 1) - Entry(below)) * (at - below)) / ushort.MaxValue;
    }
}
