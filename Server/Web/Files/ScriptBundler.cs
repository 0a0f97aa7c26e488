namespace Molmo.Demo.Server.Web.Files;

/// <summary>
/// Makes one script of many modules, so that a page asks for one file. Each module stays as it is, line for line, in a
/// scope of its own; what it exports is found at <c>molmo['Folder/Name']</c>.
/// </summary>
/// <remarks>
/// Reads the forms that our modules use: <c>import { a, b as c } from './x.js';</c>, <c>import './x.js';</c>,
/// <c>export { a } from './x.js';</c> and <c>export</c> before <c>const</c>, <c>function</c>, <c>async function</c> and
/// <c>class</c>, each at the beginning of a line. Anything else is refused rather than guessed at.
/// </remarks>
internal static partial class ScriptBundler
{
    /// <summary>The modules and all that they import, each once, behind what it imports.</summary>
    /// <param name="modules">Paths such as <c>Chat/Composer.razor.js</c>, in the order in which they run.</param>
    /// <param name="read">The text of a module by its path.</param>
    /// <exception cref="FormatException">A module uses another form, or imports itself by way of others.</exception>
    public static string Bundle(IEnumerable<string> modules, Func<string, string> read)
    {
        var script = new StringBuilder("'use strict';\nglobalThis.molmo = {};\n");
        var done = new Dictionary<string, bool>();
        foreach (var module in modules) Add(module);
        return script.ToString();

        void Add(string path)
        {
            if (done.TryGetValue(path, out var isDone))
            {
                if (!isDone) throw new FormatException($"{path} imports itself by way of others.");
                return;
            }
            done[path] = false;
            var text = read(path).ReplaceLineEndings("\n");
            foreach (Match needed in Needed().Matches(text)) Add(Resolve(path, needed.Groups[1].Value));
            script.Append(CultureInfo.InvariantCulture, $"// {path}\n{Place(path)} = (() => {{\n")
                .Append(Scoped(path, text)).Append("})();\n");
            done[path] = true;
        }
    }

    /// <summary>The name of a module in the bundle: its path without the ending.</summary>
    public static string NameOf(string path) => path[..path.IndexOf('.', StringComparison.Ordinal)];

    private static string Scoped(string path, string text)
    {
        var exports = new List<string>();
        text = Import().Replace(text, match => Lines(match, match.Groups[1].Success
            ? $"const {{{Renamed(match.Groups[1].Value)}}} = {Place(Resolve(path, match.Groups[2].Value))};"
            : ""));
        text = ExportFrom().Replace(text, match =>
        {
            var place = Place(Resolve(path, match.Groups[2].Value));
            exports.AddRange(Names(match.Groups[1].Value).Select(name => $"{name}: {place}.{name}"));
            return Lines(match, "");
        });
        text = Export().Replace(text, match =>
        {
            exports.Add(match.Groups[2].Value);
            return match.Groups[1].Value + match.Groups[2].Value;
        });
        if (Unread().Match(text) is { Success: true } other)
            throw new FormatException($"{path}: \"{other.Value.Trim()}\" is a form that is not read.");
        return $"{text.TrimEnd('\n')}\nreturn {{ {string.Join(", ", exports)} }};\n";
    }

    private static string Place(string path) => $"molmo['{NameOf(path)}']";

    private static string Resolve(string from, string address)
        => new Uri(new Uri($"file:///{from}"), address).AbsolutePath[1..];

    private static string Renamed(string names) => names.Replace(" as ", ": ", StringComparison.Ordinal);

    private static string[] Names(string list)
        => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    // An error names its line, which is found again by counting from the name of the module.
    private static string Lines(Match match, string text)
        => text.ReplaceLineEndings("") + new string('\n', match.Value.Count(c => c == '\n'));

    [GeneratedRegex(@"^(?:import|export)\s(?:\{[^}]*\} from )?'([^']+)';", RegexOptions.Multiline)]
    private static partial Regex Needed();

    [GeneratedRegex(@"^import\s(?:\{([^}]*)\} from )?'([^']+)';", RegexOptions.Multiline)]
    private static partial Regex Import();

    [GeneratedRegex(@"^export \{(\s*\w+(?:\s*,\s*\w+)*\s*)\} from '([^']+)';", RegexOptions.Multiline)]
    private static partial Regex ExportFrom();

    [GeneratedRegex(@"^export ((?:const|(?:async )?function|class) )(\w+)\b(?! as\b)", RegexOptions.Multiline)]
    private static partial Regex Export();

    [GeneratedRegex(@"^[ \t]*(?:import\b(?!\()|export\b).*$|\bimport\(.*$|\bimport\.meta\b", RegexOptions.Multiline)]
    private static partial Regex Unread();
}
