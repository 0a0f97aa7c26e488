using Molmo.Demo.Inference.Tokenization;

namespace Molmo.Demo.Inference.Tests.Tokenization;

/// <summary>
/// The vectors of <c>tests/Golden/tokenizer</c> and of the tiny tokenizer; their README gives each field's meaning.
/// </summary>
public sealed class GoldenTokenizerTests
{
    [Slow]
    [Theory]
    [MemberData(nameof(TokenizerSets.Names), MemberType = typeof(TokenizerSets))]
    public void Encode_GoldenTexts_GivesTheReferenceIds(string set)
    {
        AbsentData.Skip(set, "Tokenizer vectors");
        var tokenizer = TokenizerSets.Load(set);
        Check(set, "encode.jsonl", (line, expect) =>
        {
            string text = Text(line);
            var ids = line.GetProperty("ids").Ids();
            expect("ids", Show(ids), Show(tokenizer.Encode(text, allowSpecial: true)));
            var plain = line.TryGetProperty("ids_plain", out var given) ? given.Ids() : ids;
            expect("ids_plain", Show(plain), Show(tokenizer.Encode(text)));
            string decoded = line.TryGetProperty("decoded", out given) ? given.GetString()! : text;
            expect("decoded", decoded, tokenizer.Decode(ids, skipSpecial: false));
            string skipped = line.TryGetProperty("decoded_skip", out given) ? given.GetString()! : decoded;
            expect("decoded_skip", skipped, tokenizer.Decode(ids, skipSpecial: true));
        });
    }

    [Theory]
    [MemberData(nameof(TokenizerSets.Names), MemberType = typeof(TokenizerSets))]
    public void Decode_GoldenIds_GivesTheReferenceText(string set)
    {
        AbsentData.Skip(set, "Tokenizer vectors");
        var tokenizer = TokenizerSets.Load(set);
        int endOfText = Assert.NotNull(tokenizer.IdOf("<|endoftext|>"));
        Check(set, "decode.jsonl", (line, expect) =>
        {
            var ids = line.GetProperty("ids").Ids();
            expect("text", line.GetProperty("text").GetString()!, tokenizer.Decode(ids, skipSpecial: false));
            expect("text_skip", line.GetProperty("text_skip").GetString()!, tokenizer.Decode(ids, skipSpecial: true));
            var answer = ids.AsSpan(ids.Length > 0 && ids[0] == endOfText ? 1 : 0);
            int end = answer.IndexOf(endOfText);
            expect("text_wrapper", line.GetProperty("text_wrapper").GetString()!,
                tokenizer.Decode(end < 0 ? answer : answer[..end], skipSpecial: false));
        });
    }

    [Theory]
    [MemberData(nameof(TokenizerSets.Names), MemberType = typeof(TokenizerSets))]
    public void Append_GoldenStreams_GivesEachCharacterAsSoonAsItIsCertain(string set)
    {
        AbsentData.Skip(set, "Tokenizer vectors");
        var tokenizer = TokenizerSets.Load(set);
        Check(set, "stream.jsonl", (line, expect) =>
        {
            var ids = line.GetProperty("ids").Ids();
            var decoder = new TokenStreamDecoder(tokenizer, skipSpecial: false);
            var all = new StringBuilder();
            int step = 0;
            foreach (var expected in line.GetProperty("steps").EnumerateArray())
            {
                string text = decoder.Append(ids[step]);
                all.Append(text);
                expect($"step {step++}", expected.GetString()!, text);
            }
            expect("step count", Show([ids.Length]), Show([step]));
            string flush = decoder.Flush();
            expect("flush", line.GetProperty("flush").GetString()!, flush);
            expect("all", tokenizer.Decode(ids, skipSpecial: false), all.Append(flush).ToString());
        });
    }

    private static void Check(string set, string file, Action<JsonElement, Action<string, string, string>> check)
    {
        var wrong = new List<string>();
        int count = 0;
        foreach (var line in TokenizerSets.Lines(set, file))
        {
            count++;
            check(line, (field, expected, actual) =>
            {
                if (!string.Equals(expected, actual, StringComparison.Ordinal))
                    wrong.Add($"{line.GetProperty("id").GetString()} {field}: "
                        + $"expected {Shorten(expected)}, found {Shorten(actual)}");
            });
        }
        Assert.True(
            wrong.Count == 0, $"{wrong.Count} of {count} lines' fields differ:\n{string.Join('\n', wrong.Take(20))}");
        Assert.True(count > 0, "The file is empty.");
    }

    private static string Text(JsonElement line)
        => line.TryGetProperty("utf16", out var units)
            ? new string([.. units.EnumerateArray().Select(unit => (char)unit.GetInt32())])
            : line.GetProperty("text").GetString()!;

    private static string Show(int[] ids) => string.Join(' ', ids);

    private static string Shorten(string text) => text.Length <= 200 ? $"[{text}]" : $"[{text[..200]}...]";
}
