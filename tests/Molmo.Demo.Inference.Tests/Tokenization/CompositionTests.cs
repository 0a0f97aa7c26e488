using System.Text.Json.Nodes;

namespace Molmo.Demo.Inference.Tests.Tokenization;

public sealed class CompositionTests
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
    [InlineData("e\u0301\uFFFE\uFFFE", "\u00E9\uFFFE\uFFFE")]
    [InlineData("e\uFFFE\u0301", "e\uFFFE\u0301")]
    [InlineData("\u0301e", "\u0301e")]
    [InlineData("a\u0323\u0307", "\u1EA1\u0307")]
    [InlineData("a\u0307\u0323", "\u1EA1\u0307")]
    public void Encode_FileWithFormC_GivesTheBytesOfFormC(string text, string expected)
    {
        var file = TokenizerJson.Bytes();
        Assert.Equal(Ids(text), file.Load().Encode(text));
        file["normalizer"] = new JsonObject { ["type"] = "NFC" };
        Assert.Equal(Ids(expected), file.Load().Encode(text));
    }

    /// <summary>The tokenizer has a token for each byte and no other.</summary>
    private static int[] Ids(string text) => [.. Encoding.UTF8.GetBytes(text).Select(value => (int)value)];
}
