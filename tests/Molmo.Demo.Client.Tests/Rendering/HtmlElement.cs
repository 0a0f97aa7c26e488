using System.Net;

namespace Molmo.Demo.Client.Tests.Rendering;

/// <summary>One start tag of rendered HTML with the text up to the next tag. Stricter than a browser: anything odd throws.</summary>
internal sealed record HtmlElement(string Name, IReadOnlyDictionary<string, string> Attributes, string Text)
{
    public string? this[string attribute] => Attributes.GetValueOrDefault(attribute);

    /// <summary>All elements in order; comments are passed over.</summary>
    public static IReadOnlyList<HtmlElement> Read(string html)
    {
        var elements = new List<HtmlElement>();
        for (var at = html.IndexOf('<'); at >= 0; at = html.IndexOf('<', at))
        {
            if (html.AsSpan(at).StartsWith("<!--"))
            {
                at = html.IndexOf("-->", at, StringComparison.Ordinal) + 3;
                continue;
            }
            at++;
            if (html[at] == '/') continue;
            var name = Take(html, ref at, c => char.IsAsciiLetterOrDigit(c) || c == '-');
            if (name.Length == 0) throw new FormatException($"Not a tag at {at}: {html.AsSpan(at - 1, Math.Min(40, html.Length - at + 1))}");
            var attributes = new Dictionary<string, string>();
            while (true)
            {
                Take(html, ref at, char.IsWhiteSpace);
                if (html[at] == '/') at++;
                if (html[at] == '>') break;
                var key = Take(html, ref at, c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or ':');
                if (key.Length == 0) throw new FormatException($"Not an attribute at {at}.");
                var value = "";
                if (html[at] == '=')
                {
                    if (html[++at] != '"') throw new FormatException($"Attribute without quotes at {at}.");
                    at++;
                    value = Take(html, ref at, c => c != '"');
                    at++;
                }
                attributes.Add(key, WebUtility.HtmlDecode(value));
            }
            at++;
            var end = html.IndexOf('<', at);
            elements.Add(new HtmlElement(name, attributes, WebUtility.HtmlDecode(end < 0 ? html[at..] : html[at..end])));
        }
        return elements;
    }

    /// <summary>All text of a piece of HTML.</summary>
    public static string TextOf(string html)
    {
        var text = new System.Text.StringBuilder();
        var inside = false;
        foreach (var c in html)
        {
            if (c == '<') inside = true;
            else if (c == '>') inside = false;
            else if (!inside) text.Append(c);
        }
        return WebUtility.HtmlDecode(text.ToString());
    }

    private static string Take(string html, ref int at, Func<char, bool> belongs)
    {
        var start = at;
        while (belongs(html[at])) at++;
        return html[start..at];
    }
}
