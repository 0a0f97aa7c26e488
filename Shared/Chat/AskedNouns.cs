namespace Molmo.Demo.Shared.Chat;

/// <summary>
/// Finds the names of things in an English question that counts or points: <c>How many X are there?</c>,
/// <c>Point to the X and the Y.</c> Conservative: what it does not understand names nothing.
/// </summary>
public static class AskedNouns
{
    /// <summary>Characters of a question that are looked at.</summary>
    private const int Longest = 500;

    /// <summary>Names that are given at most.</summary>
    private const int Most = 4;

    /// <summary>What stands before the name of what is counted or pointed at. Longer ones first.</summary>
    private static readonly string[][] Openings =
    [
        .. ((string[])
        [
            "how many", "the number of", "number of", "count", "point to", "point at", "point out", "where are",
            "where is", "are there any", "is there any", "is there", "find", "locate", "mark", "show me",
        ]).Select(words => words.Split(' ')),
    ];

    /// <summary>Words between it and the name.</summary>
    private static readonly HashSet<string> Articles = Set(
        "a an all any are both different do each every existing for is many me more of other out single some the their "
        + "there these those total up visible you your");

    /// <summary>Words with which the name is over.</summary>
    private static readonly HashSet<string> Ends = Set(
        "about above again also altogether am appear appears are around as at be behind below beneath beside between "
        + "by can carrying contain contains could did do does eating exactly facing for from had has have having here "
        + "holding if in inside into is it left likely lying near next now on onto or outside over overall please "
        + "present running shown sitting standing swimming than that there they this to today together too total under "
        + "underneath visible walking was wearing were when where which while who will with within would you");

    /// <summary>What is no name of a thing.</summary>
    private static readonly HashSet<string> Nothings = Set(
        "all anything dot dots each everything it item items thing things them object objects one ones other others "
        + "part parts point points rest shape shapes something that these this those times us what which");

    /// <summary>Verbs that open the next request.</summary>
    private static readonly HashSet<string> Verbs = Set("count find how locate mark point show tell then where");

    /// <summary>The names, as written, each once, at most four.</summary>
    public static ImmutableArray<string> Of(string question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var words = Words(question.Length > Longest ? question[..Longest] : question);
        var nouns = new List<string>();
        for (var at = 0; at < words.Count;)
        {
            var length = Opening(words, at);
            at = length == 0 ? at + 1 : Read(words, at + length, nouns);
        }
        return [.. nouns.Distinct(StringComparer.OrdinalIgnoreCase).Take(Most)];
    }

    private static int Opening(List<string> words, int at)
        => Array.Find(Openings, opening => at + opening.Length <= words.Count
            && opening.Index().All(word => Same(words[at + word.Index], word.Item)))?.Length ?? 0;

    /// <summary>Reads names in a row.</summary>
    /// <returns>Where reading goes on.</returns>
    private static int Read(List<string> words, int at, List<string> nouns)
    {
        var noun = new List<string>();
        for (; at < words.Count; at++)
        {
            var word = words[at].ToLowerInvariant();
            if (word is "and" or "," or "&" or "or" or "/")
            {
                Take();
                if (at + 1 < words.Count && Verbs.Contains(words[at + 1])) return at + 1;
            }
            else if (noun.Count == 0 && Articles.Contains(word))
            {
                // "Is there" may be all there is of a question: its next word begins the name.
            }
            else if (!char.IsLetter(word[0]) && !char.IsDigit(word[0]))
            {
                break;
            }
            else if (Ends.Contains(word))
            {
                break;
            }
            else
            {
                noun.Add(words[at]);
            }
        }
        Take();
        return at;

        void Take()
        {
            // A long one is a sentence that was not understood.
            if (noun.Count is > 0 and <= 5 && !Nothings.Contains(noun[^1]) && noun[^1].Any(char.IsLetter))
                nouns.Add(string.Join(' ', noun));
            noun.Clear();
        }
    }

    /// <summary>Words with their inner hyphens and apostrophes, and each other mark for itself.</summary>
    private static List<string> Words(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            var isInside = text[i] is '-' or '\'' or '’' && word.Length > 0
                && i + 1 < text.Length && char.IsLetterOrDigit(text[i + 1]);
            if (char.IsLetterOrDigit(text[i]) || char.GetUnicodeCategory(text[i]) == UnicodeCategory.NonSpacingMark
                || isInside)
            {
                word.Append(text[i]);
                continue;
            }
            End();
            if (!char.IsWhiteSpace(text[i]) && !IsQuote(text[i])) words.Add(text[i].ToString());
        }
        End();
        return words;

        void End()
        {
            if (word.Length > 0) words.Add(word.ToString());
            word.Clear();
        }
    }

    private static bool IsQuote(char c) => c is '"' or '“' or '”' or '„' or '\'' or '‘' or '’' or '«' or '»';

    private static bool Same(string word, string other) => word.Equals(other, StringComparison.OrdinalIgnoreCase);

    private static HashSet<string> Set(string words) => new(words.Split(' '), StringComparer.OrdinalIgnoreCase);
}
