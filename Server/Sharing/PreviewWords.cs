using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Sharing.Exports;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Sharing;

/// <summary>
/// What a preview says in words: the question above, the count below, large. They are words of the person and of the
/// model and no other, so that one picture serves readers of every language.
/// </summary>
/// <param name="Question">Null where it has a letter that cannot be drawn; the link's title says it then.</param>
/// <param name="Figures">Counts and what was counted; a name that cannot be drawn is left out.</param>
/// <param name="IsChecked">Whether the counts are a person's.</param>
internal sealed record PreviewWords(
    string? Question, ImmutableArray<(int Count, string Name)> Figures, bool IsChecked)
{
    private const uint Ink = 0xf4f1f8;
    private const uint Ink2 = 0xaea7bb;
    private const int Top = 64;
    private const int Foot = 566;
    private const int MostFigures = 3;

    /// <summary>Words about an answer; null where none can be drawn.</summary>
    public static PreviewWords? Of(ExportTurn turn)
    {
        var question = Plain(turn.Question);
        var claim = Claim.Of(turn.Segments, turn.Audit);
        var words = new PreviewWords(
            question.Length > 0 && LetterPainter.CanWrite(question) ? question : null,
            claim is null or { Groups.Length: > MostFigures }
                ? [] : [.. claim.Groups.Select(group => (group.Count, Drawable(group.Named)))],
            claim is { Check: CheckState.All });
        return words is { Question: null, Figures: [] } ? null : words;
    }

    /// <param name="card">Drawn into.</param>
    /// <param name="left">Where lines begin, in pixels.</param>
    /// <param name="right">Where they end, in pixels.</param>
    public void Draw(RgbImage card, double left, double right)
    {
        const double Brand = 30, Asked = 44, Line = 54;
        Dot(card, left + 13, Top - 10, 10, 0xfb3f97);
        LetterPainter.Write(card, "Molmo", left + 34, Top, Brand, Ink);
        var line = Top + 78.0;
        var lines = Question is null ? [] : LetterPainter.Lines(Question, Asked, right - left, Figures.IsEmpty ? 8 : 4);
        foreach (var words in lines)
        {
            LetterPainter.Write(card, words, left, line, Asked, Ink2);
            line += Line;
        }
        var size = Figures.Length == 1 ? 170.0 : 76;
        for (var index = 0; index < Figures.Length; index++)
            DrawFigure(card, Figures[index], left, right, Foot - ((Figures.Length - 1 - index) * size * 1.15), size,
                IsChecked && index == Figures.Length - 1);
    }

    private static void DrawFigure(
        RgbImage card, (int Count, string Name) figure, double left, double right, double line, double size,
        bool hasTick)
    {
        var count = figure.Count.ToString(CultureInfo.InvariantCulture);
        LetterPainter.Write(card, count, left, line, size, Ink);
        var x = left + LetterPainter.WidthOf(count, size) + (size * 0.14);
        var room = right - x - (hasTick ? 62 : 0);
        var named = size * (size > 100 ? 0.34 : 0.6);
        if (figure.Name.Length > 0 && LetterPainter.Lines(figure.Name, named, room, 1) is [var name])
        {
            LetterPainter.Write(card, name, x, line, named, Ink);
            x += LetterPainter.WidthOf(name, named) + 20;
        }
        if (!hasTick) return;
        var (middle, up) = (x + 22, line - (named * 0.34));
        Painter.Fill(card, middle, up, 22, (dx, dy) => 22 - Math.Sqrt((dx * dx) + (dy * dy)), 0x2fd07f, 1);
        foreach (var (x1, y1, x2, y2) in AuditMark.Tick)
            Painter.Fill(card, middle, up, 22,
                (dx, dy) => 3 - Painter.ToLine(dx, dy, x1 * 20, y1 * 20, x2 * 20, y2 * 20), 0x04200f, 1);
    }

    private static void Dot(RgbImage card, double x, double y, double radius, uint colour)
    {
        Painter.Fill(card, x, y, radius + 3, (dx, dy) => radius + 3 - Math.Sqrt((dx * dx) + (dy * dy)), 0xffffff, 1);
        Painter.Fill(card, x, y, radius, (dx, dy) => radius - Math.Sqrt((dx * dx) + (dy * dy)), colour, 1);
    }

    private static string Drawable(string name)
    {
        var plain = Plain(name);
        return LetterPainter.CanWrite(plain) ? plain : "";
    }

    // One line, and letters with their accents as one sign each, as the font has them.
    private static string Plain(string words)
        => string.Join(' ', string.Concat(words.EnumerateRunes()).Normalize(NormalizationForm.FormC).Split(
            (char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
