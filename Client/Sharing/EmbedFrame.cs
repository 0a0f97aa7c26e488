using System.Net;

namespace Molmo.Demo.Client.Sharing;

/// <summary>A link in a frame on another site.</summary>
public static class EmbedFrame
{
    private const int UsualWidth = 640;
    private const int SmallestWidth = 200;
    private const int WordsHeight = 340;

    /// <summary>The element as HTML. It may run its own script and open links, and nothing else.</summary>
    /// <param name="address">Of the frame's page.</param>
    /// <param name="title">What it is called, for those who do not see it.</param>
    /// <param name="size">Pixels.</param>
    public static string Code(string address, string title, (int Width, int Height) size)
        => string.Create(CultureInfo.InvariantCulture,
            $"<iframe src=\"{WebUtility.HtmlEncode(address)}\" width=\"{size.Width}\" height=\"{size.Height}\" "
                + $"title=\"{WebUtility.HtmlEncode(title)}\" loading=\"lazy\" style=\"border:0\" "
                + $"sandbox=\"allow-scripts allow-popups\"></iframe>");

    /// <summary>
    /// Size of a frame in pixels: as wide as usual or asked for, and as high as the photo then is, with room for words.
    /// </summary>
    /// <param name="photo">Size of the photo in pixels; null without one.</param>
    /// <param name="maxWidth">Null for the usual.</param>
    /// <param name="maxHeight">Null for what is needed.</param>
    public static (int Width, int Height) Fit((int Width, int Height)? photo, int? maxWidth, int? maxHeight)
    {
        var width = Math.Clamp(maxWidth ?? UsualWidth, SmallestWidth,
            Math.Max(SmallestWidth, Math.Min(maxWidth ?? UsualWidth, UsualWidth)));
        var high = photo is { } size ? (int)Math.Ceiling((double)width * size.Height / size.Width) : 0;
        return (width, maxHeight is > 0 and var most ? Math.Min(high + WordsHeight, most) : high + WordsHeight);
    }
}
