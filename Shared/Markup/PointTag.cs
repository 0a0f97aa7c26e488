using System.Net;

namespace Molmo.Demo.Shared.Markup;

/// <summary>The tag that <see cref="PointMarkupParser"/> is in.</summary>
/// <param name="at">Where it begins in the text.</param>
/// <param name="alt">Holds its alternative text; emptied here, because a parser has one tag at a time and uses the same
/// again.</param>
/// <param name="text">Holds its inline text, likewise.</param>
internal sealed class PointTag(int at, StringBuilder alt, StringBuilder text)
{
    public int At { get; } = at;

    /// <summary>Its number in the answer; given with the first thing reported of it.</summary>
    public int? Group { get; set; }

    public int PointCount { get; set; }

    /// <summary>An x whose y has not come.</summary>
    public OpenCoordinate? OpenX { get; set; }

    public StringBuilder Alt { get; } = alt.Clear();

    public StringBuilder Text { get; } = text.Clear();

    /// <summary>
    /// A closing tag came inside alt, so its closing quote is missing: the first bracket was the end of the opening.
    /// </summary>
    public void SplitAlt()
    {
        var both = Alt.ToString();
        var end = both.IndexOf('>', StringComparison.Ordinal);
        if (end < 0) return;
        Alt.Clear().Append(both, 0, end);
        Text.Append(both, end + 1, both.Length - end - 1);
    }

    /// <summary>Entities once; what they give is text and is never read as markup again.</summary>
    public static string Decode(StringBuilder text) => WebUtility.HtmlDecode(text.ToString());
}

/// <summary>One coordinate as written, with its value where it is a number.</summary>
/// <param name="Index">The number behind its name.</param>
/// <param name="Raw">Its characters.</param>
/// <param name="Value">The number they write; null where they write none.</param>
/// <param name="At">Where its name begins in the text.</param>
internal readonly record struct OpenCoordinate(string Index, string Raw, double? Value, int At);
