namespace Molmo.Demo.Server.Sharing.Exports;

/// <summary>An export as it is sent.</summary>
/// <param name="Bytes">The file.</param>
/// <param name="ContentType">Its type.</param>
/// <param name="Name">What it is called; ASCII letters, digits, dashes and dots only.</param>
internal sealed partial record ExportFile(byte[] Bytes, string ContentType, string Name)
{
    private const int MaxLength = 40;

    /// <param name="export">What it is of.</param>
    /// <param name="extension">Without the first dot.</param>
    /// <param name="contentType">Its type.</param>
    /// <param name="bytes">The file.</param>
    public static ExportFile Of(Export export, string extension, string contentType, byte[] bytes)
        => new(bytes, contentType, $"{NameOf(export.Title)}.{extension}");

    // A question is anybody's text, a file name is not.
    private static string NameOf(string title)
    {
        var name = string.Join('-', ["molmo", .. Word().Matches(title).Select(word => word.Value.ToLowerInvariant())]);
        return name.Length <= MaxLength ? name : name[..MaxLength].TrimEnd('-');
    }

    [GeneratedRegex("[A-Za-z0-9]+")]
    private static partial Regex Word();
}
