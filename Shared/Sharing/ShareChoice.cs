using Molmo.Demo.Shared.Images;

namespace Molmo.Demo.Shared.Sharing;

/// <summary>How long a link works.</summary>
public enum ShareLifetime
{
    /// <summary>Until it is withdrawn.</summary>
    Unlimited,

    /// <summary>One hour.</summary>
    Hour,

    /// <summary>24 hours.</summary>
    Day,

    /// <summary>7 days.</summary>
    Week,

    /// <summary>30 days.</summary>
    Month,
}

/// <summary>Reads a <see cref="ShareLifetime"/>.</summary>
public static class ShareLifetimes
{
    extension(ShareLifetime lifetime)
    {
        /// <summary>The time; null where there is no end.</summary>
        public TimeSpan? Span => lifetime switch
        {
            ShareLifetime.Hour => TimeSpan.FromHours(1),
            ShareLifetime.Day => TimeSpan.FromDays(1),
            ShareLifetime.Week => TimeSpan.FromDays(7),
            ShareLifetime.Month => TimeSpan.FromDays(30),
            _ => null,
        };
    }
}

/// <summary>How a link is made.</summary>
/// <param name="Lifetime">How long it works; null for the server's default.</param>
/// <param name="Passphrase">What readers must know; null for none.</param>
/// <param name="ShowsPhotoInPreview">Whether the preview that other sites show has the photo on it.</param>
/// <param name="Blurred">Parts of the pictures that readers must not see.</param>
/// <param name="Like">A live link of the same maker whose end, passphrase and preview are taken instead; null for
/// none.</param>
public sealed record ShareChoice(
    ShareLifetime? Lifetime = null, string? Passphrase = null, bool ShowsPhotoInPreview = true,
    ImmutableArray<BlurBox>? Blurred = null, ShareId? Like = null)
{
    /// <summary>As the server is set up, with nothing hidden.</summary>
    public static ShareChoice Plain { get; } = new();
}

/// <summary>Changes to a link that exists; null leaves what is.</summary>
/// <param name="Lifetime">From now on.</param>
/// <param name="Passphrase">Empty for none.</param>
/// <param name="ShowsPhotoInPreview">As in <see cref="ShareChoice"/>.</param>
public sealed record ShareChange(
    ShareLifetime? Lifetime = null, string? Passphrase = null, bool? ShowsPhotoInPreview = null);

/// <summary>
/// A part of a picture that is made unreadable, in percent of its width and height from the top left.
/// </summary>
public sealed record BlurBox(ImageId Image, double X, double Y, double Width, double Height)
{
    /// <summary>Whether it is a box on the picture at all. One that reaches beyond the edge is cut there.</summary>
    public bool IsValid => double.IsFinite(X + Y + Width + Height) && Width > 0 && Height > 0 && X < 100 && Y < 100
        && X + Width > 0 && Y + Height > 0;
}

/// <summary>Limits of links; the texts that refuse name them.</summary>
public static class ShareLimits
{
    public const int ShortestPassphrase = 4;
    public const int LongestPassphrase = 200;
    public const int BlurBoxes = 100;
}
