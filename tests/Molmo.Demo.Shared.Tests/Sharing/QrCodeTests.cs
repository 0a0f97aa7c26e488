using System.Globalization;
using System.Numerics;
using Molmo.Demo.Shared.Sharing;

namespace Molmo.Demo.Shared.Tests.Sharing;

/// <summary>Codes are read back from their modules as a scanner reads them, by a decoder that shares nothing with the encoder.</summary>
public class QrCodeTests
{
    private const string Link = "https://molmo.example/s/0123456789ABCDEFGHIJKL";

    // The matrix of that link, which another project's reader (jsQR) read correctly. Rows from the top, four modules a digit.
    private const string LinkMatrix =
        "1fcdce37f82674820dd76f7976ea6e3ebb75e2c05d82f3caa0ff55555fc036c16017c3b877cc53a19379584d325315c83138cc326ba930eb8c01d3b7"
        + "3b3bb50ca7b9825a9e7b530507b37e304a16d3077980fe95031faaf8a36002c1b9e677a6604135b7c13d7f700f41c8bff2dd6d520b9c3e3b756e69fa"
        + "ba838f4add6d1a9820872fb39fd7de7e6";

    public static TheoryData<int> Lengths => [0, 1, 14, 15, 26, 27, 42, 43, 62, 63, 84, 85, 106, 107, 122, 123, 152, 153, 180, 181, 213];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Encode_TextOfAnyLength_ReadsBack(int length)
    {
        var text = string.Concat(Enumerable.Range(0, length).Select(i => (char)('!' + ((i * 7 + length) % 90))));

        var code = QrCode.Encode(text)!;

        Assert.Equal(text, QrReader.Read(code));
    }

    [Fact]
    public void Encode_WordsOfAnyScript_ReadBack() => Assert.Equal("Wie viele Äpfel? 🍎 كم تفاحة", QrReader.Read(QrCode.Encode("Wie viele Äpfel? 🍎 كم تفاحة")!));

    [Fact]
    public void Encode_TooLong_IsNone() => Assert.Null(QrCode.Encode(new string('a', QrCode.MaxBytes + 1)));

    [Fact]
    public void Encode_Link_FitsIntoVersionFour()
    {
        var code = QrCode.Encode(Link)!;
        Assert.Equal((4, 33, 2), (code.Version, code.Size, code.Mask));
        var bits = string.Concat(Enumerable.Range(0, 33 * 33).Select(i => code[i / 33, i % 33] ? '1' : '0'));
        Assert.Equal(LinkMatrix, BigInteger.Parse("0" + bits, NumberStyles.BinaryNumber, CultureInfo.InvariantCulture).ToString("x", CultureInfo.InvariantCulture).TrimStart('0'));
    }

    [Fact]
    public void Correct_PublishedExample_GivesItsCodewords()
        // "HELLO WORLD" as 1-M, the example of many tutorials.
        => Assert.Equal(
            [196, 35, 39, 119, 235, 215, 231, 226, 93, 23],
            QrCodewords.Correct([32, 91, 11, 120, 209, 114, 220, 77, 67, 64, 236, 17, 236, 17, 236, 17], 10));

    [Theory]
    [InlineData(0, 0b101010000010010)]
    [InlineData(1, 0b101000100100101)]
    [InlineData(2, 0b101111001111100)]
    [InlineData(3, 0b101101101001011)]
    [InlineData(4, 0b100010111111001)]
    [InlineData(5, 0b100000011001110)]
    [InlineData(6, 0b100111110010111)]
    [InlineData(7, 0b100101010100000)]
    public void FormatBits_LevelM_AreTheTable(int mask, int bits) => Assert.Equal(bits, QrCode.FormatBits(mask));

    [Theory]
    [InlineData(7, 0b000111110010010100)]
    [InlineData(8, 0b001000010110111100)]
    [InlineData(9, 0b001001101010011001)]
    [InlineData(10, 0b001010010011010011)]
    public void VersionBits_AreTheTable(int version, int bits) => Assert.Equal(bits, QrCode.VersionBits(version));
}
