namespace Molmo.Demo.Inference.Imaging.Color;

/// <summary>
/// From a picture's samples to what a screen of sRGB shows, and back: half-transparent pixels are mixed with their
/// ground as screens show them, which is where browsers mix.
/// </summary>
internal sealed class DisplayColors
{
    private readonly double[][] _light;
    private readonly double[,] _toSrgb;
    private readonly double[,] _fromSrgb;

    private DisplayColors(double[][] light, double[,] toSrgb, double[,] fromSrgb)
        => (_light, _toSrgb, _fromSrgb) = (light, toSrgb, fromSrgb);

    /// <returns>Null where the primaries span no colours.</returns>
    public static DisplayColors? Of(RgbPrimaries primaries, ToneCurve[] curves)
    {
        if (Matrix3.Inverse(primaries.ToMatrix()) is not { } toParts) return null;
        var srgb = RgbPrimaries.Srgb.ToMatrix();
        var light = Array.ConvertAll(
            curves, curve => Enumerable.Range(0, 256).Select(i => curve.Evaluate(i / 255.0)).ToArray());
        return new DisplayColors(
            light, Matrix3.Multiply(Matrix3.Inverse(srgb)!, primaries.ToMatrix()), Matrix3.Multiply(toParts, srgb));
    }

    /// <summary>Mixes a pixel with black or white.</summary>
    /// <param name="pixel">[3], changed in place.</param>
    /// <param name="opacity">0 to 1, of the pixel.</param>
    /// <param name="ground">0 or 1.</param>
    public void Mix(Span<byte> pixel, double opacity, double ground)
    {
        var shown =
            Matrix3.Multiply(_toSrgb, [_light[0][pixel[0]], _light[1][pixel[1]], _light[2][pixel[2]]]);
        for (var c = 0; c < 3; c++)
            shown[c] = Decode(Encode(Math.Clamp(shown[c], 0, 1)) * opacity + ground * (1 - opacity));
        var light = Matrix3.Multiply(_fromSrgb, shown);
        for (var c = 0; c < 3; c++) pixel[c] = Nearest(_light[c], light[c]);
    }

    private static double Encode(double light)
        => light <= 0.0031308 ? 12.92 * light : 1.055 * Math.Pow(light, 1 / 2.4) - 0.055;

    private static double Decode(double sample)
        => sample <= 0.04045 ? sample / 12.92 : Math.Pow((sample + 0.055) / 1.055, 2.4);

    // Curves rise; of one that does not, the pixel is another, and that is all.
    private static byte Nearest(double[] curve, double light)
    {
        var (below, above) = (0, curve.Length - 1);
        while (above - below > 1)
        {
            var middle = (below + above) / 2;
            if (curve[middle] <= light) below = middle;
            else above = middle;
        }
        return (byte)(light - curve[below] <= curve[above] - light ? below : above);
    }
}
