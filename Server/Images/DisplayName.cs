namespace Molmo.Demo.Server.Images;

/// <summary>A file's name as text for people. It never becomes a path.</summary>
internal static class DisplayName
{
    private const int MaxRunes = 120;

    /// <summary>
    /// The last part of what a browser gave, without control characters, marks that turn the writing direction, and
    /// broken surrogates; <c>photo</c> where nothing is left.
    /// </summary>
    public static string Of(string? given)
    {
        var text = given ?? "";
        text = text[(text.LastIndexOfAny(['/', '\\']) + 1)..];
        var name = new StringBuilder();
        foreach (var rune in text.EnumerateRunes().Where(IsShown).Take(MaxRunes)) name.Append(rune);
        var shown = name.ToString().Trim();
        return shown.Length > 0 ? shown : "photo";
    }

    /// <summary>
    /// Reads the percent-encoded header <c>X-File-Name</c>; text that is not well encoded is taken as it stands.
    /// </summary>
    public static string OfHeader(string? encoded) => Of(encoded is null ? null : Uri.UnescapeDataString(encoded));

    private static bool IsShown(Rune rune) => rune != Rune.ReplacementChar && Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
