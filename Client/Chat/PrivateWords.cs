namespace Molmo.Demo.Client.Chat;

/// <summary>What the page says about private chats, which are kept in memory only.</summary>
public static class PrivateWords
{
    public static string Meaning => T("Photo, questions and answers of this chat are in the server's memory only, "
        + "and gone a few minutes after this page is closed. It cannot be shared.");

    /// <summary>What is kept of a usual chat, and for how long.</summary>
    /// <param name="hours">Hours after which the server removes it by itself; 0 where it does not.</param>
    public static string Kept(int hours) => hours > 0
        ? T("Photos stay on this server for {0} after the last answer, or until you delete them. No location data, "
            + "never used for training.", Span(hours))
        : T("Photos stay on this server until you delete them. No location data, never used for training.");

    public static string Offer => T("A chat in the server's memory only, gone a few minutes after you close it");

    /// <summary>Hours as people say them: in days where these are whole.</summary>
    public static string Span(int hours)
        => hours % 24 == 0 ? Plural(hours / 24, "{0} day", "{0} days") : Plural(hours, "{0} hour", "{0} hours");

    public static string End => T("End this chat now: nothing of it is left");

    public static string Gone => T("This private chat has ended, and nothing of it is kept anywhere.");

    /// <summary>Said beside a check of an answer.</summary>
    public static string Unkept => T("This check lives in this page only: loading it again loses it.");
}
