using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Images;
using Molmo.Demo.Client.Localization;
using Molmo.Demo.Shared.Audits;
using static Molmo.Demo.Client.Localization.Texts;

namespace Molmo.Demo.Server.Sharing.Exports;

/// <summary>
/// Answers as one page with its style and script in itself: the file that opens offline, and the frame on another site.
/// Both may run that script and nothing else, by its hash; where dots stand is style too and is hashed with it. They
/// speak the language of who asks for them; the script finds its words in the page, so that it is the same in every
/// language.
/// </summary>
internal static class AnswerPage
{
    private const int NamesInTitle = 120;

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    // Of the site, for the frame only; a file loads nothing.
    private const string Fonts =
        """
        @font-face{font-family:"Funnel Display";font-weight:300 800;src:url(/fonts/funnel-display-latin.woff2)}
        @font-face{font-family:"Funnel Sans";font-weight:300 800;src:url(/fonts/funnel-sans-latin.woff2)}

        """;

    private static readonly string Style = Read("AnswerPage.css");
    private static readonly string Script = Read("AnswerPage.js");
    private static readonly string ScriptHash = HashOf(Script);

    /// <summary>A file that needs nothing but itself.</summary>
    /// <param name="export">All turns are in it.</param>
    /// <param name="photos">Each picture's data address by its number; a missing one is left out. Written as it is: it
    /// is ours.</param>
    public static byte[] WriteFile(Export export, IReadOnlyDictionary<int, string> photos)
    {
        var style = Style + Places(export.Turns);
        var policy = $"default-src 'none'; img-src data:; style-src {HashOf(style)}; script-src {ScriptHash}; "
            + $"base-uri 'none'; form-action 'none'";
        return Encoding.UTF8.GetBytes(Write(export, export.Turns, style, policy,
            turn => turn.Picture is { } picture ? photos.GetValueOrDefault(picture.Number) : null, isFrame: false));
    }

    /// <summary>What is shown in a frame: one answer on its photo.</summary>
    /// <param name="export">Of a link.</param>
    /// <param name="turn">The answer.</param>
    /// <param name="photo">Address of the photo, null without one.</param>
    /// <returns>The page and the policy that must go with it, without its rule on who may frame it.</returns>
    public static (string Html, string Policy) WriteFrame(Export export, ExportTurn turn, string? photo)
    {
        var style = Fonts + Style + Places([turn]);
        return (Write(export, [turn], style, null, _ => photo, isFrame: true),
            $"default-src 'none'; img-src 'self'; font-src 'self'; style-src {HashOf(style)}; "
                + $"script-src {ScriptHash}; base-uri 'none'; form-action 'none'");
    }

