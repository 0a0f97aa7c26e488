using System.Runtime.Intrinsics;

namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>YCbCr to RGB, eight pixels a step in 32-bit lanes: one more multiplication a pixel than with 16 bits, and no rounding of its own.</summary>
internal static partial class JpegColor
{
    /// <summary>Pixels of a vector step.</summary>
    private const int Step = 8;

    // Two steps leave 24 bytes each; a step writes 32, so room for them must follow.
    private const int SpareBytes = 8;

    internal static bool IsVectorSupported => Vector256.IsHardwareAccelerated && BitConverter.IsLittleEndian;

    /// <returns>Pixels that were written; the rest is for the plain loop.</returns>
    private static int FromYCbCrVector(ReadOnlySpan<byte> y, ReadOnlySpan<byte> cb, ReadOnlySpan<byte> cr, Span<byte> rgb)
    {
        if (!IsVectorSupported) return 0;
        var x = 0;
        for (; x <= y.Length - Step && (x + Step) * 3 + SpareBytes <= rgb.Length; x += Step)
        {
            var brightness = Load(y, x);
            var blueness = Load(cb, x) - Vector256.Create(Middle);
            var redness = Load(cr, x) - Vector256.Create(Middle);
            var half = Vector256.Create(Half);
            var red = Limit(brightness + (redness * RedFromCr + half >> FractionBits));
            var green = Limit(brightness + (blueness * GreenFromCb + redness * GreenFromCr + half >> FractionBits));
            var blue = Limit(brightness + (blueness * BlueFromCb + half >> FractionBits));

            // A lane holds one pixel in its three low bytes; the shuffle closes the gaps between four of them.
            var pixels = (red | green << 8 | blue << 16).AsByte();
            var order = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255);
            Vector128.Shuffle(pixels.GetLower(), order).CopyTo(rgb[(x * 3)..]);
            Vector128.Shuffle(pixels.GetUpper(), order).CopyTo(rgb[(x * 3 + 12)..]);
        }
        return x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Load(ReadOnlySpan<byte> samples, int x)
    {
        var words = Vector128.WidenLower(Vector128.CreateScalar(MemoryMarshal.Read<ulong>(samples[x..])).AsByte()).AsInt16();
        return Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Limit(Vector256<int> v) => Vector256.Min(Vector256.Max(v, Vector256<int>.Zero), Vector256.Create(255));
}
