using Molmo.Demo.Inference.Tokenization;

namespace Molmo.Demo.Inference.Tests.Tokenization;

public sealed class MergeTests
{
    [Fact]
    public void Encode_RandomPieces_MergesByThePlainRule()
    {
        string folder = Path.Combine(TestData.Repository, "tests", "Golden", "tiny-tokenizer");
        byte[] json = File.ReadAllBytes(Path.Combine(folder, "tokenizer.json"));
        var tokenizer = BpeTokenizer.Load(json, TokenizerJson.File);
        var model = JsonDocument.Parse(json).RootElement.GetProperty("model");
        var ids = model.GetProperty("vocab").EnumerateObject()
            .ToDictionary(token => token.Name, token => token.Value.GetInt32());
        var ranks = model.GetProperty("merges").EnumerateArray().Select((merge, rank) => (merge, rank))
            .ToDictionary(item => item.merge.GetString()!, item => item.rank);
        var random = new Random(7);
        for (int round = 0; round < 1000; round++)
        {
            // One piece: letters, with at most a space before them.
            var piece = new StringBuilder(random.Next(2) == 0 ? " " : "");
            for (int i = random.Next(1, 97); i > 0; i--) piece.Append("aeinorstlpduh"[random.Next(13)]);
            string text = piece.ToString();
            var tokens = Merge(Encoding.UTF8.GetBytes(text), ranks);
            Assert.Equal(tokens.Select(token => ids[token]), tokenizer.Encode(text));
        }
    }

    /// <summary>The rule: of all pairs that merge the first in the file, of equals the leftmost.</summary>
    private static List<string> Merge(byte[] piece, Dictionary<string, int> ranks)
    {
        var tokens = piece.Select(value => ByteAlphabet.CharacterOf(value).ToString()).ToList();
        while (true)
        {
            int best = int.MaxValue, at = -1;
            for (int i = 0; i + 1 < tokens.Count; i++)
                if (ranks.TryGetValue($"{tokens[i]} {tokens[i + 1]}", out int rank) && rank < best)
                    (best, at) = (rank, i);
            if (at < 0) return tokens;
            tokens[at] += tokens[at + 1];
            tokens.RemoveAt(at + 1);
        }
    }
}
