using Molmo.Demo.Inference.Tokenization;

namespace Molmo.Demo.Inference.Tests.Tokenization;

public sealed class TokenStreamDecoderTests
{
    [Fact]
    public void Append_RandomBytes_GivesWhatDecodingAtOnceGives()
    {
        var tokenizer = TokenizerJson.Bytes().Load();
        // Lead and continuation bytes of every length, the edges of what is valid, and letters.
        byte[] values = [0x41, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF1,
            0xF4, 0xF5, 0xFF];
        var random = new Random(3);
        for (int round = 0; round < 20_000; round++)
        {
            int[] ids = [
                .. Enumerable.Range(0, random.Next(0, 9)).Select(_ => (int)values[random.Next(values.Length)])];
            var decoder = new TokenStreamDecoder(tokenizer, skipSpecial: false);
            string steps = string.Concat(ids.Select(decoder.Append).ToArray());
            Assert.Equal(tokenizer.Decode(ids, skipSpecial: false), steps + decoder.Flush());
            Assert.Equal("", decoder.Flush());
        }
    }

    [Fact]
    public void Append_BytesOfACharacter_HoldsThemBackUntilItIsWhole()
    {
        var decoder = new TokenStreamDecoder(TokenizerJson.Bytes().Load(), skipSpecial: false);
        var steps = Encoding.UTF8.GetBytes("a€😀").Select(value => decoder.Append(value)).ToArray();
        Assert.Equal(["a", "", "", "€", "", "", "", "😀"], steps);
    }

    [Fact]
    public void Append_SpecialToken_IsSkippedOnlyWhenAsked()
    {
        var tokenizer = TokenizerJson.Bytes().WithAdded(300, "<end>").Load();
        Assert.Equal("<end>", new TokenStreamDecoder(tokenizer, skipSpecial: false).Append(300));
        var skipping = new TokenStreamDecoder(tokenizer, skipSpecial: true);
        Assert.Equal(["", "", "€"], new[] { 0xE2, 300, 0x82, 0xAC }.Select(skipping.Append).Where((_, i) => i != 1));
        Assert.Equal("", skipping.Append(9999));
    }
}
