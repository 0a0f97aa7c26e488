namespace Molmo.Demo.Inference.Imaging.Color;

/// <summary>
/// What the samples of a picture mean to people's eyes, as an ICC profile (ICC.1:2022) of this program's own writing:
/// nothing of the file it came from is in it but the numbers that browsers compute with. The model reads samples as
/// they are, as the published code does. Pictures without one are sRGB.
/// </summary>
public sealed class ColorProfile
{
    private readonly byte[] _icc;

    internal ColorProfile(byte[] icc, DisplayColors? display = null) => (_icc, Display) = (icc, display);

    /// <summary>The profile, for an APP2 segment or an iCCP chunk.</summary>
    public ReadOnlyMemory<byte> Icc => _icc;

    /// <summary>What screens show of it; null for a profile with a table.</summary>
    internal DisplayColors? Display { get; }
}
