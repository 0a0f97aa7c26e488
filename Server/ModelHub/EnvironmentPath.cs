namespace Molmo.Demo.Server.ModelHub;

/// <summary>
/// Paths of environment variables as Python's <c>expanduser</c> and <c>expandvars</c> read them: <c>~</c>,
/// <c>~name</c>, <c>$NAME</c> and <c>${NAME}</c>. What is not known stays as it is written.
/// </summary>
/// <param name="read">Reads a variable; null where it is not set.</param>
internal sealed partial class EnvironmentPath(Func<string, string?> read)
{
    private const string Users = "/etc/passwd";

    /// <summary>The person's home folder.</summary>
    public string Home => read("HOME") is { Length: > 0 } home && !OperatingSystem.IsWindows()
        ? home : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    /// <summary>A path with home folder and variables in their places.</summary>
    public string Expand(string path) => ExpandVariables(ExpandUser(path));

    /// <summary>A text with variables in their places.</summary>
    public string ExpandVariables(string text) => Variable().Replace(text, found =>
        read(found.Groups["plain"].Success ? found.Groups["plain"].Value : found.Groups["braced"].Value)
            ?? found.Value);

    private string ExpandUser(string path)
    {
        if (!path.StartsWith('~')) return path;
        var end = path.AsSpan().IndexOfAny('/', Path.DirectorySeparatorChar);
        var (name, rest) = end < 0 ? (path[1..], "") : (path[1..end], path[end..]);
        var home = name.Length == 0 ? Home : HomeOf(name);
        return home is null ? path : home.TrimEnd('/', Path.DirectorySeparatorChar) + rest;
    }

    // name:password:id:group:comment:home:shell
    private static string? HomeOf(string name)
        => File.Exists(Users)
            ? File.ReadLines(Users).Select(line => line.Split(':'))
                .FirstOrDefault(parts => parts.Length == 7 && parts[0] == name)?[5]
            : null;

    [GeneratedRegex(@"\$(?:(?<plain>[A-Za-z0-9_]+)|\{(?<braced>[^}]*)\})")]
    private static partial Regex Variable();
}
