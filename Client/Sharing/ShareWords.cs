using System.Globalization;
using Molmo.Demo.Client.Chat;
using Molmo.Demo.Shared.Sharing;

namespace Molmo.Demo.Client.Sharing;

/// <summary>What the page says about links, in sentences. Times are UTC: the server does not know where its readers are.</summary>
public static class ShareWords
{
    /// <summary>Lifetimes in the order they are offered.</summary>
    public static IReadOnlyList<ShareLifetime> Lifetimes { get; } =
        [ShareLifetime.Unlimited, ShareLifetime.Hour, ShareLifetime.Day, ShareLifetime.Week, ShareLifetime.Month];

    /// <summary>A lifetime as a choice.</summary>
    public static string Lifetime(ShareLifetime lifetime) => lifetime switch
    {
        ShareLifetime.Hour => "In an hour",
        ShareLifetime.Day => "In a day",
        ShareLifetime.Week => "In 7 days",
        ShareLifetime.Month => "In 30 days",
        _ => "When I withdraw it",
    };

    /// <summary>The choice that comes closest to an end that is set.</summary>
    public static ShareLifetime Nearest(DateTimeOffset? end, DateTimeOffset now)
        => end is not { } moment ? ShareLifetime.Unlimited : Lifetimes.Skip(1).FirstOrDefault(lifetime => moment - now <= lifetime.Span, ShareLifetime.Month);

    /// <summary>When a link ends; null where it does not.</summary>
    public static string? End(DateTimeOffset? end)
        => end is { } moment ? string.Create(CultureInfo.InvariantCulture, $"Ends on {moment.UtcDateTime:d MMMM, HH:mm} UTC.") : null;

    /// <summary>What a link is, in one line: <c>21 November · opened 3 times · passphrase</c>.</summary>
    public static string Facts(ShareSummary link) => string.Join(" · ", FactsOf(link));

    /// <summary>How often a link was opened by others.</summary>
    public static string Views(long views) => views switch
    {
        0 => "not opened yet",
        1 => "opened once",
        _ => $"opened {AnswerWords.Count(views, "time")}",
    };

    /// <summary>What a link made now holds.</summary>
    public static string Contents(int ended)
        => ended == 1 ? "the photo, your question and the answer" : $"the photos, your questions and the {AnswerWords.Count(ended, "answer")} so far";

    private static IEnumerable<string> FactsOf(ShareSummary link)
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"{link.CreatedAt.UtcDateTime:d MMMM}");
        yield return Views(link.Views);
        if (link.ExpiresAt is { } end) yield return string.Create(CultureInfo.InvariantCulture, $"ends {end.UtcDateTime:d MMMM, HH:mm} UTC");
        if (link.HasPassphrase) yield return "passphrase";
        if (link.IsBlurred) yield return "parts blurred";
    }
}
