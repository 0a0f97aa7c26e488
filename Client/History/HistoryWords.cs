using Molmo.Demo.Client.Chat;

namespace Molmo.Demo.Client.History;

/// <summary>What the list of chats says, in sentences.</summary>
public static class HistoryWords
{
    /// <summary>
    /// How long ago something was; null once a date says more, which the page writes in the reader's zone.
    /// </summary>
    public static string? Ago(DateTimeOffset then, DateTimeOffset now) => (now - then) switch
    {
        { TotalMinutes: < 1 } => T("just now"),
        { TotalHours: < 1 } passed => Plural((long)passed.TotalMinutes, "{0} minute ago", "{0} minutes ago"),
        { TotalDays: < 1 } passed => Plural((long)passed.TotalHours, "{0} hour ago", "{0} hours ago"),
        { TotalDays: < 14 } passed => Plural((long)passed.TotalDays, "{0} day ago", "{0} days ago"),
        _ => null,
    };

    /// <summary>The chats, newest first, under words for how long ago. No calendar days: the reader's zone is not known
    /// here.</summary>
    public static IEnumerable<(string Heading, IEnumerable<ConversationEntry> Entries)> ByAge(
        IEnumerable<ConversationEntry> entries, DateTimeOffset now)
        => entries
            .GroupBy(entry => (now - entry.UpdatedAt).TotalDays switch { < 1 => 0, < 7 => 1, _ => 2 })
            .OrderBy(group => group.Key)
            .Select(group => (group.Key switch
            {
                0 => T("Last 24 hours"),
                1 => T("Last 7 days"),
                _ => T("Earlier"),
            }, group.AsEnumerable()));

    /// <summary>How long chats stay, below the list.</summary>
    /// <param name="hours">Hours after which the server removes them by itself; 0 where it does not.</param>
    public static string Kept(int hours) => hours > 0
        ? T("Kept on this server for {0}, or until you delete them.", PrivateWords.Span(hours))
        : T("Kept on this server until you delete them.");

    /// <summary>Why the list is empty.</summary>
    /// <param name="search">What was searched for.</param>
    /// <param name="isPrivate">Whether the chat on the page is a private one, which is never listed.</param>
    public static string Nothing(string? search, bool isPrivate) => !string.IsNullOrWhiteSpace(search)
        ? T("No chat holds all of these words.")
        : isPrivate
            ? T("Nothing here. A private chat is not listed.")
            : T("Nothing yet. What you ask appears here, on this browser only.");

    /// <summary>What deleting one does.</summary>
    public static string Delete => T("Questions, answers and the photo go for good, at once. Delete this chat?");

    /// <summary>What deleting all does.</summary>
    public static string DeleteAll
        => T("All your chats and photos on this server go for good, at once. Delete everything?");

    /// <summary>What is offered for links, which are copies.</summary>
    public static string WithLinks(int count) => Plural(
        count, "Also withdraw its link, which shows a copy", "Also withdraw its {0} links, which show copies");

    /// <summary>The same for all chats.</summary>
    public static string WithAllLinks => T("Also withdraw my links, which show copies");

    /// <summary>Where the list ends although there are more.</summary>
    public static string Cut(int shown) => T("The newest {0} are shown. Search for older ones.", shown);
}
