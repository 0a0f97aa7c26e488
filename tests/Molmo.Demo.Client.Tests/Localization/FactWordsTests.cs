using System.Xml.Linq;
using Molmo.Demo.Client.Localization;

namespace Molmo.Demo.Client.Tests.Localization;

/// <summary>
/// Every fact has words in every language, with all its arguments, and there are no words without a fact.
/// </summary>
public sealed partial class FactWordsTests
{
    private static readonly Type[] WithoutResource = [typeof(EarlierWords), typeof(FetchingModel)];

    public static TheoryData<string> Languages => [.. Language.All.Select(language => language.Code)];

    public static TheoryData<string> Translated => [.. Languages.Select(row => row.Data).Where(code => code != "en")];

    [Theory]
    [MemberData(nameof(Languages))]
    public void Words_OfEveryFact_SayItWithItsArguments(string code)
    {
        var language = Language.Find(code)!;
        Assert.All(FactSamples.All, fact =>
        {
            var kind = FactKind.Of(fact.GetType());
            var words = Words.Of(fact, language);
            Assert.NotEqual(kind.Type.Name, words);
            Assert.DoesNotContain('{', words);
            Assert.DoesNotContain('}', words);
            // Few of what is counted may be said in words.
            var plain = words.Replace(language.Format.NumberFormat.NumberGroupSeparator, "", StringComparison.Ordinal);
            foreach (var argument in kind.ArgumentsOf(fact).Where(argument => argument is string or > 3))
                Assert.Contains($"{argument}", plain, StringComparison.Ordinal);
        });
    }

    [Theory]
    [MemberData(nameof(Translated))]
    public void Words_InAnotherLanguage_AreItsOwn(string code)
        => Assert.All(
            FactSamples.All.Where(fact => fact is not (EarlierWords or GpuLibTorch)),
            fact => Assert.NotEqual(Words.Of(fact, Language.English), Words.Of(fact, Language.Find(code)!)));

    [Theory]
    [MemberData(nameof(Languages))]
    public void Resources_OfALanguage_HaveTheFormsOfEveryFactAndNothingElse(string code)
    {
        var expected = FactKind.All.Where(kind => !WithoutResource.Contains(kind.Type))
            .SelectMany(kind => kind.IsCounted ? Forms(kind.Type.Name) : [kind.Type.Name])
            .Concat(Forms("ModelStopped.Words")).Concat(Forms("ModelStopped.Points")).ToHashSet();
        var keys = Read(code).Keys;

        Assert.Equal([], expected.Except(keys));
        // A language may have more forms of what is counted.
        Assert.Equal(
            [], keys.Where(key => !expected.Contains(key) && !expected.Contains($"{key.Split('|')[0]}|other")));

        static IEnumerable<string> Forms(string key) => [$"{key}|one", $"{key}|other"];
    }

    [Theory]
    [MemberData(nameof(Translated))]
    public void Resources_OfALanguage_HaveThePlaceholdersOfEnglish(string code)
    {
        var english = Read("en");
        Assert.All(Read(code)
            .Where(text => english.ContainsKey(text.Key) && !text.Key.EndsWith("|one", StringComparison.Ordinal)),
            text => Assert.Equal(Placeholders(english[text.Key]), Placeholders(text.Value)));
    }

    [Theory]
    [InlineData("en", "This question has 4,001 characters. The limit is 4,000. Please shorten it; nothing was sent.")]
    [InlineData("de", "Diese Frage hat 4.001 Zeichen. Die Grenze ist 4.000. Bitte kürze sie; nichts wurde gesendet.")]
    [InlineData("es", "Esta pregunta tiene 4.001 caracteres. El límite es 4.000. Acórtala; no se envió nada.")]
    [InlineData("ar", "عدد أحرف هذا السؤال 4,001، والحد الأقصى 4,000. يرجى اختصاره؛ لم يُرسل شيء.")]
    public void Words_WithThousands_GroupThemAsTheLanguageDoes(string language, string expected)
        => Assert.Equal(expected, Words.Of(new QuestionTooLong(4001, 4000), Language.Find(language)!));

    [Theory]
    [InlineData("en", 1, 12, "The model stopped after 1 word. The text and 12 points so far are kept. Try again?")]
    [InlineData("en", 40, 1, "The model stopped after 40 words. The text and 1 point so far are kept. Try again?")]
    [InlineData("de", 40, 1, "Das Modell hat nach 40 Wörtern aufgehört. "
        + "Der Text und bisher 1 Punkt bleiben erhalten. Noch einmal versuchen?")]
    [InlineData("es", 1, 0,
        "El modelo se detuvo tras 1 palabra. Se conservan el texto y los 0 puntos hasta ahora. ¿Intentarlo de nuevo?")]
    public void Words_OfTwoCounts_TakeTheFormOfEach(string language, int words, int points, string expected)
        => Assert.Equal(expected, Words.Of(new ModelStopped(words, points), Language.Find(language)!));

    private static string[] Placeholders(string text)
        => [.. Placeholder().Matches(text).Select(match => match.Value).Distinct().Order()];

    private static Dictionary<string, string> Read(string code)
    {
        var file = code == "en" ? "Facts.resx" : $"Facts.{code}.resx";
        return XDocument.Load(Path.Combine(TestData.Repository, "Client", "Localization", "Resources", file)).Root!
            .Elements("data")
            .ToDictionary(entry => entry.Attribute("name")!.Value, entry => entry.Element("value")!.Value);
    }

    [GeneratedRegex(@"\{\d[^}]*\}")]
    private static partial Regex Placeholder();
}
