namespace Molmo.Demo.Server.ModelHub;

/// <summary>A model repository of the Hub at a revision: <c>owner/name</c> or <c>owner/name@revision</c>.</summary>
/// <param name="Owner">Account.</param>
/// <param name="Name">Repository.</param>
/// <param name="Revision">Branch, tag or commit.</param>
public sealed record HubModel(string Owner, string Name, string Revision)
{
    public const string DefaultRevision = "main";

    /// <summary>owner/name.</summary>
    public string Repository => $"{Owner}/{Name}";

    /// <summary>Reads the written form; null where the text is not one (a path, say).</summary>
    public static HubModel? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var (repository, revision) = at < 0 ? (text, DefaultRevision) : (text[..at], text[(at + 1)..]);
        var parts = repository.Split('/');
        return parts.Length == 2 && IsName(parts[0]) && IsName(parts[1]) && IsRevision(revision)
            ? new HubModel(parts[0], parts[1], revision)
            : null;
    }

    public override string ToString() => Revision == DefaultRevision ? Repository : $"{Repository}@{Revision}";

    // The Hub's own rule: letters, digits, '-', '_', '.', not at the ends and never ".." or "--", which the cache uses
    // as a separator.
    private static bool IsName(string text)
        => text is { Length: > 0 and <= 96 }
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            && text[0] is not ('-' or '.') && text[^1] is not ('-' or '.')
            && !text.Contains("..", StringComparison.Ordinal) && !text.Contains("--", StringComparison.Ordinal);

    private static bool IsRevision(string text)
        => text is { Length: > 0 and <= 255 }
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/')
            && text[0] != '/' && !text.Contains("..", StringComparison.Ordinal);
}
