using System.Text.Encodings.Web;
using Molmo.Demo.Inference.Tokenization;

namespace Molmo.Demo.Lab.Tokens;

/// <summary>Makes a tokenizer of Qwen2's kind for what a training's annotations say.</summary>
internal static class TokenizerMaker
{
    private const int EmbeddingStep = 64;

    private static readonly string[] Own = ["<im_start>", "<im_end>", "<im_patch>", "<im_col>", "<|image|>"];

    private static readonly JsonSerializerOptions Form =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="texts">Questions and answers.</param>
    /// <param name="mergeCount">Merges at most.</param>
    /// <param name="folder">
    /// Where <c>tokenizer.json</c>, <c>tokenizer_config.json</c> and <c>generation_config.json</c> are written.
    /// </param>
    /// <returns>The <c>vocab_size</c> that the configuration must have.</returns>
    public static int Write(IEnumerable<string> texts, int mergeCount, string folder)
    {
        var merges = PairMerger.Learn(Words(texts), mergeCount);
        var vocabulary = new Dictionary<string, int>();
        for (var value = 0; value < 256; value++)
            vocabulary.Add(ByteAlphabet.CharacterOf((byte)value).ToString(), value);
        foreach (var (left, right) in merges) vocabulary.TryAdd(left + right, vocabulary.Count);
        var added = new List<object> { Added(vocabulary.Count, "<|endoftext|>", isSpecial: true) };
        var next = vocabulary.Count + 1;
        foreach (var token in PointTokens.All) added.Add(Added(next++, token, isSpecial: false));
        var size = (next + EmbeddingStep - 1) / EmbeddingStep * EmbeddingStep;
        for (var i = 0; i < Own.Length; i++) added.Add(Added(size + i, Own[i], isSpecial: true));

        var cut = new
        {
            type = "Split",
            pattern = new { Regex = SplitExpressions.Of(SplitPattern.SingleDigits) },
            behavior = "Isolated",
            invert = false,
        };
        var bytes = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = false, use_regex = false };
        Save("tokenizer.json", new
        {
            version = "1.0",
            added_tokens = added,
            normalizer = new { type = "NFC" },
            pre_tokenizer = new { type = "Sequence", pretokenizers = (object[])[cut, bytes] },
            decoder = bytes,
            model = new
            {
                type = "BPE",
                vocab = vocabulary,
                merges = merges.Select(merge => $"{merge.Left} {merge.Right}"),
            },
        });
        Save("tokenizer_config.json", new
        {
            tokenizer_class = "Qwen2Tokenizer",
            eos_token = "<|endoftext|>",
            bos_token = (string?)null,
            add_prefix_space = false,
            clean_up_tokenization_spaces = false,
            processor_class = "MolmoProcessor",
        });
        Save("generation_config.json", new { _from_model_config = true, eos_token_id = vocabulary.Count });
        return size;

        void Save(string name, object content)
            => File.WriteAllText(Path.Combine(folder, name), $"{JsonSerializer.Serialize(content, Form)}\n");
    }

    /// <summary>
    /// Pieces between the tokens of points, with their counts flattened, so that rare kinds have a say.
    /// </summary>
    private static Dictionary<string, long> Words(IEnumerable<string> texts)
    {
        var splitter = new WordSplitter(SplitPattern.SingleDigits);
        var matcher = new AddedTokenMatcher(
            PointTokens.All.Select((token, id) => new AddedToken(id, token, IsSpecial: false, IsNormalized: false)));
        var counts = new Dictionary<string, long>();
        foreach (var text in texts)
        {
            foreach (var (before, _) in matcher.Split(text, allowSpecial: false))
            {
                foreach (var (offset, length) in splitter.PreTokenize(before))
                {
                    var word = string.Concat(Encoding.UTF8.GetBytes(before.Substring(offset, length))
                        .Select(ByteAlphabet.CharacterOf));
                    counts[word] = counts.GetValueOrDefault(word) + 1;
                }
            }
        }

        return counts.ToDictionary(word => word.Key, word => 1 + (long)Math.Sqrt(word.Value));
    }

    private static object Added(int id, string content, bool isSpecial) => new
    {
        id,
        content,
        single_word = false,
        lstrip = false,
        rstrip = false,
        normalized = false,
        special = isSpecial,
    };
}
