namespace Molmo.Demo.Shared.Markdown;

/// <summary>
/// Reads a safe subset of Markdown into blocks: paragraphs, headings, fenced code, lists. Everything else, HTML and
/// pictures among it, is text. Line by line and in linear time; what a line begins with decides, so that a growing last
/// line changes the last block only.
/// </summary>
/// <param name="text">The text, with <see cref="MarkdownDocument.Chip"/> where points are.</param>
/// <param name="chips">Segment of each of those characters.</param>
/// <param name="chip">How many of them are before where parsing begins.</param>
/// <param name="blocks">Blocks that are there already, which count towards the limit.</param>
internal sealed class MarkdownParser(string text, IReadOnlyList<int> chips, int chip, int blocks)
{
    /// <summary>
    /// Blocks and items that are told apart; what comes after is one paragraph. No answer of a model has so many, only
    /// an attack.
    /// </summary>
    private const int MostBlocks = 1000;

    private const int DeepestList = 4;
    private const int TabWidth = 4;

    private readonly InlineParser _inlines = new(chips, chip);
    private int _left = MostBlocks - blocks;
    private int _at;

    public List<(int Start, MarkdownBlock Block)> Parse(int from)
    {
        var parsed = new List<(int, MarkdownBlock)>();
        _at = from;
        while (SkipBlankLines() is { } start)
        {
            if (_left-- <= 0)
            {
                _at = text.Length;
                parsed.Add((start, new ParagraphBlock(_inlines.Plain(text[start..]))));
                break;
            }
            parsed.Add((start, ParseBlock()));
        }
        return parsed;
    }

    private MarkdownBlock ParseBlock()
    {
        var line = PeekLine();
        if (FenceOf(line) is { } fence) return Code(fence);
        if (HeadingOf(line) is var level and > 0)
        {
            TakeLine();
            return new HeadingBlock(level, _inlines.Parse(line.Trim()[level..].Trim().TrimEnd('#').TrimEnd()));
        }
        if (MarkerOf(line) is { } marker) return List(marker, 0);
        return Paragraph();
    }

    private ParagraphBlock Paragraph()
    {
        var start = _at;
        TakeLine();
        while (_at < text.Length && PeekLine() is var line && !IsBlank(line) && FenceOf(line) is null
            && HeadingOf(line) == 0 && MarkerOf(line) is null)
            TakeLine();
        return new ParagraphBlock(_inlines.Parse(text[start.._at].Trim()));
    }

    private CodeBlock Code((char Mark, int Length) fence)
    {
        TakeLine();
        var start = _at;
        var end = text.Length;
        while (_at < text.Length)
        {
            var lineStart = _at;
            var line = PeekLine();
            TakeLine();
            if (FenceOf(line) is not { } other || other.Mark != fence.Mark || other.Length < fence.Length
                || line.Trim().Length != other.Length)
                continue;
            end = lineStart;
            break;
        }
        return new CodeBlock(_inlines.Plain(text[start..end].TrimEnd('\n', '\r')));
    }

    private ListBlock List(Marker first, int depth)
    {
        var items = ImmutableArray.CreateBuilder<MarkdownItem>();
        while (NextItem(first) is { } marker && _left-- > 0) items.Add(Item(marker, depth));
        return new ListBlock(first.Number, items.ToImmutable());
    }

    private MarkdownItem Item(Marker marker, int depth)
    {
        var start = _at + marker.Length;
        TakeLine();
        // Lines that go on are those that begin nothing else.
        while (_at < text.Length && PeekLine() is var line && !IsBlank(line) && FenceOf(line) is null
            && HeadingOf(line) == 0 && MarkerOf(line) is null)
            TakeLine();
        var words = _inlines.Parse(text[Math.Min(start, _at).._at].Trim());
        var lists = ImmutableArray.CreateBuilder<ListBlock>();
        while (depth + 1 < DeepestList && _left > 0 && NextMarker() is { } inner && inner.Indent >= marker.Indent + 2)
            lists.Add(List(inner, depth + 1));
        return new MarkdownItem(words, lists.ToImmutable());
    }

    /// <summary>
    /// The marker of the next item of the list that began with this one; blank lines before it are taken.
    /// </summary>
    private Marker? NextItem(Marker first)
        => NextMarker() is { } next && next.Number.HasValue == first.Number.HasValue && next.Indent < first.Indent + 2
            && next.Indent + 2 > first.Indent ? next : null;

    private Marker? NextMarker()
    {
        var before = _at;
        if (SkipBlankLines() is not null && MarkerOf(PeekLine()) is { } marker) return marker;
        _at = before;
        return null;
    }

    private int? SkipBlankLines()
    {
        while (_at < text.Length && IsBlank(PeekLine())) TakeLine();
        return _at < text.Length ? _at : null;
    }

    private string PeekLine()
    {
        var end = text.IndexOf('\n', _at);
        return end < 0 ? text[_at..] : text[_at..end];
    }

    private void TakeLine()
    {
        var end = text.IndexOf('\n', _at);
        _at = end < 0 ? text.Length : end + 1;
    }

    private static bool IsBlank(string line) => string.IsNullOrWhiteSpace(line);

    private static (char Mark, int Length)? FenceOf(string line)
    {
        var words = line.AsSpan().TrimStart();
        if (words.Length < 3 || words[0] is not ('`' or '~')) return null;
        var end = words.IndexOfAnyExcept(words[0]);
        var length = end < 0 ? words.Length : end;
        // Code in a line begins with as many marks, and ends with them in the same line.
        return length >= 3 && (words[0] == '~' || !words[length..].Contains('`')) ? (words[0], length) : null;
    }

    private static int HeadingOf(string line)
    {
        var words = line.AsSpan().TrimStart();
        var level = words.IndexOfAnyExcept('#');
        return level is >= 1 and <= 6 && words[level] is ' ' or '\t' && IndentOf(line) < TabWidth ? level : 0;
    }

    private static Marker? MarkerOf(string line)
    {
        var from = line.AsSpan().IndexOfAnyExcept(' ', '\t');
        if (from < 0) return null;
        var at = from;
        int? number = null;
        if (line[at] is '-' or '*' or '+' or '•')
        {
            at++;
        }
        else
        {
            while (at < line.Length && char.IsAsciiDigit(line[at])) at++;
            if (at == from || at - from > 9 || at == line.Length || line[at] is not ('.' or ')')) return null;
            number = int.Parse(line.AsSpan(from, at - from), NumberStyles.None, CultureInfo.InvariantCulture);
            at++;
        }
        return at < line.Length && line[at] is ' ' or '\t' ? new Marker(IndentOf(line), number, at + 1) : null;
    }

    private static int IndentOf(string line)
    {
        var indent = 0;
        foreach (var c in line)
        {
            if (c == ' ') indent++;
            else if (c == '\t') indent += TabWidth;
            else break;
        }
        return indent;
    }

    private readonly record struct Marker(int Indent, int? Number, int Length);
}
