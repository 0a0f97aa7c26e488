using System.Collections.Frozen;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Molmo.Demo.Client.Localization;

/// <summary>
/// The words of the pages in the reader's language, which is the current UI culture. English stands in the sources and
/// is the key; the others are resource files in <c>Localization/Resources</c>, one for each part of the pages. What has
/// no translation stays English.
/// </summary>
public static class Texts
{
    // The texts of scripts are a file of their own: they go into the page.
    private const string Scripts = "Scripts";

    private static readonly ResourceManagerStringLocalizerFactory Factory =
        new(Options.Create(new LocalizationOptions()), NullLoggerFactory.Instance);

    private static readonly ImmutableArray<IStringLocalizer> Parts =
        [.. ((string[])["Common", "Chat", "Images", "Sharing", "Pages", Scripts]).Select(Open)];

    private static readonly FrozenDictionary<string, FrozenDictionary<string, string>> ScriptTexts =
        Language.All.ToFrozenDictionary(
            language => language.Code,
            language => language == Language.English
                ? FrozenDictionary<string, string>.Empty
                : In(language, () => All(Scripts)));

    /// <summary>The reader's language.</summary>
    public static Language Current => Language.Of(CultureInfo.CurrentUICulture);

    /// <summary>
    /// How the reader's language writes numbers and months. For what people read only: markup, styles and files stay
    /// invariant.
    /// </summary>
    public static CultureInfo Culture => Current.Format;

    /// <summary>A text in the reader's language.</summary>
    public static string T(string english) => Find(english) ?? english;

    /// <summary>A text with values, which stand in it as <c>{0}</c>, <c>{1:0.0}</c> and so on.</summary>
    public static string T(string english, params ReadOnlySpan<object?> values)
        => string.Format(Culture, T(english), values);

    /// <summary>A number with its noun: <c>{0}</c> is the number, further values follow.</summary>
    /// <param name="number">What is counted.</param>
    /// <param name="one">English for one.</param>
    /// <param name="many">English for any other number, and the key: <c>many|few</c> is the translation for the plural
    /// form "few".</param>
    /// <param name="values">Further values, from <c>{1}</c> on.</param>
    public static string Plural(long number, string one, string many, params ReadOnlySpan<object?> values)
    {
        var text = Find($"{many}|{Current.PluralForm(number)}") ?? Find($"{many}|other") ?? (number == 1 ? one : many);
        return string.Format(Culture, text, [number, .. values]);
    }

    /// <summary>What the scripts of a page say, by its English; empty where that is what they say.</summary>
    public static IReadOnlyDictionary<string, string> OfScripts(Language language) => ScriptTexts[language.Code];

    /// <summary>Opens one of the resource files.</summary>
    internal static IStringLocalizer Open(string part)
        => Factory.Create($"{typeof(Texts).Namespace}.Resources.{part}", typeof(Texts).Assembly.GetName().Name!);

    /// <summary>Speaks to a reader of another language than the ambient one, which is what resources follow.</summary>
    internal static TResult In<TResult>(Language language, Func<TResult> make)
    {
        var before = CultureInfo.CurrentUICulture;
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language.Code);
        try
        {
            return make();
        }
        finally
        {
            CultureInfo.CurrentUICulture = before;
        }
    }

    private static FrozenDictionary<string, string> All(string part)
        => Open(part)
            .GetAllStrings(includeParentCultures: false).ToFrozenDictionary(text => text.Name, text => text.Value);

    private static string? Find(string english)
    {
        if (Current == Language.English) return null;
        foreach (var part in Parts)
            if (part[english] is { ResourceNotFound: false } found) return found.Value;
        return null;
    }
}
