using Microsoft.Extensions.Time.Testing;
using Molmo.Demo.Client.Compare;
using Molmo.Demo.Client.OpenAi;
using Molmo.Demo.Client.Sharing;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;

namespace Molmo.Demo.Client.Tests.Localization;

/// <summary>Links, comparison and the page for programs in other languages than their sources'.</summary>
public sealed class SharingLanguageTests : PageTest
{
    private readonly CultureInfo _before = CultureInfo.CurrentUICulture;

    public SharingLanguageTests()
    {
        Time = new FakeTimeProvider(FakeShares.Now);
        Shares.Turns.Add(new SharedTurn("How many dogs?", "Two dogs.", EndReason.Stopped, 1, 8, 6, FakeAnswer.Stamp));
    }

    protected override void Dispose(bool disposing)
    {
        CultureInfo.CurrentUICulture = _before;
        base.Dispose(disposing);
    }

    [Theory]
    [InlineData(
        "de", "Wer den Link hat, sieht eine Kopie vom jetzigen Stand: die Fotos, "
            + "deine Fragen und die bisher 3 Antworten. Was du später fragst, bleibt privat.",
        "21. November · noch nicht geöffnet")]
    [InlineData(
        "ar",
        "كل من لديه الرابط يرى نسخة كما هي الآن: الصور وأسئلتك و3 إجابات حتى الآن. وما تسأله لاحقًا يبقى خاصًا.",
        "21 نوفمبر · لم يُفتح بعد")]
    public void Dialog_InALanguage_SaysItsSentencesAndDates(string language, string sentence, string facts)
    {
        Speak(language);
        var text = Dialog(ended: 3).Words();

        Assert.Contains(sentence, text, StringComparison.Ordinal);
        Assert.Contains(facts, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Dialog_RefusedByTheServer_SaysWhyInTheLanguageOfThePage()
    {
        Speak("es");
        Shares.Refusal = new ChatRefusedException(ChatFault.VisitorLimit, new TooManyLinks(1200, 1200));
        Assert.Equal(
            "Creaste 1.200 enlaces en un día; el límite es 1.200. "
                + "Los que tienes siguen funcionando: crea uno nuevo mañana.",
            Dialog(ended: 1).Test("error").TextContent);
    }

    [Theory]
    [InlineData("de", "Hier von der fragenden Person gestoppt.", "21. November 2026", "Frag dein eigenes Foto")]
    [InlineData("ar", "أوقفها السائل هنا.", "21 نوفمبر 2026", "اسأل عن صورتك")]
    public async Task Page_OfALink_KeepsWhatWasSaidAndTranslatesTheRest(
        string language, string ending, string date, string way)
    {
        Speak(language);
        var id = await Shares.CreateAsync(Visitor, ConversationId.New(), ShareChoice.Plain, Cancel);
        var text = Render<SharePage>(parameters => parameters.Add(page => page.Sid, id.Value)).Words();

        Assert.Contains("How many dogs?", text, StringComparison.Ordinal);
        Assert.Contains("Two dogs.", text, StringComparison.Ordinal);
        Assert.Contains(ending, text, StringComparison.Ordinal);
        Assert.Contains(date, text, StringComparison.Ordinal);
        Assert.Contains(way, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Programs_InArabic_KeepTheirCodeAsItIs()
    {
        Speak("en");
        var english = Render<ApiPage>();
        Speak("ar");
        var arabic = Render<ApiPage>();

        Assert.NotEmpty(english.FindAll("pre"));
        Assert.Equal(english.FindAll("pre, code").Select(element => element.TextContent),
            arabic.FindAll("pre, code").Select(element => element.TextContent));
        Assert.Equal("واجهة البرمجة", arabic.One("h1").TextContent);
        Assert.Equal("API", english.One("h1").TextContent);
    }

    [Fact]
    public void Ranking_WithoutVotes_HasItsLinkWithinTheSentence()
    {
        Speak("de");
        var page = Render<LeaderboardPage>();

        Assert.Contains(
            "Noch keine Stimmen. Vergleich zwei Einstellungen an einem Foto und sag, welche Antwort besser ist.",
            page.Words(), StringComparison.Ordinal);
        Assert.Equal(
            "Vergleich zwei Einstellungen an einem Foto", page.One("p a[href='/compare']:not([class])").TextContent);
    }

    [Theory]
    [InlineData(
        "en", "tiny 3f2a · float32 · temperature 0.7 · 24 crops", "temperature 0.7, seed 3, 24 crops",
        "1 vote, 0 blind votes among them.")]
    [InlineData(
        "de", "tiny 3f2a · float32 · Temperatur 0,7 · 24 Kacheln", "Temperatur 0,7, Startwert 3, 24 Kacheln",
        "1 Stimme, davon 0 blinde.")]
    [InlineData(
        "ar", "tiny 3f2a · float32 · درجة الحرارة 0.7 · 24 قصاصة", "درجة الحرارة 0.7، البذرة 3، 24 قصاصة",
        "صوت واحد، منه 0 دون أسماء.")]
    public void Settings_OfASide_AreShownInTheLanguageAndStoredInEnglish(
        string language, string shown, string settings, string votes)
    {
        Speak(language);
        var side = new CompareSide { Temperature = 0.7, Seed = 3, MaxCrops = 24 };
        var stored = CompareWords.Entrant(FakeAnswer.Stamp, side);

        Assert.EndsWith(" · temperature 0.7 · 24 crops", stored, StringComparison.Ordinal);
        Assert.Equal(shown, CompareWords.Shown("tiny 3f2a · float32 · temperature 0.7 · 24 crops"));
        Assert.Equal(settings, CompareWords.Settings(side));
        Assert.Equal(votes, CompareWords.Votes(1, 0));
    }

    private static void Speak(string language) => CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language);

    private IRenderedComponent<ShareDialog> Dialog(int ended)
    {
        var shown = Render<ShareDialog>(parameters => parameters
            .Add(dialog => dialog.Conversation, ConversationId.New())
            .Add(dialog => dialog.Visitor, Visitor).Add(dialog => dialog.Ended, ended));
        shown.Test("share-create").Click();
        return shown;
    }
}
