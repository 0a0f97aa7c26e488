namespace Molmo.Demo.Shared.Markdown;

/// <summary>
/// A block of an answer: what begins on a line of its own. There is no block for pictures, tables or raw HTML; those
/// stay text.
/// </summary>
public abstract record MarkdownBlock;

/// <summary>Prose; its line breaks are kept.</summary>
public sealed record ParagraphBlock(ImmutableArray<MarkdownInline> Text) : MarkdownBlock;

/// <summary>A heading of level 1 to 6.</summary>
public sealed record HeadingBlock(int Level, ImmutableArray<MarkdownInline> Text) : MarkdownBlock;

/// <summary>Text as it is written, between fences or after an open one.</summary>
public sealed record CodeBlock(ImmutableArray<MarkdownInline> Text) : MarkdownBlock;

/// <summary>A list.</summary>
/// <param name="Start">Number of its first item; null where it is not numbered.</param>
/// <param name="Items">In order.</param>
public sealed record ListBlock(int? Start, ImmutableArray<MarkdownItem> Items) : MarkdownBlock;

/// <summary>An item of a list, with the lists inside of it.</summary>
public sealed record MarkdownItem(ImmutableArray<MarkdownInline> Text, ImmutableArray<ListBlock> Lists);

/// <summary>A piece of a line.</summary>
public abstract record MarkdownInline;

/// <summary>Words.</summary>
public sealed record TextInline(string Text) : MarkdownInline;

/// <summary>Strong or stressed words.</summary>
public sealed record StressInline(bool IsStrong, ImmutableArray<MarkdownInline> Text) : MarkdownInline;

/// <summary>Text as it is written.</summary>
public sealed record CodeInline(ImmutableArray<MarkdownInline> Text) : MarkdownInline;

/// <summary>A link.</summary>
/// <param name="Text">Its words.</param>
/// <param name="Address">http or https, in ASCII, without a user name; shown beside the words, never fetched.</param>
public sealed record LinkInline(string Text, string Address) : MarkdownInline;

/// <summary>The place of a group of points: segment <paramref name="Segment"/> of the answer.</summary>
public sealed record ChipInline(int Segment) : MarkdownInline;
