namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>Numbers of the integer transform: sums of cosines, times 2^<see cref="ConstantBits"/>.</summary>
internal static class DctConstants
{
    public const int ConstantBits = 13;

    /// <summary>Fraction kept between the two passes.</summary>
    public const int ExtraBits = 2;

    /// <summary>What samples are coded relative to.</summary>
    public const int MiddleGrey = 128;

    public const int C0298631336 = 2446;
    public const int C0390180644 = 3196;
    public const int C0541196100 = 4433;
    public const int C0765366865 = 6270;
    public const int C0899976223 = 7373;
    public const int C1175875602 = 9633;
    public const int C1501321110 = 12299;
    public const int C1847759065 = 15137;
    public const int C1961570560 = 16069;
    public const int C2053119869 = 16819;
    public const int C2562915447 = 20995;
    public const int C3072711026 = 25172;
}
