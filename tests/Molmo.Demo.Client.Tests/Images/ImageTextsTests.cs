using Molmo.Demo.Client.Images;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Tests.Images;

/// <summary>What stands around a photo, in the reader's language; places and handles are the same in each.</summary>
public class ImageTextsTests : PageTest
{
    private static readonly AnswerSegment[] Segments = [Group(0, "dogs", 2), new TextSegment(" and "), Group(1, "", 1)];

    [Theory]
    [InlineData(
        "en", "3 points on the photo", "dogs, 1 of 2", "Only points", "Points: table and crops", "dogs, 1 of 2: right",
        "Missed: point")]
    [InlineData(
        "de", "3 Punkte auf dem Foto", "dogs, 1 von 2", "Nur Punkte", "Punkte: Tabelle und Bildausschnitte",
        "dogs, 1 von 2: richtig", "Fehlt: Punkt")]
    [InlineData(
        "es", "3 puntos en la foto", "dogs, 1 de 2", "Solo puntos", "Puntos: tabla y recortes",
        "dogs, 1 de 2: correcto", "Falta: punto")]
    [InlineData(
        "ar", "3 نقاط على الصورة", "dogs، 1 من 2", "نقاط فقط", "النقاط: جدول ومقتطفات", "dogs، 1 من 2: صحيحة",
        "ناقصة: نقطة")]
    public void Viewer_InALanguage_SpeaksItAndKeepsPlacesAndHandles(
        string language, string dots, string dot, string only, string table, string right, string missed)
    {
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language);
        var audit = Audit.Empty.Judge(0, 1, DotVerdict.Right).AddMissed(1, 12.5, 99);
        var page = Render<ImageViewer>(parameters => parameters
            .Add(viewer => viewer.Source, "/img/abc")
            .Add(viewer => viewer.Alt, "A photo").Add(viewer => viewer.Width, 800).Add(viewer => viewer.Height, 600)
            .Add(viewer => viewer.Segments, Segments).Add(viewer => viewer.Audit, audit));

        Assert.Equal(dots, page.One("[data-dots]").GetAttribute("aria-label"));
        Assert.Equal(dot, page.Tests("point")[0].GetAttribute("aria-label"));
        Assert.Equal(only, page.FindAll("[data-solo]")[^1].GetAttribute("aria-label"));
        Assert.Equal(table, page.Test("points-open").GetAttribute("aria-label"));
        var marks = page.FindAll("[data-verdict]");
        Assert.Equal([right, missed], marks.Values("aria-label"));
        Assert.Equal(["right", "missed"], marks.Values("data-verdict"));
        Assert.Equal("left:12.5%;top:99%", marks[1].GetAttribute("style"));
        Assert.Equal(["No.", "Label", "x %", "y %", "x px", "y px"], page.FindAll("[data-sort]").Values("data-head"));
    }

    [Theory]
    [InlineData(
        "de", "dogs, 1 von 2: richtig. Jetzt dogs, 2 von 2.",
        "37 behauptet, 35 bestätigt, 2 falsch, 1 übersehen. Genauigkeit 95 %, Trefferquote 97 %.")]
    [InlineData(
        "es", "dogs, 1 de 2: correcto. Ahora dogs, 2 de 2.",
        "37 indicados, 35 confirmados, 2 incorrectos, 1 omitidos. Precisión 95 %, exhaustividad 97 %.")]
    [InlineData(
        "ar", "dogs، 1 من 2: صحيحة. الآن dogs، 2 من 2.",
        "المذكور 37، المؤكَّد 35، الخاطئ 2، الفائت 1. الدقة 95%، الاستيعاب 97%.")]
    public void Check_InALanguage_SaysWhatWasFound(string language, string said, string result)
    {
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language);
        Assert.Equal(said, AuditWalk.Begin(Segments, Audit.Empty).Judge(DotVerdict.Right).Said);
        Assert.Equal(result, AuditWords.Sentence(new AuditResult(37, 35, 2, 1)));
    }

    private static PointSegment Group(int group, string name, int points)
        => new(
            group, [.. Enumerable.Range(1, points).Select(n => new ImagePoint(n, n, n))], name, name, IsComplete: true);
}
