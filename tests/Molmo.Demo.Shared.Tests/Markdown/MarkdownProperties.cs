using System.Buffers;
using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Molmo.Demo.Shared.Markdown;

namespace Molmo.Demo.Shared.Tests.Markdown;

/// <summary>Pieces of Markdown, of HTML and of addresses, put together in ways no model should.</summary>
public sealed record MarkdownText(string[] Parts)
{
    public string Text => string.Concat(Parts);

    public override string ToString() => JsonSerializer.Serialize(Text);
}

/// <summary>What FsCheck makes texts of; it takes parts away where a text fails.</summary>
public static class MarkdownTexts
{
    private static readonly string[] Pieces =
    [
        "\n", "\n\n", "- ", "* ", "3. ", "1) ", "  ", "    ", "# ", "###", "```", "~~~~", "`", "``", "*", "**", "_",
        "__", "***", "\\", "[", "](", "](https://a.b/c)",
        "[x](javascript:alert(1))", "](JaVaScRiPt:", "](https://u@e.vil/)", "](http://a b)", "](//c.d)",
        "](data:text/html,x)", "![", ")", "<b>", "<script>", "<img src=x onerror=y>",
        "&lt;", "&#106;avascript:", "words", "a_b", "2 * 3", "\uFFFC", "\U0001F427", "\u202E", " ", "\t", "\r\n",
        "https://e.f", "\"", "'", ">",
    ];

    public static Arbitrary<MarkdownText> Markdown()
        => Arb.Array(Arb.From(Gen.Elements(Pieces))).Convert(parts => new MarkdownText(parts), text => text.Parts);
}

/// <summary>Whatever a model writes becomes blocks of words and of links to web pages, in bounded time.</summary>
[Properties(Arbitrary = [typeof(MarkdownTexts)])]
public sealed class MarkdownProperties
{
    [Fuzz(2000, EndSize = 60)]
    public void Parse_AnyPieces_LinksToWebPagesOnlyAndKeepsTheWords(MarkdownText made) => AssertSafe(made.Text);

    [Fuzz(1000)]
    public void Parse_AnyCharacters_LinksToWebPagesOnly(string? any) => AssertSafe(any ?? "");

    [Fuzz(500, EndSize = 25)]
    public void Update_GrowingLetterByLetter_EqualsTheWholeAndKeepsWhatIsSettled(MarkdownText made)
    {
        var text = made.Text;
        var document = new MarkdownDocument();
        ImmutableArray<MarkdownBlock> settled = [];
        for (var length = 1; length <= text.Length; length++)
        {
            document.Update([new TextSegment(text[..length])]);
            Assert.Equal(
                MarkdownShape.Of(MarkdownDocument.Parse([new TextSegment(text[..length])])),
                MarkdownShape.Of(document.Blocks));
            for (var i = 0; i < settled.Length; i++) Assert.Same(settled[i], document.Blocks[i]);
            // A list takes the next item behind an empty line too, and what began as a fence may turn out to be words.
            settled = [.. document.Blocks.SkipLast(document.Blocks is [.., ListBlock, _] or [.., CodeBlock] ? 2 : 1)];
        }
    }

    [Fuzz(40, EndSize = 6)]
    public void Parse_AnyPatternRepeated_IsBoundedInWork(MarkdownText made)
    {
        var pattern = made.Text;
        if (pattern.Length == 0) return;
        var text = string.Concat(Enumerable.Repeat(pattern, 200_000 / pattern.Length));
        var watch = Stopwatch.StartNew();
        var blocks = MarkdownDocument.Parse([new TextSegment(text)]);
        // Linear work takes milliseconds, quadratic work minutes.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{watch.Elapsed}");
        Assert.InRange(MarkdownShape.Pieces(blocks), 0, 20_000);
    }

    private static void AssertSafe(string text)
    {
        var blocks = MarkdownDocument.Parse([new TextSegment(text)]);
        var inlines = MarkdownShape.Inlines(blocks).ToList();
        foreach (var link in inlines.OfType<LinkInline>())
        {
            Assert.True(Uri.TryCreate(link.Address, UriKind.Absolute, out var address), link.Address);
            Assert.True(address.Scheme is "http" or "https" && address.UserInfo.Length == 0, link.Address);
            Assert.StartsWith(address.Scheme + "://", link.Address, StringComparison.Ordinal);
            Assert.DoesNotContain(link.Address, c => c is <= ' ' or >= '\u007f' or '<' or '>' or '"' or '\\');
        }
        // What has no meaning in Markdown is never taken away, HTML least of all.
        var shown = string.Concat(inlines
            .Select(inline => inline is TextInline words ? words.Text : inline is LinkInline link ? link.Text : ""));
        foreach (var kept in new[] { "script", "onerror" })
            Assert.InRange(Count(shown, kept), 0, Count(text, kept));
        if (!text.AsSpan().ContainsAny(Marks)) Assert.Equal(Count(text, "<script>"), Count(shown, "<script>"));
    }

    private static readonly SearchValues<char> Marks = SearchValues.Create("`~[\uFFFC\0\\");

    private static int Count(string text, string word)
        => (text.Length - text.Replace(word, "", StringComparison.Ordinal).Length) / word.Length;
}
