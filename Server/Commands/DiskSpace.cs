namespace Molmo.Demo.Server.Commands;

/// <summary>Whether a disk takes what a command is about to write.</summary>
internal static class DiskSpace
{
    /// <summary>Room for what is not counted, and so that the disk is not filled to its last byte.</summary>
    private const long Margin = 256L << 20;

    /// <summary>Why so much does not go onto a disk; null where it does.</summary>
    /// <param name="what">What is written, as the sentence begins.</param>
    /// <param name="length">Bytes of it.</param>
    /// <param name="free">Bytes that the disk has left.</param>
    /// <param name="folder">Where it goes.</param>
    /// <param name="advice">What to do, after "Nothing was written;".</param>
    public static string? Shortage(string what, long length, long free, string folder, string advice)
        => length + Margin <= free ? null : $"{what} takes {Size(length)}, "
            + $"but only {Size(free)} are free for {folder}. Nothing was written; {advice}.";

    /// <summary>Such as <c>28.9 GB</c>, or <c>4.1 MB</c> for small ones.</summary>
    public static string Size(long bytes)
        => bytes >= 100_000_000
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:F1} GB")
            : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F1} MB");
}
