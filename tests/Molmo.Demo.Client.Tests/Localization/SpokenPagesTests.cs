using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.History;
using Molmo.Demo.Client.Keys;
using Molmo.Demo.Client.Layout;
using Molmo.Demo.Client.Localization;
using Molmo.Demo.Client.Tests.Chat;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;

namespace Molmo.Demo.Client.Tests.Localization;

/// <summary>Pages as a reader of another language sees them.</summary>
public sealed class SpokenPagesTests : PageTest
{
    private readonly CultureInfo _before = CultureInfo.CurrentUICulture;

    [Theory]
    [InlineData(
        "de", "Frag ein Bild, und es zeigt hin.", "Foto auswählen", "Frag etwas zu deinem Foto", "Wie gefragt wird")]
    [InlineData(
        "es", "Pregunta a una imagen y te lo indica.", "Elegir una foto", "Pregunta sobre tu foto", "Cómo preguntar")]
    [InlineData("ar", "اسأل الصورة فتُشير لك إلى الجواب.", "اختيار صورة", "اسأل عن صورتك", "طريقة السؤال")]
    public void NewChat_InALanguage_SpeaksIt(
        string language, string heading, string choose, string placeholder, string how)
    {
        Speak(language);
        var page = Render<ChatPage>();
        Assert.Equal(heading, page.One("h1 > .unseen").TextContent);
        Assert.Contains(choose, page.Words(), StringComparison.Ordinal);
        var box = page.Test("composer");
        Assert.Equal((placeholder, placeholder, "auto"),
            (box.GetAttribute("placeholder"), box.GetAttribute("aria-label"), box.GetAttribute("dir")));
        Assert.Equal(how, page.Test("how-to-ask").GetAttribute("title"));
    }

    [Fact]
    public void NewChat_InEnglish_HasItsDotOnTheLetter()
        => Assert.Matches(
            "Ask a picture, and it po<span[^>]*>\u0131<i[^>]*></i></span>nts.", Render<ChatPage>().Markup);

    [Theory]
    [InlineData("de",
        "3 Personen sind vor dir, noch etwa 40 Sekunden. Du kannst diesen Tab schließen; die Antwort wird hier sein.")]
    [InlineData("es",
        "3 personas van delante de ti, faltan unos 40 segundos. Puedes cerrar esta pestaña; la respuesta estará aquí.")]
    [InlineData("ar", "أمامك 3 أشخاص، بعد نحو 40 ثانية. يمكنك إغلاق هذا التبويب، وستجد الإجابة هنا.")]
    public void Queue_InALanguage_IsOneSentence(string language, string expected)
    {
        Speak(language);
        Assert.Equal(expected, AnswerWords.Queue(new Queued(1, 3, 40)));
    }

