using System.Buffers;
using System.Globalization;
using System.Text;
using Molmo.Demo.Inference.Tokenization;

namespace Molmo.Demo.Inference.Tests.Tokenization;

public sealed class CanonicalCompositionTests
{
    [Theory]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("\u1E9B\u0323", "\u1E9B\u0323")]
    [InlineData("a\u0315\u0300\u05AE\u0300b", "\u00E0\u05AE\u0300\u0315b")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01")]
    [InlineData("\uAC00\u11A8", "\uAC01")]
    [InlineData("\uAC00\u11A7", "\uAC00\u11A7")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("\U0002F800", "\u4E3D")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("\u0B92\u0B95\u0BC6\u0BBE", "\u0B92\u0B95\u0BCA")]
    [InlineData("x\uFFFE\uFFFF\uFFFDe\u0301", "x\uFFFE\uFFFF\uFFFD\u00E9")]
    [InlineData("\u0301e", "\u0301e")]
    [InlineData("a\u0323\u0307", "\u1EA1\u0307")]
    [InlineData("a\u0307\u0323", "\u1EA1\u0307")]
    public void Append_KnownCases_GivesFormC(string text, string expected) => Assert.Equal(expected, Compose(text));

    [Fact]
    public void Append_RandomSequences_EqualsThePlatformsFormC()
    {
        Assert.SkipUnless("e\u0301".Normalize() == "\u00E9", "This platform runs without its own normalization (InvariantGlobalization).");
        var runes = Interesting();
        var random = new Random(11);
        for (int round = 0; round < 20_000; round++)
        {
            var text = new StringBuilder();
            for (int i = random.Next(1, 10); i > 0; i--) text.Append(runes[random.Next(runes.Count)].ToString());
            Assert.Equal(text.ToString().Normalize(NormalizationForm.FormC), Compose(text.ToString()));
        }
    }

    private static string Compose(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var composed = new ArrayBufferWriter<byte>();
        CanonicalComposition.Append(utf8, composed);
        string result = Encoding.UTF8.GetString(composed.WrittenSpan);
        if (result != text) Assert.True(CanonicalComposition.MayChange(utf8));
        return result;
    }

    /// <summary>Everything the tables name, with some syllables and letters that they do not.</summary>
    private static List<Rune> Interesting()
    {
        var runes = new List<Rune> { new('a'), new('e'), new(0x4E00), new(0xAC00), new(0xAC1B), new(0xD7A3), new(0x1100), new(0x1161), new(0x11A8), new(0x1F600) };
        char[] separators = [' ', '!', '-', ';', '\n'];
        foreach (string field in CanonicalData.Decompositions.Split(separators, StringSplitOptions.RemoveEmptyEntries)) runes.Add(new Rune(int.Parse(field, NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
        foreach (string record in CanonicalData.CombiningClasses.Split([';', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            runes.Add(new Rune(int.Parse(record.Split(' ', '-')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
        return runes;
    }
}
