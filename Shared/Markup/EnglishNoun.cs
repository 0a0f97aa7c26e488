namespace Molmo.Demo.Shared.Markup;

/// <summary>Singular and plural of English names of things, by the usual rules and the commonest exceptions.</summary>
/// <remarks>The model names what it points at in English. Words that do not look English stay as they are.</remarks>
public static class EnglishNoun
{
    private static readonly ImmutableArray<(string One, string Many)> Exceptions =
    [
        ("person", "people"), ("man", "men"), ("woman", "women"), ("child", "children"), ("mouse", "mice"),
        ("goose", "geese"), ("foot", "feet"), ("tooth", "teeth"), ("leaf", "leaves"), ("knife", "knives"),
        ("wolf", "wolves"), ("shelf", "shelves"), ("loaf", "loaves"), ("potato", "potatoes"), ("tomato", "tomatoes"),
        ("bus", "buses"), ("gas", "gases"), ("lens", "lenses"), ("cookie", "cookies"), ("movie", "movies"),
        ("tie", "ties"), ("pie", "pies"), ("shoe", "shoes"), ("toe", "toes"), ("canoe", "canoes"), ("axe", "axes"),
    ];

    /// <summary>Forms that are one and many.</summary>
    private static readonly string[] Unchanged =
        ["fish", "sheep", "deer", "aircraft", "scissors", "glasses", "trousers", "jeans", "shorts", "species",
            "series"];

    /// <summary>Endings after which a plural is made with <c>es</c>.</summary>
    private static readonly string[] Hissing = ["ch", "sh", "x", "ss", "zz"];

    /// <summary>The form that goes with a number.</summary>
    /// <param name="noun">In either form, with what stands before it: <c>red circles</c>.</param>
    /// <param name="count">How many.</param>
    public static string For(string noun, int count) => count == 1 ? One(noun) : Many(noun);

    /// <summary>The singular: <c>red circle</c>.</summary>
    public static string One(string noun) => Change(noun, static word =>
    {
        if (Find(word, pair => pair.Many) is { } pair) return pair.One;
        if (Ends(word, "ies") && word.Length > 4) return word[..^3] + "y";
        if (Ends(word, "es") && Array.Exists(Hissing, end => Ends(word[..^2], end))) return word[..^2];
        return IsPlural(word) ? word[..^1] : word;
    });

    /// <summary>The plural: <c>red circles</c>.</summary>
    public static string Many(string noun) => Change(noun, static word =>
    {
        if (Find(word, pair => pair.One) is { } pair) return pair.Many;
        if (Find(word, pair => pair.Many) is not null || IsPlural(word)) return word;
        if (word is [.., not ('a' or 'e' or 'i' or 'o' or 'u'), 'y']) return word[..^1] + "ies";
        return Array.Exists(Hissing, end => Ends(word, end)) ? word + "es" : word + "s";
    });

    // "Dogs on the left" is more than a name; its first word would be the one to change, and nobody knows which is.
    private static string Change(string noun, Func<string, string> change)
    {
        var start = noun.LastIndexOf(' ') + 1;
        var word = noun[start..];
        var isPlain = word.Length > 2 && word.All(char.IsAsciiLetterLower) && noun.Count(c => c == ' ') <= 2
            && !noun.Contains(" of ", StringComparison.Ordinal) && !noun.Contains(" on ", StringComparison.Ordinal)
            && !noun.Contains(" in ", StringComparison.Ordinal) && !noun.Contains(" with ", StringComparison.Ordinal)
            && !Unchanged.Contains(word);
        return isPlain ? noun[..start] + change(word) : noun;
    }

    private static bool IsPlural(string word)
        => Ends(word, "s") && !Ends(word, "ss") && !Ends(word, "us") && !Ends(word, "is");

    private static (string One, string Many)? Find(string word, Func<(string One, string Many), string> form)
    {
        foreach (var pair in Exceptions)
            if (form(pair) == word) return pair;
        return null;
    }

    private static bool Ends(string word, string end) => word.EndsWith(end, StringComparison.Ordinal);
}
