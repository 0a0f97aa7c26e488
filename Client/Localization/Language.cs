namespace Molmo.Demo.Client.Localization;

/// <summary>A language that the pages speak.</summary>
/// <param name="Code">ISO 639 code, which is also the folder of its resources and the <c>lang</c> of its pages.</param>
/// <param name="Name">Its name in itself, as a menu of languages lists it.</param>
/// <param name="Format">How it writes numbers and months.</param>
public sealed record Language(string Code, string Name, CultureInfo Format)
{
    /// <summary>The language of the sources: every text is its own key.</summary>
    public static Language English { get; } = new("en", "English", CultureInfo.GetCultureInfo("en"));

    /// <summary>All, in the order of a menu.</summary>
    public static ImmutableArray<Language> All { get; } =
    [
        English,
        new("de", "Deutsch", CultureInfo.GetCultureInfo("de")),
        new("es", "Español", CultureInfo.GetCultureInfo("es")),
        // .NET writes the digits 0 to 9 in every culture. The separators that go with them are those of a region that
        // uses them.
        new("ar", "العربية", CultureInfo.GetCultureInfo("ar-AE")),
    ];

    /// <summary>The value of <c>dir</c>.</summary>
    public string Direction => Format.TextInfo.IsRightToLeft ? "rtl" : "ltr";

    /// <summary>
    /// The language with this code or, of a code such as <c>de-AT</c>, with its first part; null where the pages do not
    /// speak it.
    /// </summary>
    public static Language? Find(string code)
        => All.FirstOrDefault(
            language => code.Split('-', '_')[0].Equals(language.Code, StringComparison.OrdinalIgnoreCase));

    /// <summary>The language of a culture; English where the pages do not speak it.</summary>
    public static Language Of(CultureInfo culture) => Find(culture.Name) ?? English;

    /// <summary>Which of its plural forms a number takes.</summary>
    /// <remarks>Names and rules are those of Unicode CLDR for whole numbers.</remarks>
    public string PluralForm(long number) => Code == "ar" ? ArabicForm(number) : number == 1 ? "one" : "other";

    private static string ArabicForm(long number) => (number, Math.Abs(number % 100)) switch
    {
        (0, _) => "zero",
        (1, _) => "one",
        (2, _) => "two",
        (_, >= 3 and <= 10) => "few",
        (_, >= 11) => "many",
        _ => "other",
    };
}
