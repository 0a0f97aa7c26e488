using FsCheck;
using FsCheck.Fluent;

namespace Molmo.Demo.Shared.Tests.Markup;

/// <summary>Pieces of markup and of words, put together in ways no model should.</summary>
public sealed record MarkupText(string[] Parts)
{
    public string Text => string.Concat(Parts);

    public override string ToString() => JsonSerializer.Serialize(Text);
}

/// <summary>The same with tags in their escaped form only.</summary>
public sealed record EscapedText(string[] Parts)
{
    public string Text => string.Concat(Parts);

    public override string ToString() => JsonSerializer.Serialize(Text);
}

/// <summary>Words in which nothing is markup.</summary>
public sealed record PlainWords(string[] Parts)
{
    public string Text => string.Concat(Parts);

    public override string ToString() => JsonSerializer.Serialize(Text);
}

/// <summary>What FsCheck makes texts of; it takes parts away where a text fails.</summary>
public static class MarkupTexts
{
    private static readonly string[] Pieces =
    [
        "<point", "<points", " x=\"12.5\"", " y=\"40.1\"", " x1=\"1\"", " y1=\"2\"", " x2=\"3.5\" y2=\"99.9\"", " x=\"",
        " y=\"", "\"",
        " alt=\"", " alt=\"cat\"", " alt='", "'", ">", "/>", "<", "</point>", "</points>", "</point", "=", " ", "\n",
        "1=123,456", " p=1", ",",
        "cat", ".0\" ", " x6=\"1.5\"", "a < b", "<pointless>", "&amp;", "&", "\U0001F427", "\u202E", "the \"red\" one",
        "There are 3.", "x", "y", "0", "coords", "<Point", "< point", "<pointx=\"4\"", "<points1=\"", "</Point>",
        "</points2>", " x=5", " y=6",
    ];

    private static readonly string[] Escaped =
        ["&lt;", "&lt;point", "&#60;points", "&amp;lt;point", "&gt;", "&lt;/point&gt;"];

    private static readonly string[] Words =
        ["two", " ", "dogs", ", ", ".\n", "\U0001F427", "كلب", "\u202E", "e\u0301", "(", ")", "’", "-", "*", "#"];

    public static Arbitrary<MarkupText> Markup()
        => Of([.. Pieces]).Convert(parts => new MarkupText(parts), text => text.Parts);

    public static Arbitrary<EscapedText> EscapedMarkup()
        => Of([.. Pieces.Where(piece => !piece.Contains('<', StringComparison.Ordinal)), .. Escaped])
            .Convert(parts => new EscapedText(parts), text => text.Parts);

    public static Arbitrary<PlainWords> Plain()
        => Of([.. Words]).Convert(parts => new PlainWords(parts), text => text.Parts);

    private static Arbitrary<string[]> Of(string[] pieces) => Arb.Array(Arb.From(Gen.Elements(pieces)));
}