    private static string Write(
        Export export, IReadOnlyList<ExportTurn> turns, string style, string? policy, Func<ExportTurn, string?> photoOf,
        bool isFrame)
    {
        var html = new StringBuilder($"<!DOCTYPE html>\n<html lang=\"{Current.Code}\" "
            + $"dir=\"{Current.Direction}\">\n<head>\n<meta charset=\"utf-8\">\n");
        if (policy is not null)
            html.Append(
                CultureInfo.InvariantCulture, $"<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n");
        html.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"robots\" "
            + "content=\"noindex\">\n<meta name=\"referrer\" content=\"no-referrer\">\n");
        html.Append(CultureInfo.InvariantCulture, $"<title>{Text(Short(export.Title))} · Molmo</title>\n<style>"
            + $"{style}</style>\n</head>\n<body>\n<main data-place=\"{Text(T("{0} of {1}"))}\">\n");
        foreach (var turn in turns) Append(html, turn, photoOf(turn));
        AppendNote(html, export, turns, isFrame);
        html.Append("</main>\n<script>").Append(Script).Append("</script>\n</body>\n</html>\n");
        return html.ToString();
    }

    private static void Append(StringBuilder html, ExportTurn turn, string? photo)
    {
        html.Append("<section>\n");
        AppendClaim(html, turn);
        if (photo is not null && turn.Picture is { } picture)
        {
            html.Append(CultureInfo.InvariantCulture, $"<figure><img src=\"{photo}\" alt=\"{Text(T("The photo"))}\" "
                + $"width=\"{picture.Width}\" height=\"{picture.Height}\">");
            html.Append(CultureInfo.InvariantCulture, $"<div class=\"dots{(turn.PointCount > 60 ? " many" : "")}\">");
            var left = ChatLimits.PointsDrawn;
            foreach (var group in turn.Groups)
            {
                AppendDots(html, turn, group, left);
                left -= Math.Min(left, group.Points.Length);
            }
            html.Append("</div>");
            AppendMarks(html, turn);
            html.Append("<div class=\"tip\" role=\"tooltip\" hidden><bdi></bdi><em></em></div></figure>\n");
            if (turn.PointCount > 1)
                html.Append(CultureInfo.InvariantCulture,
                    $"<p class=\"walk\" hidden><button type=\"button\" data-step=\"-1\" aria-label=\""
                        + $"{Text(T("Previous dot"))}\">&#8249;</button><output></output><button type=\"button\" "
                        + $"data-step=\"1\" aria-label=\"{Text(T("Next dot"))}\">&#8250;</button></p>\n");
        }
        html.Append("<p class=\"words\" dir=\"auto\">");
        foreach (var (index, segment) in turn.Segments.Index())
        {
            html.Append(segment switch
            {
                TextSegment text => Text(index == 0 ? text.Text.TrimStart() : text.Text),
                PointSegment { Points.Length: > 0 } group => string.Create(CultureInfo.InvariantCulture,
                    $"<span class=\"chip {Look(group)}\" data-group=\"{group.Group}\"><bdi>"
                        + $"{Text(NameOf(group))}</bdi>{CountOf(turn, group)}</span>"),
                PointSegment empty => Text(empty.Text),
                _ => "",
            });
        }
        html.Append("</p>\n");
        if (Ending(turn) is { } ending)
            html.Append(CultureInfo.InvariantCulture, $"<p class=\"ending\">{Text(ending)}</p>\n");
        foreach (var words in turn.Caveats)
            html.Append(CultureInfo.InvariantCulture, $"<p class=\"ending\">{Text(words)}</p>\n");
        if (turn.AuditResult is { } result)
            html.Append(CultureInfo.InvariantCulture,
                $"<p class=\"audit\"><b>{Text(turn.Corrected ?? AuditWords.Layer)}</b> "
                    + $"{Text(AuditWords.Sentence(result))}</p>\n");
        html.Append("</section>\n");
    }

    private static string NameOf(PointSegment group) => group.Text.Length > 0 ? group.Text : group.Alt;

    // Of one group alone the figure says how many; without a name, its chip says no more than that.
    private static string CountOf(ExportTurn turn, PointSegment group)
        => turn.Groups.Length > 1 || NameOf(group).Length == 0
            ? string.Create(CultureInfo.InvariantCulture, $" <b>{group.Points.Length}</b>") : "";

    // What was asked, and how many there are, before everything else.
    private static void AppendClaim(StringBuilder html, ExportTurn turn)
    {
        var level = turn.Number == 1 ? "h1" : "h2";
        html.Append(CultureInfo.InvariantCulture, $"<{level} dir=\"auto\">{Text(turn.Question)}</{level}>\n");
        if (Claim.Of(turn.Segments, turn.Audit) is not { } claim) return;
        html.Append("<p class=\"claim\">");
        if (claim.IsNone) html.Append(CultureInfo.InvariantCulture, $"<span>{Text(ClaimWords.Of(claim))}</span>");
        foreach (var group in claim.Groups)
        {
            var noun = group.Noun.Length > 0 ? group.Named : Plural(group.Count, "dot", "dots");
            html.Append(CultureInfo.InvariantCulture, $"<span><b>{group.Count}</b> <bdi>{Text(noun)}</bdi></span> ");
        }
        if (claim.Check != CheckState.None)
            html.Append(CultureInfo.InvariantCulture, $"<em>{Text(claim.Check == CheckState.All
                ? T("Checked by a person") : T("Partly checked by a person"))}</em>");
        html.Append("</p>\n");
    }

    private static void AppendMarks(StringBuilder html, ExportTurn turn)
    {
        if (turn.Audit is null) return;
        html.Append(CultureInfo.InvariantCulture,
            $"<div class=\"found t{turn.Number}a\" role=\"group\" aria-label=\"{Text(AuditWords.Layer)}\">");
        foreach (var mark in AuditMark.Of(turn))
            html.Append(CultureInfo.InvariantCulture,
                $"<i class=\"{mark.Verdict}\" role=\"img\" aria-label=\"{Text(Short(mark.Label))}\"></i>");
        html.Append("</div>");
    }

    // The name is said once for the group, as a title that its dots inherit: five hundred of them would say it five
    // hundred times.
    private static void AppendDots(StringBuilder html, ExportTurn turn, PointSegment group, int most)
    {
        var name = Short(ExportTurn.NameOf(group));
        html.Append(CultureInfo.InvariantCulture, $"<div class=\"set {Look(group)} t{turn.Number}g{group.Group}\" "
            + $"data-group=\"{group.Group}\" role=\"group\" aria-label=\"{Text(name)}\" title=\"{Text(name)}\">");
        var verdicts = (turn.Audit ?? Audit.Empty).Verdicts;
        foreach (var point in group.Points.Take(most))
        {
            var isWrong = verdicts.TryGetValue((group.Group, point.N), out var verdict) && verdict == DotVerdict.Wrong;
            html.Append(CultureInfo.InvariantCulture,
                $"<button{(isWrong ? " class=\"wrong\"" : "")}><b>{point.N}</b></button>");
        }

        html.Append("</div>");
    }

    private static string Places(IEnumerable<ExportTurn> turns)
    {
        var rules = new StringBuilder();
        foreach (var turn in turns)
        {
            foreach (var group in turn.Groups)
                foreach (var (index, point) in group.Points.Take(ChatLimits.PointsDrawn).Index())
                    rules.Append(CultureInfo.InvariantCulture, $".t{turn.Number}g{group.Group}>:nth-child("
                        + $"{index + 1}){{left:{PointLook.Percent(point.X)}%;top:{PointLook.Percent(point.Y)}%}}\n");
            foreach (var (index, mark) in AuditMark.Of(turn).Index())
                rules.Append(CultureInfo.InvariantCulture, $".t{turn.Number}a>:nth-child({index + 1}){{left:"
                    + $"{PointLook.Percent(mark.X)}%;top:{PointLook.Percent(mark.Y)}%}}\n");
        }
        return rules.ToString();
    }

    private static void AppendNote(StringBuilder html, Export export, IReadOnlyList<ExportTurn> turns, bool isFrame)
    {
        html.Append("<p class=\"note\">");
        foreach (var picture in turns.Select(turn => turn.Picture).OfType<ExportImage>().Distinct())
            html.Append(CultureInfo.InvariantCulture,
                $"<span>{Text(T("Picture {0} × {1}, points in percent of it", picture.Width, picture.Height))}</span>");
        if (turns.Select(turn => turn.Copied.Stamp).LastOrDefault(stamp => stamp is not null) is { } stamp)
            html.Append(CultureInfo.InvariantCulture, $"<span>{Text($"{stamp.Model} {stamp.Revision}")}</span>");
        html.Append(CultureInfo.InvariantCulture, $"<time datetime=\"{export.CreatedAt:O}\">"
            + $"{Text(export.CreatedAt.ToString(T("d MMMM yyyy"), Texts.Culture))}</time>");
        if (export.Address is { } address)
            html.Append(
                CultureInfo.InvariantCulture, $"<a href=\"{Text(address)}\"{(isFrame ? " target=\"_blank\"" : "")} "
                    + $"rel=\"noopener noreferrer\">{Text(isFrame ? T("Open in Molmo") : T("The link"))}</a>");
        html.Append("</p>\n");
    }

    private static string? Ending(ExportTurn turn) => turn.Copied.Reason switch
    {
        null => T("The answer failed here."),
        EndReason.Stopped => T("Stopped here by the one who asked."),
        EndReason.Interrupted => T("Interrupted here."),
        var reason => AnswerWords.Ending(reason, turn.PointCount),
    };

    private static string Look(PointSegment group)
        => string.Create(CultureInfo.InvariantCulture, $"c{group.Group % 8} {PointShape.Of(group.Group).Name}");

    private static string Short(string words)
        => words.Length <= NamesInTitle ? words : string.Concat(words.AsSpan(0, NamesInTitle - 1), "…");

    private static string Text(string text) => Encoder.Encode(text);

    private static string HashOf(string source)
        => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(source)))}'";

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(AnswerPage).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
