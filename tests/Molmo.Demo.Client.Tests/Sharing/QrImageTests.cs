using System.Numerics;
using Molmo.Demo.Client.Sharing;

namespace Molmo.Demo.Client.Tests.Sharing;

/// <summary>
/// Codes are read back from what is drawn as a scanner reads them, by a decoder that shares nothing with the encoder.
/// </summary>
public sealed partial class QrImageTests : BunitContext
{
    private const string Link = "https://molmo.example/s/0123456789ABCDEFGHIJKL";
    private const int Quiet = 4;

    // The matrix of that link, which another project's reader (jsQR) read correctly. Rows from the top, four
    // modules a digit.
    private const string LinkMatrix =
        "1fcdce37f82674820dd76f7976ea6e3ebb75e2c05d82f3caa0ff55555fc036c16017c3b877cc53a19379584d325315c83138"
            + "cc326ba930eb8c01d3b73b3bb50ca7b9825a9e7b530507b37e304a16d3077980fe95031faaf8a36002c1b9e677a6604135b7"
            + "c13d7f700f41c8bff2dd6d520b9c3e3b756e69faba838f4add6d1a9820872fb39fd7de7e6";

    public static TheoryData<int> Lengths
        => [0, 1, 14, 15, 26, 27, 42, 43, 62, 63, 84, 85, 106, 107, 122, 123, 152, 153, 180, 181, 213];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Render_TextOfAnyLength_ReadsBack(int length)
    {
        var text = string.Concat(Enumerable.Range(0, length).Select(i => (char)('!' + ((i * 7 + length) % 90))));

        Assert.Equal(text, QrReader.Read(Draw(text)));
    }

    [Fact]
    public void Render_WordsOfAnyScript_ReadBack()
        => Assert.Equal("Wie viele Äpfel? 🍎 كم تفاحة", QrReader.Read(Draw("Wie viele Äpfel? 🍎 كم تفاحة")));

    [Fact]
    public void Render_TooLong_DrawsNothing() => Assert.Empty(Show(new string('a', 214)).Markup.Trim());

    [Fact]
    public void Render_Link_FitsIntoVersionFour()
    {
        var code = Draw(Link);

        Assert.Equal(17 + (4 * 4), code.GetLength(0));
        var bits = string.Concat(code.Cast<bool>().Select(isDark => isDark ? '1' : '0'));
        var matrix = BigInteger.Parse("0" + bits, NumberStyles.BinaryNumber, CultureInfo.InvariantCulture);
        Assert.Equal(LinkMatrix, matrix.ToString("x", CultureInfo.InvariantCulture).TrimStart('0'));
    }

    [Fact]
    public void Render_OtherText_DrawsOtherCode()
    {
        var image = Show("https://molmo.example/s/a");
        var before = image.Find("path").GetAttribute("d");

        image.Render(parameters => parameters.Add(code => code.Text, Link));

        Assert.NotEqual(before, image.Find("path").GetAttribute("d"));
        Assert.Equal(Link, QrReader.Read(Modules(image)));
    }

    [Theory]
    [InlineData(null, "QR code of the link")]
    [InlineData("QR code of the live link", "QR code of the live link")]
    public void Render_Link_IsAPictureThatScalesAndHasAName(string? label, string name)
    {
        var image = Render<QrImage>(
            parameters => parameters.Add(code => code.Text, Link).Add(code => code.Label, label));
        var svg = image.Find("svg");

        Assert.Equal(
            ("img", name, "0 0 41 41"),
            (svg.GetAttribute("role"), svg.GetAttribute("aria-label"), svg.GetAttribute("viewBox")));
        Assert.False(svg.HasAttribute("width") || svg.HasAttribute("height"));
        // Dark on light in either theme: many readers see nothing else.
        Assert.Equal("#fff", svg.QuerySelector("rect")!.GetAttribute("fill"));
        Assert.Equal("#000", svg.QuerySelector("path")!.GetAttribute("fill"));
    }

    private IRenderedComponent<QrImage> Show(string text)
        => Render<QrImage>(parameters => parameters.Add(code => code.Text, text));

    private bool[,] Draw(string text) => Modules(Show(text));

    /// <summary>What is drawn, once its quiet zone is seen to be empty.</summary>
    private static bool[,] Modules(IRenderedComponent<QrImage> image)
    {
        var whole = int.Parse(image.Find("svg").GetAttribute("viewBox")!.Split(' ')[^1], CultureInfo.InvariantCulture);
        var modules = new bool[whole - (2 * Quiet), whole - (2 * Quiet)];
        var path = image.Find("path").GetAttribute("d")!;
        Assert.Matches("^(M[0-9]+ [0-9]+h[0-9]+v1h-[0-9]+z)+$", path);
        foreach (Match run in Run().Matches(path))
        {
            var (x, y, length) = (Number(run, 1), Number(run, 2), Number(run, 3));
            Assert.Equal(length, Number(run, 4));
            for (var i = 0; i < length; i++) modules[y - Quiet, x + i - Quiet] = true;
        }
        return modules;
    }

    private static int Number(Match run, int group)
        => int.Parse(run.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex("M([0-9]+) ([0-9]+)h([0-9]+)v1h-([0-9]+)z")]
    private static partial Regex Run();
}
