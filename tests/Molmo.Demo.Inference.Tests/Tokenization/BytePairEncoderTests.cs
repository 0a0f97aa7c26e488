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
        var encoder = new BytePairEncoder(new Vocabulary(file.Names, file.Entries), new MergeTable(file.Merges));
        var ranks = Enumerable.Range(0, file.Merges.Count).ToDictionary(rank => (file.Merges[rank].Left, file.Merges[rank].Right));
        var random = new Random(7);
        for (int round = 0; round < 1000; round++)
        {
            byte[] piece = new byte[random.Next(1, 97)];
            foreach (ref byte value in piece.AsSpan()) value = (byte)" aeinorstlpduh"[random.Next(14)];
            var plain = Merge(piece, file, ranks);
            Assert.Equal(plain, Encode(encoder.EncodeShort));
            Assert.Equal(plain, Encode(encoder.EncodeLong));
            Assert.Equal(plain, Encode(encoder.Encode));

            List<int> Encode(Action<ReadOnlySpan<byte>, List<int>> encode)
            {
                var ids = new List<int>();
                encode(piece, ids);
                return ids;
            }
        }
    }

    /// <summary>As the rule is told: of all pairs that merge, the one that comes first in the file, the leftmost of equals.</summary>
    private static List<int> Merge(byte[] piece, TokenizerFile file, Dictionary<(int Left, int Right), int> ranks)
    {
        var ids = piece.Select(value => file.Entries[ByteAlphabet.CharacterOf(value).ToString()]).ToList();
        while (true)
        {
            int best = int.MaxValue, at = -1;
            for (int i = 0; i + 1 < ids.Count; i++)
            {
                if (ranks.TryGetValue((ids[i], ids[i + 1]), out int rank) && rank < best) (best, at) = (rank, i);
            }
            if (at < 0) return ids;
            ids[at] = file.Merges[best].Merged;
            ids.RemoveAt(at + 1);
        }
    }
}
