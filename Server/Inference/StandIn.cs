using Microsoft.Win32.SafeHandles;

namespace Molmo.Demo.Inference;

/// <summary>Something that lies where a file of a checkpoint should, and is none: it is called what it is.</summary>
/// <param name="Name">What it is, such as <c>a Git LFS pointer</c>.</param>
/// <param name="Remedy">A sentence that says what to do.</param>
public sealed record StandIn(string Name, string Remedy)
{
    private const int Looked = 512;

    private static readonly StandIn Pointer = new(
        "a Git LFS pointer", "Run `git lfs pull` in its folder, which brings the file itself.");

    private static readonly StandIn WebPage = new(
        "a web page (HTML)", "Whatever fetched it was given a login or error page; fetch the file again.");

    private static readonly string[] Pages = ["<!doctype html", "<html", "<head", "<body", "<?xml", "<script", "<!--"];

    /// <summary>What lies in place of a file; null where it may be the file itself.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static StandIn? In(string path)
    {
        using var handle = File.OpenHandle(path);
        return In(handle);
    }

    /// <summary>The same of an open file.</summary>
    internal static StandIn? In(SafeFileHandle file)
    {
        Span<byte> bytes = stackalloc byte[Looked];
        var start = Encoding.Latin1.GetString(bytes[..RandomAccess.Read(file, bytes, 0)]);
        // A byte order mark, read as Latin-1.
        if (start.StartsWith("ï»¿", StringComparison.Ordinal)) start = start[3..];
        start = start.TrimStart();
        if (start.StartsWith("version https://git-lfs.github.com/", StringComparison.Ordinal)
            || start.StartsWith("version https://hawser.github.com/", StringComparison.Ordinal))
            return Pointer;
        return Pages.Any(page => start.StartsWith(page, StringComparison.OrdinalIgnoreCase)) ? WebPage : null;
    }
}
