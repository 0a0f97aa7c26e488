namespace Molmo.Demo.Client.Tests.Localization;

/// <summary>The texts that the sources ask for in the reader's language.</summary>
internal static partial class SourceTexts
{
    private static readonly string[] Folders = ["Client", "Server"];

    /// <summary>Keys of <c>T("...")</c> and <c>t('...')</c>.</summary>
    public static IReadOnlySet<string> Plain => All.Plain;

    /// <summary>Keys of <c>Plural(n, "...", "...")</c> and <c>plural(n, '...', '...')</c>: the second text.</summary>
    public static IReadOnlySet<string> Plurals => All.Plurals;

    /// <summary>Keys that a script asks for, of either kind.</summary>
    public static IReadOnlySet<string> OfScripts => All.OfScripts;

    /// <summary>Files that ask for a text, by its English; paths from the repository's root, in order.</summary>
    public static IReadOnlyDictionary<string, SortedSet<string>> Places => All.Places;

    /// <summary>Calls whose text is not written out, with their files.</summary>
    public static IReadOnlyList<string> Unreadable => All.Unreadable;

    private static (HashSet<string> Plain, HashSet<string> Plurals, HashSet<string> OfScripts,
        List<string> Unreadable, Dictionary<string, SortedSet<string>> Places) All
    { get; } = Read();

    private static (
        HashSet<string> Plain, HashSet<string> Plurals, HashSet<string> OfScripts, List<string> Unreadable,
        Dictionary<string, SortedSet<string>> Places) Read()
    {
        HashSet<string> plain = [], plurals = [], ofScripts = [];
        List<string> unreadable = [];
        Dictionary<string, SortedSet<string>> places = [];
        foreach (var file in Folders.SelectMany(folder =>
            Directory.EnumerateFiles(Path.Combine(TestData.Repository, folder), "*", SearchOption.AllDirectories)))
        {
            if (Path.GetExtension(file) is not (".cs" or ".razor" or ".js")
                || Path.GetFileName(file) is "Texts.cs" or "texts.js")
                continue;
            var isScript = file.EndsWith(".js", StringComparison.Ordinal);
            var source = Seam().Replace(File.ReadAllText(file), "");
            foreach (var call in (isScript ? ScriptCall() : Call()).EnumerateMatches(source))
            {
                var isPlural = source[call.Index] is 'P' or 'p';
                var rest = source[(call.Index + call.Length)..];
                var texts = (isScript ? ScriptLiteral() : Literal()).Matches(rest.Split(isPlural ? ";" : "\n")[0]);
                if (texts.Count < (isPlural ? 2 : 1) || (!isPlural && texts[0].Index != 0))
                {
                    unreadable.Add($"{Path.GetFileName(file)}: {rest[..Math.Min(60, rest.Length)]}");
                    continue;
                }
                var text = Regex.Unescape((isPlural ? texts[1] : texts[0]).Groups[1].Value);
                (isPlural ? plurals : plain).Add(text);
                if (isScript) ofScripts.Add(text);
                if (!places.TryGetValue(text, out var files)) places[text] = files = new(StringComparer.Ordinal);
                files.Add(Path.GetRelativePath(TestData.Repository, file).Replace('\\', '/'));
            }
        }
        return (plain, plurals, ofScripts, unreadable, places);
    }

    [GeneratedRegex(@"(?<![\w.<]|new )(?:Texts\.)?(?:T|Plural)\(\s*")]
    private static partial Regex Call();

    [GeneratedRegex(@"(?<![\w.$])(?:t|plural)\(\s*")]
    private static partial Regex ScriptCall();

    // Between the parts of a text that takes several lines.
    [GeneratedRegex(@"(?<!\\)""\s*\n\s*\+ ""|(?<!\\)'\s*\n\s*\+ '")]
    private static partial Regex Seam();

    [GeneratedRegex(""" "((?:[^"\\]|\\.)*)" """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Literal();

    [GeneratedRegex(""" '((?:[^'\\]|\\.)*)' """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex ScriptLiteral();
}
