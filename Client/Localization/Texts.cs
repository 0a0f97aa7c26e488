using System.Collections;
using System.Collections.Frozen;
using System.Resources;

namespace Molmo.Demo.Client.Localization;

/// <summary>
/// The words of the pages in the reader's language, which is the current UI culture. English stands in the sources and is the key;
/// the others are resource files in <c>Localization/Resources</c>, one for each part of the pages. What has no translation stays English.
/// </summary>
public static partial class Texts
{
    // The texts of scripts are a file of their own: they go into the page.
    private const string Scripts = "Scripts";

    private static readonly ImmutableArray<string> Parts = ["Common", "Chat", "Images", "Sharing", "Pages", "Server", Scripts];

    private static readonly FrozenDictionary<string, FrozenDictionary<string, string>> Translations = Language.All
        .Where(language => language != Language.English)
        .ToFrozenDictionary(language => language.Code, language => Read(language, [.. Parts]));

    private static readonly FrozenDictionary<string, FrozenDictionary<string, string>> ScriptTexts = Language.All
        .ToFrozenDictionary(language => language.Code, language => language == Language.English ? FrozenDictionary<string, string>.Empty : Read(language, Scripts));

    /// <summary>The reader's language.</summary>
    public static Language Current => Language.Of(CultureInfo.CurrentUICulture);

    /// <summary>How the reader's language writes numbers and months. For what people read only: markup, styles and files stay invariant.</summary>
    public static CultureInfo Culture => Current.Format;

    /// <summary>A text in the reader's language.</summary>
    public static string T(string english) => Find(Current, english) ?? english;

    /// <summary>A text with values, which stand in it as <c>{0}</c>, <c>{1:0.0}</c> and so on.</summary>
    public static string T(string english, params ReadOnlySpan<object?> values) => string.Format(Culture, T(english), values);

    /// <summary>A number with its noun: <c>{0}</c> is the number, further values follow.</summary>
    /// <param name="number">What is counted.</param>
    /// <param name="one">English for one.</param>
    /// <param name="many">English for any other number, and the key: <c>many|few</c> is the translation for the plural form "few".</param>
    /// <param name="values">Further values, from <c>{1}</c> on.</param>
    public static string Plural(long number, string one, string many, params ReadOnlySpan<object?> values)
    {
        var language = Current;
        var text = language == Language.English
            ? number == 1 ? one : many
            : Find(language, $"{many}|{language.PluralForm(number)}") ?? Find(language, $"{many}|other") ?? (number == 1 ? one : many);
        return string.Format(Culture, text, [number, .. values]);
    }

    /// <summary>
    /// A sentence that comes ready from the server or from storage, with its numbers and quoted names in it. It is looked up by its shape,
    /// in which each of them is <c>{0}</c>, <c>{1}</c> and so on; one without a translation stays English.
    /// </summary>
    public static string Sentence(string english)
    {
        var language = Current;
        if (language == Language.English) return english;
        if (Find(language, english) is { } whole) return whole;
        List<object?> values = [];
        var shape = Value().Replace(english, match =>
        {
            values.Add(EnglishNumber().IsMatch(match.Value) ? InLanguage(match.Value, language.Format.NumberFormat) : match.Value);
            return string.Create(CultureInfo.InvariantCulture, $"{{{values.Count - 1}}}");
        });
        return Find(language, shape) is { } text ? string.Format(CultureInfo.InvariantCulture, text, [.. values]) : english;
    }

    /// <summary>What the scripts of a page say, by its English; empty where that is what they say.</summary>
    public static IReadOnlyDictionary<string, string> OfScripts(Language language) => ScriptTexts[language.Code];

    /// <summary>Makes English, whoever reads it: for what is stored, sent on, meant for programs, or translated by <see cref="Sentence"/> where it is shown.</summary>
    public static TResult InEnglish<TResult>(Func<TResult> make)
    {
        var before = CultureInfo.CurrentUICulture;
        CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
        try
        {
            return make();
        }
        finally
        {
            CultureInfo.CurrentUICulture = before;
        }
    }

    private static string InLanguage(string number, NumberFormatInfo format)
        => string.Concat(number.Select(sign => sign switch
        {
            '.' => format.NumberDecimalSeparator,
            ',' => format.NumberGroupSeparator,
            _ => sign.ToString(),
        }));

    private static string? Find(Language language, string english)
        => language != Language.English && Translations[language.Code].TryGetValue(english, out var text) ? text : null;

    private static FrozenDictionary<string, string> Read(Language language, params IEnumerable<string> parts)
    {
        var culture = CultureInfo.GetCultureInfo(language.Code);
        Dictionary<string, string> texts = [];
        foreach (var part in parts)
        {
            var resources = new ResourceManager($"{typeof(Texts).Namespace}.Resources.{part}", typeof(Texts).Assembly);
            using var set = resources.GetResourceSet(culture, createIfNotExists: true, tryParents: false)
                ?? throw new MissingManifestResourceException($"The texts of {part} are missing in {language.Name}.");
            foreach (DictionaryEntry entry in set) texts[(string)entry.Key] = (string)entry.Value!;
        }
        return texts.ToFrozenDictionary(StringComparer.Ordinal);
    }

    // A quoted name, or a number with what groups or divides its digits.
    [GeneratedRegex(@"“[^”]*”|""[^""]*""|\d+(?:[.,]\d+)*")]
    private static partial Regex Value();

    // A number with groups of thousands or a fraction, as the sources write it; 1.2.3 is none.
    [GeneratedRegex(@"^(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+)\z")]
    private static partial Regex EnglishNumber();
}
