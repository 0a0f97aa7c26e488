using System.Xml.Linq;
using Molmo.Demo.Client.Localization;

namespace Molmo.Demo.Client.Tests.Localization;

/// <summary>Every text of the sources is in every resource file, whole, and nothing else is.</summary>
public sealed partial class TranslationTests
{
    private const string Scripts = "Scripts";

    // Its keys are what the language itself needs; no call names them.
    private static readonly string[] Unnamed = ["Common"];

    public static TheoryData<string> Languages
        => [.. Language.All.Where(language => language != Language.English).Select(language => language.Code)];

    [Fact]
    public void Sources_EveryCall_WritesItsTextOut() => Assert.Empty(SourceTexts.Unreadable);

    [Theory]
    [MemberData(nameof(Languages))]
    public void Resources_OfALanguage_HoldEveryTextAndNoOther(string code)
    {
        var language = Language.Find(code)!;
        var forms = Enumerable.Range(0, 120).Select(number => language.PluralForm(number)).Distinct();
        var expected =
            SourceTexts.Plain.Concat(SourceTexts.Plurals.SelectMany(text => forms.Select(form => $"{text}|{form}")))
                .ToHashSet();
        var texts = Read(code);

        Assert.Empty(expected.Except(texts.Select(text => text.Key)));
        Assert.DoesNotContain(texts, text => !Unnamed.Contains(text.Part) && !expected.Contains(text.Key));
        var ofScripts = texts.Where(text => text.Part == Scripts).Select(text => text.Key).ToHashSet();
        Assert.DoesNotContain(
            SourceTexts.OfScripts, text => !ofScripts.Contains(text) && !ofScripts.Contains(text + "|other"));
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void Resources_OfALanguage_KeepTheValuesAndAgreeWithEachOther(string code)
    {
        var texts = Read(code);
        Assert.All(texts, text =>
        {
            Assert.NotEqual("", text.Value.Trim());
            // A form for few things may say the number as a word.
            var asked = Values(text.Key);
            var given = Values(text.Value);
            if (FormOfFew().IsMatch(text.Key)) asked.Remove("0");
            Assert.Empty(asked.Except(given));
            Assert.Empty(given.Except(Values(text.Key)));
        });
        Assert.All(texts.GroupBy(text => text.Key), same => Assert.Single(same.Select(text => text.Value).Distinct()));
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void Resources_OfALanguage_HaveTheSameKeysInTheSameFiles(string code)
    {
        static IEnumerable<string> Keys(string language)
            => Read(language).Where(text => !text.Key.Contains('|')).Select(text => $"{text.Part}: {text.Key}").Order();
        Assert.Equal(Keys("de"), Keys(code));
    }

    // The compiler of resources takes keys that differ in case only for the same and drops one.
    [Theory]
    [MemberData(nameof(Languages))]
    public void Resources_OfAFile_DifferInMoreThanCase(string code)
        => Assert.All(
            Read(code).GroupBy(text => (text.Part, text.Key.ToUpperInvariant())), same => Assert.Single(same));

    [Theory]
    [InlineData("de", 1, "1 Punkt")]
    [InlineData("de", 12, "12 Punkte")]
    [InlineData("es", 0, "0 puntos")]
    [InlineData("ar", 2, "نقطتان")]
    [InlineData("ar", 7, "7 نقاط")]
    [InlineData("ar", 11, "11 نقطة")]
    [InlineData("ar", 103, "103 نقاط")]
    [InlineData("fr", 2, "2 dots")]
    [InlineData("", 1, "1 dot")]
    public void Plural_OfANumber_TakesTheFormOfTheLanguage(string culture, int number, string expected)
        => In(culture, () => Assert.Equal(expected, Texts.Plural(number, "{0} dot", "{0} dots")));

    [Theory]
    [InlineData("en-GB", "21 November, 20:05")]
    [InlineData("de-AT", "21. November, 20:05")]
    [InlineData("es-MX", "21 de noviembre, 20:05")]
    [InlineData("ar-EG", "21 نوفمبر، 20:05")]
    public void Culture_OfALanguage_WritesItsMonths(string culture, string expected)
        => In(culture, () => Assert.Equal(expected,
            new DateTime(2026, 11, 21, 20, 5, 0, DateTimeKind.Utc).ToString(Texts.T("d MMMM, HH:mm"), Texts.Culture)));

    [Theory]
    [InlineData("en", "1.5")]
    [InlineData("de", "1,5")]
    [InlineData("es", "1,5")]
    [InlineData("ar", "1.5")]
    public void Culture_OfALanguage_WritesItsNumbersWithLatinDigits(string culture, string expected)
        => In(culture, () => Assert.Equal(expected, string.Format(Texts.Culture, "{0:0.0}", 1.5)));

    private static HashSet<string> Values(string text)
        => [.. Placeholder().Matches(text).Select(match => match.Groups[1].Value)];

    private static List<(string Part, string Key, string Value)> Read(string code) =>
    [
        .. from file in Directory.EnumerateFiles(
            Path.Combine(TestData.Repository, "Client", "Localization", "Resources"), $"*.{code}.resx")
           where !Path.GetFileName(file).StartsWith("Facts.", StringComparison.Ordinal)   // FactWordsTests
           from entry in XDocument.Load(file).Root!.Elements("data")
           select (Path.GetFileName(file).Split('.')[0], entry.Attribute("name")!.Value, entry.Element("value")!.Value),
    ];

    private static void In(string culture, Action check)
    {
        var before = CultureInfo.CurrentUICulture;
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(culture);
        try
        {
            check();
        }
        finally
        {
            CultureInfo.CurrentUICulture = before;
        }
    }

    [GeneratedRegex(@"\|(zero|one|two)$")]
    private static partial Regex FormOfFew();

    [GeneratedRegex(@"\{(\d)[^}]*\}")]
    private static partial Regex Placeholder();
}
