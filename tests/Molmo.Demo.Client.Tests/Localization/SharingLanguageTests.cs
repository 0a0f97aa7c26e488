using System.Globalization;
using Molmo.Demo.Client.Compare;
using Molmo.Demo.Client.Programs;
using Molmo.Demo.Client.Sharing;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Sharing;

namespace Molmo.Demo.Client.Tests.Localization;

/// <summary>Links, comparison and the page for programs in other languages than their sources'.</summary>
public sealed class SharingLanguageTests : IDisposable
{
    private readonly CultureInfo _before = CultureInfo.CurrentUICulture;
    private readonly FakeShares _shares = new();
    private readonly ManualTime _time = new();

    public SharingLanguageTests()
    {
        _time.Advance(TimeSpan.FromHours(12));
        _shares.Turns.Add(new SharedTurn("How many dogs?", "Two dogs.", EndReason.Stopped, 1, 8, 6, FakeAnswer.Stamp));
    }

    public void Dispose() => CultureInfo.CurrentUICulture = _before;

    [Theory]
    [InlineData("de", "Wer diesen Link hat, sieht eine Kopie vom jetzigen Stand: die Fotos, deine Fragen und die bisher 3 Antworten. Was du später fragst, bleibt privat.", "21. November · noch nicht geöffnet")]
    [InlineData("ar", "كل من لديه هذا الرابط يرى نسخة كما هي الآن: الصور وأسئلتك و3 إجابات حتى الآن. وما تسأله لاحقًا يبقى خاصًا.", "21 نوفمبر · لم يُفتح بعد")]
    public async Task Dialog_InALanguage_SaysItsSentencesAndDates(string language, string sentence, string facts)
    {
        Speak(language);
        var renderer = await PageRenderer.Create(shares: _shares, time: _time).RenderAsync<ShareDialog>(
            (nameof(ShareDialog.Conversation), ConversationId.New()), (nameof(ShareDialog.Visitor), VisitorId.New()), (nameof(ShareDialog.Ended), 3));
        var text = HtmlElement.TextOf(await renderer.HtmlAsync());

        Assert.Contains(sentence, text, StringComparison.Ordinal);
        Assert.Contains(facts, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dialog_RefusedByTheServer_SaysWhyInTheLanguageOfThePage()
    {
        Speak("es");
        _shares.Refusal = new ChatRefusedException(ChatFault.VisitorLimit, "You made 1,200 links within a day; the limit is 1,200. The links you have still work - make a new one tomorrow.");
        var renderer = await PageRenderer.Create(shares: _shares, time: _time).RenderAsync<ShareDialog>(
            (nameof(ShareDialog.Conversation), ConversationId.New()), (nameof(ShareDialog.Visitor), VisitorId.New()), (nameof(ShareDialog.Ended), 1));

        var error = (await renderer.ElementsAsync()).Single(element => element["data-testid"] == "error");
        Assert.Equal("Creaste 1.200 enlaces en un día; el límite es 1.200. Los que tienes siguen funcionando: crea uno nuevo mañana.", error.Text);
    }

    [Theory]
    [InlineData("de", "Hier von der fragenden Person gestoppt.", "21. November 2026", "Frag selbst etwas")]
    [InlineData("ar", "أوقفها السائل هنا.", "21 نوفمبر 2026", "اسأل عن صورتك")]
    public async Task Page_OfALink_KeepsWhatWasSaidAndTranslatesTheRest(string language, string ending, string date, string way)
    {
        Speak(language);
        var id = await _shares.CreateAsync(VisitorId.New(), ConversationId.New(), ShareChoice.Plain, TestContext.Current.CancellationToken);
        var html = await HtmlOfAsync<SharePage>(new() { ["Sid"] = id.Value });
        var text = HtmlElement.TextOf(html);

        Assert.Contains("How many dogs?", text, StringComparison.Ordinal);
        Assert.Contains("Two dogs.", text, StringComparison.Ordinal);
        Assert.Contains(ending, text, StringComparison.Ordinal);
        Assert.Contains(date, text, StringComparison.Ordinal);
        Assert.Contains(way, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_InArabic_KeepTheirCodeAsItIs()
    {
        Speak("en");
        var english = HtmlElement.Read(await HtmlOfAsync<ApiPage>([]));
        Speak("ar");
        var arabic = HtmlElement.Read(await HtmlOfAsync<ApiPage>([]));

        Assert.Equal(english.Where(element => element.Name is "pre" or "code").Select(element => element.Text), arabic.Where(element => element.Name is "pre" or "code").Select(element => element.Text));
        Assert.Equal("للبرامج", arabic.Single(element => element.Name == "h1").Text);
        Assert.Equal("For programs", english.Single(element => element.Name == "h1").Text);
    }

    [Fact]
    public async Task Ranking_WithoutVotes_HasItsLinkWithinTheSentence()
    {
        Speak("de");
        var html = await HtmlOfAsync<LeaderboardPage>([]);

        Assert.Contains("Noch keine Stimmen. Vergleich zwei Einstellungen an einem Foto und sag, welche Antwort besser ist.", HtmlElement.TextOf(html), StringComparison.Ordinal);
        Assert.Equal("Vergleich zwei Einstellungen an einem Foto", HtmlElement.Read(html).Single(element => element.Name == "a" && element["href"] == "/compare" && element["class"] is null && element.Text.StartsWith("Vergleich zwei E", StringComparison.Ordinal)).Text);
    }

    [Theory]
    [InlineData("en", "tiny 3f2a · float32 · temperature 0.7 · 24 crops", "temperature 0.7, seed 3, 24 crops", "1 vote, 0 blind votes among them.")]
    [InlineData("de", "tiny 3f2a · float32 · Temperatur 0,7 · 24 Kacheln", "Temperatur 0,7, Startwert 3, 24 Kacheln", "1 Stimme, davon 0 blinde.")]
    [InlineData("ar", "tiny 3f2a · float32 · درجة الحرارة 0.7 · 24 قصاصة", "درجة الحرارة 0.7، البذرة 3، 24 قصاصة", "صوت واحد، منه 0 دون أسماء.")]
    public void Settings_OfASide_AreShownInTheLanguageAndStoredInEnglish(string language, string shown, string settings, string votes)
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

    private async Task<string> HtmlOfAsync<T>(Dictionary<string, object> parameters)
    {
        var renderer = await PageRenderer.Create(shares: _shares, time: _time).RenderAsync<WithHead>(
            (nameof(WithHead.Page), typeof(T)), (nameof(WithHead.Parameters), parameters));
        return await renderer.HtmlAsync();
    }
}
