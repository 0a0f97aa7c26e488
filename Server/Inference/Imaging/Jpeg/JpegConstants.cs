namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>Marker codes (T.81 table B.1), the byte behind 0xFF.</summary>
internal static class JpegMarker
{
    public const byte Tem = 0x01;
    public const byte Sof0 = 0xC0;
    public const byte Sof2 = 0xC2;
    public const byte Dht = 0xC4;
    public const byte Jpg = 0xC8;
    public const byte Dac = 0xCC;
    public const byte Sof15 = 0xCF;
    public const byte Rst0 = 0xD0;
    public const byte Rst7 = 0xD7;
    public const byte Soi = 0xD8;
    public const byte Eoi = 0xD9;
    public const byte Sos = 0xDA;
    public const byte Dqt = 0xDB;
    public const byte Dri = 0xDD;
    public const byte App0 = 0xE0;
    public const byte App1 = 0xE1;
    public const byte App2 = 0xE2;
    public const byte App14 = 0xEE;

    /// <summary>Whether a frame header follows, of any process.</summary>
    public static bool IsFrame(byte marker) => marker is >= Sof0 and <= Sof15 and not (Dht or Jpg or Dac);

    public static bool IsRestart(byte marker) => marker is >= Rst0 and <= Rst7;

    /// <summary>Whether no length and data follow.</summary>
    public static bool StandsAlone(byte marker) => marker == Tem || marker is >= Rst0 and <= Eoi;
}

/// <summary>Fixed numbers and orders of the coding.</summary>
internal static class JpegConstants
{
    /// <summary>Samples along a block's side.</summary>
    public const int BlockSide = 8;

    /// <summary>Coefficients of a block.</summary>
    public const int BlockSize = 64;

    /// <summary>
    /// Where the k-th coefficient of the stream stands in the block, row-major. A damaged run can lead up to 16 places
    /// past the end; those all mean the last place.
    /// </summary>
    public static ReadOnlySpan<byte> ZigZag =>
    [
        0, 1, 8, 16, 9, 2, 3, 10,
        17, 24, 32, 25, 18, 11, 4, 5,
        12, 19, 26, 33, 40, 48, 41, 34,
        27, 20, 13, 6, 7, 14, 21, 28,
        35, 42, 49, 56, 57, 50, 43, 36,
        29, 22, 15, 23, 30, 37, 44, 51,
        58, 59, 52, 45, 38, 31, 39, 46,
        53, 60, 61, 54, 47, 55, 62, 63,
        63, 63, 63, 63, 63, 63, 63, 63,
        63, 63, 63, 63, 63, 63, 63, 63,
    ];
}
