namespace Molmo.Demo.Server.Sharing;

/// <summary>The sentences that refuse a link.</summary>
internal static class ShareRefusals
{
    public static ChatRefusedException Unknown() => new(ChatFault.Unknown, "There is no such conversation to share.");

    public static ChatRefusedException UnknownLink() => new(ChatFault.Unknown, "The link whose settings were to be taken is not there any more. No link was made - open this dialog again.");

    public static ChatRefusedException UnknownPhoto() => new(ChatFault.Unknown, "A photo with parts to blur is not here any more, so no link was made. Load the page again.");

    public static ChatRefusedException NothingYet() => new(ChatFault.Invalid, "There is no finished answer to share yet. Wait for the answer, then share it.");

    public static ChatRefusedException TooManyLinks(int made, int limit) => new(ChatFault.VisitorLimit, string.Create(CultureInfo.InvariantCulture,
        $"You made {made} links within a day; the limit is {limit}. The links you have still work - make a new one tomorrow."), TimeSpan.FromHours(1));

    public static ChatRefusedException TooManyLive(int limit) => new(ChatFault.VisitorLimit, string.Create(CultureInfo.InvariantCulture,
        $"Others can watch {limit} of your chats at a time. End one of those live links first."));

    public static ChatRefusedException Storage(StorageFault fault) => new(ChatFault.Busy, fault == StorageFault.Full
        ? "The storage is full, so no link was made. Everything stored before is still here - try again later."
        : "The storage did not answer, so no link was made. Everything is still here - try again in a moment.", TimeSpan.FromSeconds(30));

    /// <exception cref="ChatRefusedException">Out of range.</exception>
    public static void Check(ShareChoice choice)
    {
        CheckPassphrase(choice.Passphrase);
        if (choice.Lifetime is { } lifetime) CheckLifetime(lifetime);
        if (choice.Blurred is not { } boxes) return;
        if (boxes.Length > ShareLimits.BlurBoxes)
            throw Invalid($"{boxes.Length} parts are to be blurred; {ShareLimits.BlurBoxes} are the limit. No link was made - draw fewer, larger ones.");
        if (boxes.Any(box => !box.IsValid))
            throw Invalid("A part to blur does not lie on its photo. No link was made - draw it again.");
    }

    /// <exception cref="ChatRefusedException">Out of range.</exception>
    public static void Check(ShareChange change)
    {
        CheckPassphrase(change.Passphrase);
        if (change.Lifetime is { } lifetime) CheckLifetime(lifetime);
    }

    private static void CheckPassphrase(string? words)
    {
        if (!string.IsNullOrEmpty(words) && !Passphrase.IsWithinLimits(words))
            throw Invalid($"A passphrase has {ShareLimits.ShortestPassphrase} to {ShareLimits.LongestPassphrase} characters. Nothing was changed.");
    }

    private static void CheckLifetime(ShareLifetime lifetime)
    {
        if (!Enum.IsDefined(lifetime)) throw Invalid("A link lasts an hour, a day, a week, a month, or until it is withdrawn.");
    }

    private static ChatRefusedException Invalid(FormattableString sentence) => new(ChatFault.Invalid, FormattableString.Invariant(sentence));

    private static ChatRefusedException Invalid(string sentence) => new(ChatFault.Invalid, sentence);
}
