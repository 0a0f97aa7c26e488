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

    private static IEnumerable<string> FactsOf(ShareSummary link)
    {
        yield return Views(link.Views);
        if (link.HasPassphrase) yield return T("passphrase");
        if (link.IsBlurred) yield return T("parts blurred");
    }
}
