using System.Text.Json;
using Molmo.Demo.Inference.Tokenization;
using Molmo.Demo.Tests;

namespace Molmo.Demo.Inference.Tests.Tokenization;

public sealed class BytePairEncoderTests
{
    [Fact]
    public void EncodeLong_RandomPieces_EqualsEncodeShortAndThePlainRule()
    {
        byte[] json = File.ReadAllBytes(Path.Combine(TestData.Repository, "tests", "Golden", "tiny-tokenizer", "tokenizer.json"));
        var file = TokenizerFile.Parse(json, TokenizerJson.File);
        var encoder = new BytePairEncoder(file.Vocabulary, file.Merges);
        var model = JsonDocument.Parse(json).RootElement.GetProperty("model");
        var ids = model.GetProperty("vocab").EnumerateObject().ToDictionary(token => token.Name, token => token.Value.GetInt32());
        var ranks = model.GetProperty("merges").EnumerateArray().Select((merge, rank) => (Merge: merge.GetString()!, Rank: rank)).ToDictionary(item => item.Merge, item => item.Rank);
        var random = new Random(7);
        for (int round = 0; round < 1000; round++)
        {
            byte[] piece = new byte[random.Next(1, 97)];
            foreach (ref byte value in piece.AsSpan()) value = (byte)" aeinorstlpduh"[random.Next(14)];
            int[] plain = [.. Merge(piece, ranks).Select(token => ids[token])];
            Assert.Equal(plain, Encode(encoder.EncodeShort));
            Assert.Equal(plain, Encode(encoder.EncodeLong));
            Assert.Equal(plain, Encode(encoder.Encode));

            List<int> Encode(Action<ReadOnlySpan<byte>, List<int>> encode)
            {
                var found = new List<int>();
                encode(piece, found);
                return found;
            }
        }
    }

    /// <summary>As the rule is told: of all pairs that merge, the one that comes first in the file, the leftmost of equals.</summary>
    private static List<string> Merge(byte[] piece, Dictionary<string, int> ranks)
    {
        var tokens = piece.Select(value => ByteAlphabet.CharacterOf(value).ToString()).ToList();
        while (true)
        {
            int best = int.MaxValue, at = -1;
            for (int i = 0; i + 1 < tokens.Count; i++)
                if (ranks.TryGetValue($"{tokens[i]} {tokens[i + 1]}", out int rank) && rank < best) (best, at) = (rank, i);
            if (at < 0) return tokens;
            tokens[at] += tokens[at + 1];
            tokens.RemoveAt(at + 1);
        }
    }
}
