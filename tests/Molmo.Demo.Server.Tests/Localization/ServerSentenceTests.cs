using Molmo.Demo.Client.Localization;

namespace Molmo.Demo.Server.Tests.Localization;

/// <summary>What the server says to people is English where it is made, and is known in every language of the pages.</summary>
public sealed partial class ServerSentenceTests
{
    public static TheoryData<string> Languages => [.. Language.All.Where(language => language != Language.English).Select(language => language.Code)];

    [Theory]
    [MemberData(nameof(Languages))]
    public void Sentence_OfTheRealCode_IsTranslatedWithItsNumbersAndNames(string language)
    {
        var sentences = ServerSentences.Produced.ToList();

        Assert.True(sentences.Count > 80, $"{sentences.Count} sentences");
        Assert.Equal([], Untranslated(language, sentences));
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void Sentence_WrittenInTheSources_IsTranslated(string language)
    {
        var sentences = ServerSentences.Written().ToList();

        Assert.True(sentences.Count > 50, $"{sentences.Count} sentences");
        Assert.Equal([], Untranslated(language, sentences));
    }

    [Theory]
    [InlineData("de", "Diese Frage hat 4.001 Zeichen. Die Grenze ist 4.000. Bitte kürze sie; nichts wurde gesendet.")]
    [InlineData("es", "Esta pregunta tiene 4.001 caracteres. El límite es 4.000. Acórtala; no se envió nada.")]
    [InlineData("ar", "عدد أحرف هذا السؤال 4,001، والحد الأقصى 4,000. يرجى اختصاره؛ لم يُرسل شيء.")]
    public void Sentence_WithThousands_GroupsThemAsTheLanguageDoes(string language, string expected)
        => Assert.Equal(expected, Speaking.In(language, () => Texts.Sentence("This question has 4,001 characters. The limit is 4,000. Please shorten it; nothing was sent.")));

    [Fact]
    public void Sentence_ToAnEnglishReader_StaysAsItIs()
        => Assert.All(ServerSentences.Produced, sentence => Assert.Equal(sentence, Speaking.In("en", () => Texts.Sentence(sentence))));

    private static IEnumerable<string> Untranslated(string language, IEnumerable<string> sentences) => sentences
        .Where(sentence => Speaking.In(language, () => Texts.Sentence(sentence)) is var said && (said == sentence || !Values(said).SetEquals(Values(sentence))));

    private static HashSet<string> Values(string sentence) => [.. Value().Matches(sentence).Select(match => match.Value.Replace(',', '.'))];

    [GeneratedRegex(@"""[^""]*""|\d+(?:[.,]\d+)*|(?<![A-Za-z])[A-Z]{3,}(?![A-Za-z])")]
    private static partial Regex Value();
}
