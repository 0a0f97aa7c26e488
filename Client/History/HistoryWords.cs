using System.Globalization;
using Molmo.Demo.Client.Chat;

namespace Molmo.Demo.Client.History;

/// <summary>What the list of chats says, in sentences.</summary>
public static class HistoryWords
{
    /// <summary>How long ago something was; a date once that says more. The reader's time zone is not known, so no time of day is given.</summary>
    public static string Ago(DateTimeOffset then, DateTimeOffset now) => (now - then) switch
    {
        { TotalMinutes: < 1 } => "just now",
        { TotalHours: < 1 } passed => $"{AnswerWords.Count((long)passed.TotalMinutes, "minute")} ago",
        { TotalDays: < 1 } passed => $"{AnswerWords.Count((long)passed.TotalHours, "hour")} ago",
        { TotalDays: < 14 } passed => $"{AnswerWords.Count((long)passed.TotalDays, "day")} ago",
        _ => then.ToString("d MMM yyyy", CultureInfo.InvariantCulture),
    };

    /// <summary>Why the list is empty.</summary>
    public static string Nothing(string? search)
        => string.IsNullOrWhiteSpace(search) ? "Nothing yet. What you ask appears here, on this browser only." : "No chat holds all of these words.";

    /// <summary>What deleting one does.</summary>
    public const string Delete = "Questions, answers and the photo go for good, at once. Delete this chat?";

    /// <summary>What deleting all does.</summary>
    public const string DeleteAll = "All your chats and photos on this server go for good, at once. Delete everything?";

    /// <summary>What is offered for links, which are copies.</summary>
    public static string WithLinks(int count) => count == 1 ? "Also withdraw its link, which shows a copy" : $"Also withdraw its {count} links, which show copies";

    /// <summary>The same for all chats.</summary>
    public const string WithAllLinks = "Also withdraw my links, which show copies";

    /// <summary>Where the list ends although there are more.</summary>
    public static string Cut(int shown) => string.Create(CultureInfo.InvariantCulture, $"The newest {shown} are shown. Search for older ones.");
}