    [Theory]
    [InlineData("de", "Antwort", "1,9 s · 41 Tokens", "2 Punkte passen zum Text. Noch nicht geprüft.")]
    [InlineData("ar", "إجابة", "1.9 ث · 41 رمزًا", "نقطتان توافقان النص. لم يتم التحقق بعد.")]
    public void Answer_InALanguage_SaysWhatItTookAndThatItAgrees(
        string language, string name, string cost, string agrees)
    {
        Speak(language);
        var turn = Answered("Counting the ", " shows a total of 2.");
        var view = Render<AnswerView>(
            parameters => parameters.Add(answer => answer.Turn, turn).Add(answer => answer.IsShown, true));
        Assert.Equal(name, view.Test("answer").GetAttribute("aria-label"));
        Assert.Equal(cost, AnswerWords.Cost(turn.Answer.Ended!));
        Assert.Contains(agrees, view.Words(), StringComparison.Ordinal);
        Assert.Contains("shows a total of 2.", view.Words(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("de", "Antwort fertig: Counting the dogs shows a total of 2. 2 Punkte in 1 Gruppe.")]
    [InlineData("ar", "الإجابة جاهزة: \u2068Counting the dogs shows a total of 2.\u2069 نقطتان في مجموعة واحدة.")]
    public void Summary_InALanguage_IsSpokenInIt(string language, string expected)
    {
        Speak(language);
        Assert.Equal(expected, AnswerWords.Summary(Answered("Counting the ", " shows a total of 2.")));
    }

    [Fact]
    public void Findings_InGerman_AreWholeSentences()
    {
        Speak("de");
        var turn = Answered("Counting the ", " shows a total of 13.");
        Assert.Equal(["Der Text nennt 13, aber es gibt 2 Punkte."],
            AgreementWords.Findings(turn.Answer.Check(), turn.Answer));
    }

    [Fact]
    public void Details_InGerman_WriteGermanNumbers()
    {
        Speak("de");
        var answer = new Answer();
        answer.Apply(new Started(1, FakeAnswer.Stamp, new SentImage(2000, 1000, 31, 2900)));
        answer.Apply(new Ended(
            2, EndReason.Finished, new TokenUsage(2950, 41), new GenerationTimings(1, 20, 1150, 1900, 200.25)));
        var rows = AnswerDetails.Rows(answer).ToDictionary();
        Assert.Equal(
            ("2.900", "2.950 ein, 41 aus", "200,3 Tokens/s"), (rows["Bild-Tokens"], rows["Tokens"], rows["Tempo"]));
        Assert.Equal("1024 Tokens", Texts.Plural(1024, "{0} token", "{0} tokens"));
    }

    [Fact]
    public void StoredAnswer_InALanguage_HasItsDateAndVerdict()
    {
        var stored = StoredComparisonTests.Kept("None.");
        Speak("es");
        Assert.Equal("Respuesta guardada · molmo-tiny 3f2a91c0ffee · 2 de enero de 2026", StoredWords.Mark(stored));
        Speak("ar");
        var page = Render<StoredAnswerView>(
            parameters => parameters.Add(view => view.Stored, stored).Add(view => view.CanRun, true));
        Assert.Equal(
            "إجابة محفوظة · \u2066molmo-tiny 3f2a91c0ffee\u2069 · 2 يناير 2026", page.Test("stored-mark").TextContent);
        Assert.Contains("تشغيل من جديد", page.Words(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("de", "Deine Chats", "vor 2 Stunden", "Dogs? umbenennen", "12. Oktober 2026")]
    [InlineData("ar", "محادثاتك", "قبل ساعتين", "إعادة تسمية \u2068Dogs?\u2069", "12 أكتوبر 2026")]
    public void History_InALanguage_SpeaksIt(string language, string name, string ago, string rename, string date)
    {
        Speak(language);
        Chat.Store(new StoredConversation(
            ConversationId.New(), "Dogs?", [new StoredTurn(GenerationId.New(), "Dogs?", Images.Add(), "", true)]));
        var drawer = Render<HistoryDrawer>(parameters => parameters
            .Add(history => history.Visitor, Visitor).Add(history => history.IsOpen, true));
        Assert.Equal(name, drawer.One("#history").GetAttribute("aria-label"));
        Assert.Contains(rename, drawer.FindAll("button").Values("aria-label"));
        var now = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
        Assert.Equal(ago, HistoryWords.Ago(now.AddHours(-2), now));
        var time = Render<LocalTime>(parameters => parameters.Add(written => written.At, now.AddDays(-40)));
        Assert.Equal(date, time.One("time").TextContent);
    }

    [Theory]
    [InlineData("de", "Zum Inhalt springen", "Einzelne Tasten wie n oder ?", "Nächster Punkt", "Seite neu laden")]
    [InlineData("ar", "الانتقال إلى المحتوى", "مفاتيح مفردة مثل n أو ?", "النقطة التالية", "إعادة تحميل الصفحة")]
    public void Layout_InALanguage_SpeaksIt(string language, string skip, string keys, string key, string reload)
    {
        Speak(language);
        var layout = Render<MainLayout>();
        Assert.All(
            [skip, keys, key, reload], expected => Assert.Contains(expected, layout.Words(), StringComparison.Ordinal));
        Assert.Equal(KeyTable.Groups.Sum(group => group.Keys.Length), layout.FindAll("[data-key]").Count);
    }

    [Theory]
    [InlineData("de", "Das Modell wird geholt: 3,2 von 32,1 GB, 45,5 MB/s, noch etwa 11 Minuten. "
        + "Inzwischen kannst du die Galerie ansehen, und Fragen warten.")]
    [InlineData("ar", "جارٍ جلب النموذج: 3.2 من 32.1 غيغابايت، 45.5 ميغابايت/ث، يتبقى نحو 11 دقيقة. "
        + "يمكن تصفح المعرض في هذه الأثناء، والأسئلة تنتظر.")]
    public void Model_BeingFetched_IsSaidInTheLanguageAndInEnglishWhereAsked(string language, string expected)
    {
        Speak(language);
        var progress = new ModelProgress(
            ModelStage.Fetching, "owner/name", 0.0999, 3_200_000_000, 32_100_000_000, 45_500_000, 635);
        Assert.Equal(expected, ModelWords.Doing(progress));
        Assert.Equal("The model is being fetched: 3.2 of 32.1 GB, 45.5 MB/s, about 11 minutes left. "
            + "The gallery can be looked at meanwhile, and questions wait.",
            Words.Of(new FetchingModel(progress), Language.English));
        Assert.Equal(language, Texts.Current.Code);
    }

    [Fact]
    public async Task Refusal_OfThePage_IsInTheLanguage()
    {
        Speak("de");
        var session = OpenSession();
        await session.AskAsync("How many dogs?");
        Assert.Equal("Wähle zuerst ein Foto aus. Deine Frage bleibt erhalten.", session.Refusal);
        await session.TakePhotoAsync(Images.Add().Id);
        await session.AskAsync(new string('x', ChatLimits.PromptCharacters + 1));
        Assert.Equal(
            $"Eine Frage darf {ChatLimits.PromptCharacters} Zeichen haben; "
                + $"diese hat {ChatLimits.PromptCharacters + 1}. Bitte kürze sie.",
            session.Refusal);
        await session.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        CultureInfo.CurrentUICulture = _before;
        base.Dispose(disposing);
    }

    private static void Speak(string language) => CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language);

    /// <summary>An ended answer with two dots.</summary>
    private static ChatTurn Answered(string before, string after)
    {
        var turn = new ChatTurn(GenerationId.New(), "How many dogs?", image: null);
        GenerationEvent[] events =
        [
            new Started(1, FakeAnswer.Stamp, new SentImage(800, 400, 3, 200)), new TextDelta(2, before),
            new PointFound(3, 0, 1, 10, 20), new PointFound(4, 0, 2, 30, 40),
            new PointGroupEnded(5, 0, "dogs", "dogs"), new TextDelta(6, after),
            new Ended(7, EndReason.Finished, new TokenUsage(250, 41), new GenerationTimings(1, 20, 150, 1900, 200)),
        ];
        foreach (var e in events) turn.Answer.Apply(e);
        return turn;
    }
}
