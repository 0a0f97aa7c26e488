namespace Molmo.Demo.Inference.Imaging;

/// <summary>What stands behind the transparent pixels of a picture.</summary>
internal enum Ground
{
    /// <summary>White, or black behind a light drawing.</summary>
    Chosen,

    White,

    Black,

    /// <summary>Nothing: alpha is dropped, and what it hid comes to light. For comparing decoders alone.</summary>
    None,
}

/// <summary>Lays a picture on a ground, so that nothing that was transparent is in it any more.</summary>
internal static class Transparency
{
    // From the model card of the published Molmo: black behind what is lighter than the middle on average.
    private const long LightFrom = 127;

    /// <param name="image">Changed in place.</param>
    /// <param name="alpha">[height, width], 0 for transparent.</param>
    /// <param name="ground">Not <see cref="Ground.None"/>.</param>
    public static void Flatten(RgbImage image, ReadOnlySpan<byte> alpha, Ground ground)
    {
        if (!alpha.ContainsAnyExcept(byte.MaxValue)) return;
        var pixels = image.Pixels.AsSpan();
        var isBlack = ground == Ground.Black || (ground == Ground.Chosen && IsLight(pixels, alpha));
        for (var (i, at) = (0, 0); i < alpha.Length; i++, at += 3)
        {
            int opacity = alpha[i];
            if (opacity == byte.MaxValue) continue;
            if (opacity != 0 && image.Profile?.Display is { } display)
            {
                display.Mix(pixels.Slice(at, 3), opacity / 255.0, isBlack ? 0 : 1);
                continue;
            }
            var behind = isBlack ? 0 : byte.MaxValue - opacity;
            for (var c = at; c < at + 3; c++) pixels[c] = (byte)(ByteMath.Share(pixels[c], opacity) + behind);
        }
    }

    // The lightness of what can be seen. The published code averages all pixels, so that colours nobody sees decide.
    private static bool IsLight(ReadOnlySpan<byte> pixels, ReadOnlySpan<byte> alpha)
    {
        var (light, seen) = (0L, 0L);
        for (var (i, at) = (0, 0); i < alpha.Length; i++, at += 3)
        {
            // Pillow's weights of red, green and blue (ITU-R BT.601), in 1/65536.
            var grey = pixels[at] * 19595 + pixels[at + 1] * 38470 + pixels[at + 2] * 7471 >> 16;
            light += grey * alpha[i];
            seen += alpha[i];
        }
        return light > LightFrom * seen;
    }
}
