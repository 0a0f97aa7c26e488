using Molmo.Demo.Shared.Markdown;

namespace Molmo.Demo.Client.Chat;

/// <summary>Which groups of points a block of an answer names.</summary>
internal static class ProseChips
{
    /// <summary>Segments of the answer, in reading order.</summary>
    public static IEnumerable<int> Of(MarkdownBlock block) => block switch
    {
        ParagraphBlock paragraph => Of(paragraph.Text),
        HeadingBlock heading => Of(heading.Text),
        CodeBlock code => Of(code.Text),
        ListBlock list => list.Items.SelectMany(item => Of(item.Text).Concat(item.Lists.SelectMany(Of))),
        _ => [],
    };

    private static IEnumerable<int> Of(ImmutableArray<MarkdownInline> inlines)
        => inlines.SelectMany(inline => inline switch
        {
            ChipInline chip => [chip.Segment],
            StressInline stress => Of(stress.Text),
            CodeInline code => Of(code.Text),
            _ => Enumerable.Empty<int>(),
        });
}
