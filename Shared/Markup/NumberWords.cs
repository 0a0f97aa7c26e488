namespace Molmo.Demo.Shared.Markup;

/// <summary>The numbers that the published evaluation knows as words.</summary>
public static class NumberWords
{
    private static readonly string[] Words =
    [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
    ];

    /// <summary>The word for a number of zero to twenty; null for any other.</summary>
    public static string? Of(int number) => number >= 0 && number < Words.Length ? Words[number] : null;

    /// <summary>Zero to twenty in letters of any case; null for anything else.</summary>
    public static int? Find(ReadOnlySpan<char> word)
    {
        for (var number = 0; number < Words.Length; number++)
            if (word.Equals(Words[number], StringComparison.OrdinalIgnoreCase)) return number;
        return null;
    }
}
