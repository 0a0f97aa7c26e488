namespace Molmo.Demo.Lab.Tokens;

/// <summary>Learns the merges of a byte-level BPE: the commonest pair of neighbours, over and over.</summary>
internal static class PairMerger
{
    /// <param name="words">Pieces of text in stand-ins for bytes, with how often each occurs.</param>
    /// <param name="count">Merges at most.</param>
    /// <returns>Left and right of each merge, in the order of their ranks; of equal pairs the first in ordinal order.
    /// </returns>
    public static IReadOnlyList<(string Left, string Right)> Learn(IReadOnlyDictionary<string, long> words, int count)
    {
        var parts = words.OrderBy(word => word.Key, StringComparer.Ordinal)
            .Select(word => (Tokens: word.Key.Select(c => c.ToString()).ToList(), Times: word.Value)).ToList();
        var merges = new List<(string Left, string Right)>();
        while (merges.Count < count)
        {
            var pairs = new Dictionary<(string Left, string Right), long>();
            foreach (var (tokens, times) in parts)
                for (var i = 1; i < tokens.Count; i++)
                    pairs[(tokens[i - 1], tokens[i])] = pairs.GetValueOrDefault((tokens[i - 1], tokens[i])) + times;
            // A pair that occurs in one place only is that place's spelling and helps nothing else.
            var best = pairs.Where(pair => pair.Value > 1)
                .OrderByDescending(pair => pair.Value)
                .ThenBy(pair => pair.Key.Left, StringComparer.Ordinal)
                .ThenBy(pair => pair.Key.Right, StringComparer.Ordinal).FirstOrDefault();
            if (best.Value == 0) break;
            merges.Add(best.Key);
            foreach (var (tokens, _) in parts) Merge(tokens, best.Key);
        }

        return merges;
    }

    private static void Merge(List<string> tokens, (string Left, string Right) pair)
    {
        for (var i = 1; i < tokens.Count; i++)
        {
            if (tokens[i - 1] != pair.Left || tokens[i] != pair.Right) continue;
            tokens[i - 1] += tokens[i];
            tokens.RemoveAt(i);
        }
    }
}
