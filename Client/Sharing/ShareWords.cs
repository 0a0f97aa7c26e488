using Molmo.Demo.Client.Chat;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Sharing;

/// <summary>What the page says about links.</summary>
public static class ShareWords
{
    /// <summary>Lifetimes in the order they are offered.</summary>
    public static IReadOnlyList<ShareLifetime> Lifetimes { get; } =
        [ShareLifetime.Hour, ShareLifetime.Day, ShareLifetime.Week, ShareLifetime.Month, ShareLifetime.Unlimited];

    /// <summary>A lifetime as a choice.</summary>
    public static string Lifetime(ShareLifetime lifetime) => lifetime switch
    {
        ShareLifetime.Hour => T("In an hour"),
        ShareLifetime.Day => T("In a day"),
        ShareLifetime.Week => T("In 7 days"),
        ShareLifetime.Month => T("In 30 days"),
        _ => T("Never"),
    };

    /// <summary>The choice that comes closest to an end that is set.</summary>
    public static ShareLifetime Nearest(DateTimeOffset? end, DateTimeOffset now)
        => end is not { } moment
            ? ShareLifetime.Unlimited
            : Lifetimes.FirstOrDefault(lifetime => moment - now <= lifetime.Span, ShareLifetime.Month);

    /// <summary>What a link is beside its times, in one line: <c>opened 3 times · passphrase</c>.</summary>
    public static string Facts(ShareSummary link) => string.Join(" · ", FactsOf(link));

    /// <summary>How often a link was opened by others.</summary>
    public static string Views(long views) => views switch
    {
        0 => T("not opened yet"),
        1 => T("opened once"),
        _ => Plural(views, "opened {0} time", "opened {0} times"),
    };

    /// <summary>What a link made now holds.</summary>
    public static string Contents(int ended)
        => ended == 1 ? T("the photo, your question and the answer")
            : Plural(ended, "the photos, your questions and the {0} answer so far",
                "the photos, your questions and the {0} answers so far");

    /// <summary>What a person found, for readers who are somebody else: <c>3 right, 1 wrong, 0 missed.</c></summary>
    public static string Check(Claim claim)
    {
        var found = T("{0} right, {1} wrong, {2} missed.", claim.Judged - claim.Wrong, claim.Wrong, claim.Missed);
        string?[] sentences =
        [
            found,
            claim.Check == CheckState.Part
                ? T("{0} of {1} dots were looked at.", claim.Judged, claim.Given) : null,
            // Also where as many were missed as were wrong: then the number is the model's, and the dots are not.
            claim.Wrong == 0 && claim.Missed == 0 ? null : ClaimWords.ModelSaid(claim),
        ];
        return string.Join(' ', sentences.OfType<string>());
    }

    /// <summary>
    /// An answer in a line, for those who have no page before them: its words, or what it says there is where it is
    /// dots alone, or a person has checked it.
    /// </summary>
    public static string Line(IReadOnlyList<AnswerSegment> segments, Audit? audit)
    {
        var claim = Claim.Of(segments, audit);
        if (claim is { Check: not CheckState.None }) return ClaimWords.ByAPerson(claim);
        var isDotsAlone = claim is not null && !segments.OfType<TextSegment>()
            .Any(prose => !string.IsNullOrWhiteSpace(prose.Text));
        return isDotsAlone ? ClaimWords.Of(claim!)
            : AnswerText.Clean(segments.Take(100)).ReplaceLineEndings(" ").Trim();
    }

    /// <summary>Several answers in a line: <c>3 dogs; 3 fish</c>.</summary>
    public static string Line(IEnumerable<(IReadOnlyList<AnswerSegment> Segments, Audit? Audit)> answers)
        => answers.Select(answer => Claim.Of(answer.Segments, answer.Audit) is { } claim
                ? ClaimWords.Entry(claim) : Line(answer.Segments, answer.Audit).TrimEnd('.'))
            .Where(words => words.Length > 0)
            .DefaultIfEmpty("").Aggregate((before, after) => T("{0}; {1}", before, after));

    /// <summary>
    /// That words and dots say the same, and that nobody has looked; null where there is no such number.
    /// </summary>
    public static string? Match(Claim claim)
        => claim.Stated == claim.Given && !claim.IsNone
            ? AgreementWords.Match(claim.Given)
            : null;

    /// <summary>That words and dots do not say the same; null where they do, or words say no number.</summary>
    public static string? Mismatch(Claim claim)
        => claim.Stated is { } stated && stated != claim.Given
            ? AgreementWords.Mismatch(stated, claim.Given)
            : null;

    private static IEnumerable<string> FactsOf(ShareSummary link)
    {
        yield return Views(link.Views);
        if (link.HasPassphrase) yield return T("passphrase");
        if (link.IsBlurred) yield return T("parts blurred");
    }
}
