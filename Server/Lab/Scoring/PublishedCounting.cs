namespace Molmo.Demo.Lab.Scoring;

/// <summary>One counting answer against the true number, as the published evaluation reads it.</summary>
/// <param name="Number">What it says; null where the reference's rules find nothing, as in "There are none.".</param>
/// <param name="IsCorrect">The number is the true one.</param>
/// <param name="IsClose">It is at most one off.</param>
internal sealed record PublishedCounting(int? Number, bool IsCorrect, bool IsClose)
{
    public static PublishedCounting Of(string prediction, int actual)
    {
        var number = Read(prediction);
        return new PublishedCounting(number, number == actual, number is { } n && Math.Abs((long)n - actual) <= 1);
    }

    private static int? Read(string prediction)
    {
        var text = prediction.Trim().ToLowerInvariant().TrimEnd('.').Trim();
        var last = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [.., var word] ? word : null;
        if (last is null) return null;
        if (int.TryParse(last, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var figure))
            return figure;
        return NumberWords.Find(last) ?? StatedTotal(text);
    }

    /// <summary>
    /// The last "a total of" with a number behind it; only the first line is looked at, as the reference's pattern
    /// does.
    /// </summary>
    private static int? StatedTotal(string text)
    {
        const string phrase = "a total of ";
        var line = text.Split('\n')[0];
        for (var at = line.LastIndexOf(phrase, StringComparison.Ordinal); at >= 0;
            at = at == 0 ? -1 : line.LastIndexOf(phrase, at - 1, StringComparison.Ordinal))
        {
            var digits = line.AsSpan(at + phrase.Length);
            var length = digits.IndexOfAnyExceptInRange('0', '9') is var end and >= 0 ? end : digits.Length;
            if (length > 0
                && int.TryParse(digits[..length], NumberStyles.None, CultureInfo.InvariantCulture, out var total))
                return total;
        }
        return null;
    }
}
