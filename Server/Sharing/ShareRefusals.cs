namespace Molmo.Demo.Server.Sharing;

/// <summary>Why a link is refused.</summary>
internal static class ShareRefusals
{
    public static ChatRefusedException Unknown() => new(ChatFault.Unknown, new NothingToShare());

    public static ChatRefusedException UnknownLink() => new(ChatFault.Unknown, new LikedLinkGone());

    public static ChatRefusedException UnknownPhoto() => new(ChatFault.Unknown, new BlurredPhotoGone());

    public static ChatRefusedException NothingYet() => new(ChatFault.Invalid, new NoAnswerToShare());

    public static ChatRefusedException TooManyLinks(int made, int limit)
        => new(ChatFault.VisitorLimit, new TooManyLinks(made, limit), TimeSpan.FromHours(1));

    public static ChatRefusedException TooManyLive(int limit)
        => new(ChatFault.VisitorLimit, new TooManyLiveLinks(limit));

    public static ChatRefusedException Storage(StorageFault fault) => new(ChatFault.Busy, fault == StorageFault.Full
        ? new StorageFullForLink()
        : new StorageSilentForLink(), TimeSpan.FromSeconds(30));

    /// <exception cref="ChatRefusedException">Out of range.</exception>
    public static void Check(ShareChoice choice)
    {
        CheckPassphrase(choice.Passphrase);
        if (choice.Lifetime is { } lifetime) CheckLifetime(lifetime);
        if (choice.Blurred is not { } boxes) return;
        if (boxes.Length > ShareLimits.BlurBoxes)
            throw Invalid(new TooManyBoxes(boxes.Length, ShareLimits.BlurBoxes));
        if (boxes.Any(box => !box.IsValid))
            throw Invalid(new BoxOutside());
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
            throw Invalid(new PassphraseOutOfRange(ShareLimits.ShortestPassphrase, ShareLimits.LongestPassphrase));
    }

    private static void CheckLifetime(ShareLifetime lifetime)
    {
        if (!Enum.IsDefined(lifetime)) throw Invalid(new LifetimeUnknown());
    }

    private static ChatRefusedException Invalid(Fact fact) => new(ChatFault.Invalid, fact);
}
