using Molmo.Demo.Shared.Markdown;

namespace Molmo.Demo.Shared.Tests.Markdown;

/// <summary>Blocks in a form that is read at a glance and compares by value.</summary>
internal static class MarkdownShape
{
    public static string Of(IEnumerable<MarkdownBlock> blocks) => string.Join(' ', blocks.Select(block => block switch
    {
        ParagraphBlock paragraph => $"p({Of(paragraph.Text)})",
        HeadingBlock heading => string.Create(CultureInfo.InvariantCulture, $"h{heading.Level}({Of(heading.Text)})"),
        CodeBlock code => $"code({Of(code.Text)})",
        ListBlock list => Of(list),
        _ => throw new InvalidOperationException(block.ToString()),
    }));

    private static string Of(ListBlock list)
        => (list.Start is { } start ? string.Create(CultureInfo.InvariantCulture, $"ol{start}") : "ul") + "["
            + string.Join('|', list.Items.Select(Of)) + "]";

    private static string Of(MarkdownItem item)
        => Of(item.Text) + (item.Lists.Length == 0 ? "" : "{" + string.Join(' ', item.Lists.Select(Of)) + "}");

    private static string Of(ImmutableArray<MarkdownInline> inlines)
    {
        var shape = new StringBuilder();
        foreach (var inline in inlines)
        {
            shape.Append(inline switch
            {
                TextInline text => text.Text,
                StressInline { IsStrong: true } strong => $"<b>{Of(strong.Text)}</b>",
                StressInline stress => $"<i>{Of(stress.Text)}</i>",
                CodeInline code => $"<c>{Of(code.Text)}</c>",
                LinkInline link => $"<a {link.Address}>{link.Text}</a>",
                ChipInline chip => string.Create(CultureInfo.InvariantCulture, $"#{chip.Segment}"),
                _ => throw new InvalidOperationException(inline.ToString()),
            });
        }
        return shape.ToString();
    }

    /// <summary>How many blocks, items and pieces of lines there are.</summary>
    public static int Pieces(IEnumerable<MarkdownBlock> blocks) => blocks.Sum(Pieces);

    /// <summary>All pieces of lines, those within others too.</summary>
    public static IEnumerable<MarkdownInline> Inlines(IEnumerable<MarkdownBlock> blocks)
        => blocks.SelectMany(block => block switch
    {
        ParagraphBlock paragraph => paragraph.Text.SelectMany(Within),
        HeadingBlock heading => heading.Text.SelectMany(Within),
        CodeBlock code => code.Text.SelectMany(Within),
        ListBlock list => list.Items.SelectMany(item => item.Text.SelectMany(Within).Concat(Inlines(item.Lists))),
        _ => throw new InvalidOperationException(block.ToString()),
    });

    private static IEnumerable<MarkdownInline> Within(MarkdownInline inline) => inline switch
    {
        StressInline stress => [stress, .. stress.Text.SelectMany(Within)],
        CodeInline code => [code, .. code.Text.SelectMany(Within)],
        _ => [inline],
    };

    private static int Pieces(MarkdownBlock block) => block switch
    {
        ParagraphBlock paragraph => 1 + Pieces(paragraph.Text),
        HeadingBlock heading => 1 + Pieces(heading.Text),
        CodeBlock code => 1 + Pieces(code.Text),
        ListBlock list => 1 + list.Items.Sum(item => 1 + Pieces(item.Text) + item.Lists.Sum(Pieces)),
        _ => 0,
    };

    private static int Pieces(ImmutableArray<MarkdownInline> inlines) => inlines.Sum(inline => 1 + inline switch
    {
        StressInline stress => Pieces(stress.Text),
        CodeInline code => Pieces(code.Text),
        _ => 0,
    });
}
