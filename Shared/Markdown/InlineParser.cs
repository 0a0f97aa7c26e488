using System.Buffers;

namespace Molmo.Demo.Shared.Markdown;

/// <summary>
/// Reads what stands within lines: strong and stressed words, code, links. One pass, with a bounded look ahead.
/// </summary>
/// <param name="chips">Segment of each <see cref="MarkdownDocument.Chip"/>.</param>
/// <param name="next">How many of those were taken before.</param>
internal sealed class InlineParser(IReadOnlyList<int> chips, int next)
{
    private const int LinkText = 300;
    private const int LinkAddress = 2000;
    private const int DeepestStress = 8;

    /// <summary>
    /// Styled pieces of an answer; what comes after is plain. No answer of a model has so many, only an attack.
    /// </summary>
    private const int MostStyled = 4000;

    private static readonly SearchValues<char> Special = SearchValues.Create("*_`[\\" + MarkdownDocument.Chip);

    private int _next = next;
    private int _styled;

    /// <summary>Text without any style.</summary>
    public ImmutableArray<MarkdownInline> Plain(string text)
    {
        var pieces = ImmutableArray.CreateBuilder<MarkdownInline>();
        while (text.Length > 0)
        {
            var end = text.IndexOf(MarkdownDocument.Chip, StringComparison.Ordinal);
            if (end != 0) pieces.Add(new TextInline(end < 0 ? text : text[..end]));
            if (end < 0) break;
            pieces.Add(TakeChip());
            text = text[(end + 1)..];
        }
        return pieces.ToImmutable();
    }

    /// <summary>Text with its styles.</summary>
    public ImmutableArray<MarkdownInline> Parse(string text)
    {
        var open = new List<Level> { new('\0', 0, "") };
        var words = new StringBuilder();
        var links = new LinkFinder(text);
        var code = new Dictionary<int, int>();
        for (var at = 0; at < text.Length;)
        {
            var special = text.AsSpan(at).IndexOfAny(Special);
            words.Append(text, at, special < 0 ? text.Length - at : special);
            if (special < 0) break;
            at += special;
            switch (text[at])
            {
                case MarkdownDocument.Chip:
                    Flush();
                    open[^1].Pieces.Add(TakeChip());
                    at++;
                    break;
                case '\\' when at + 1 < text.Length && char.IsAsciiLetterOrDigit(text[at + 1]) is false
                    && text[at + 1] is > ' ' and < '\x7f':
                    words.Append(text[at + 1]);
                    at += 2;
                    break;
                case '`' when CodeAt(text, at, code) is { } end && _styled < MostStyled:
                    Flush();
                    _styled++;
                    var marks = RunAt(text, at);
                    open[^1].Pieces.Add(new CodeInline(Plain(text[(at + marks)..(end - marks)])));
                    at = end;
                    break;
                case '`':
                    var run = RunAt(text, at);
                    words.Append(text, at, run);
                    at += run;
                    break;
                case '[' when (at == 0 || text[at - 1] != '!') && _styled < MostStyled && links.At(at) is { } link:
                    Flush();
                    _styled++;
                    open[^1].Pieces.Add(link.Inline);
                    at = link.End;
                    break;
                case '*' or '_':
                    at = Stress(at);
                    break;
                default:
                    words.Append(text[at++]);
                    break;
            }
        }
        Flush();
        while (open.Count > 1) GiveUp();
        return [.. open[0].Pieces];

        int Stress(int at)
        {
            var mark = text[at];
            var run = RunAt(text.AsSpan(at, Math.Min(3, text.Length - at)));
            // Three close what was opened last first: strong within stressed or the reverse.
            var length = run >= 3 && open[^1] is { Length: 1 } inner && inner.Mark == mark ? 1 : Math.Min(2, run);
            var before = at == 0 ? ' ' : text[at - 1];
            var after = at + length == text.Length ? ' ' : text[at + length];
            var within = mark == '_' && char.IsLetterOrDigit(before) && char.IsLetterOrDigit(after);
            var opener = open.FindLastIndex(level => level.Mark == mark && level.Length == length);
            if (opener > 0 && !char.IsWhiteSpace(before) && !within)
            {
                Flush();
                while (open.Count - 1 > opener) GiveUp();
                var closed = open[^1];
                open.RemoveAt(open.Count - 1);
                open[^1].Pieces.Add(new StressInline(length == 2, [.. closed.Pieces]));
            }
            else if (!char.IsWhiteSpace(after) && !within && open.Count <= DeepestStress && _styled < MostStyled)
            {
                Flush();
                _styled++;
                open.Add(new Level(mark, length, text.Substring(at, length)));
            }
            else
            {
                words.Append(text, at, length);
            }
            return at + length;
        }

        // An opener without its closer was no opener: its marks are words.
        void GiveUp()
        {
            var unclosed = open[^1];
            open.RemoveAt(open.Count - 1);
            open[^1].Pieces.Add(new TextInline(unclosed.Marks));
            open[^1].Pieces.AddRange(unclosed.Pieces);
        }

        void Flush()
        {
            if (words.Length == 0) return;
            open[^1].Pieces.Add(new TextInline(words.ToString()));
            words.Clear();
        }
    }

    private ChipInline TakeChip() => new(chips[_next++]);

    private static int RunAt(string text, int at) => RunAt(text.AsSpan(at));

    private static int RunAt(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExcept(text[0]);
        return end < 0 ? text.Length : end;
    }

    /// <summary>
    /// End of the code that begins here; null where its marks do not come again. A length that was sought in vain once
    /// is not sought again.
    /// </summary>
    private static int? CodeAt(string text, int at, Dictionary<int, int> searched)
    {
        var length = RunAt(text, at);
        if (searched.TryGetValue(length, out var known) && known < 0) return null;
        for (var from = Math.Max(at + length, known); from < text.Length;)
        {
            var found = text.IndexOf('`', from);
            if (found < 0) break;
            var run = RunAt(text, found);
            if (run == length)
            {
                searched[length] = found;
                return found + run;
            }
            from = found + run;
        }
        searched[length] = -1;
        return null;
    }

    private sealed class Level(char mark, int length, string marks)
    {
        public char Mark { get; } = mark;
        public int Length { get; } = length;
        public string Marks { get; } = marks;
        public List<MarkdownInline> Pieces { get; } = [];
    }

    /// <summary>Finds <c>[words](address)</c>. The place where words end is sought once and remembered.</summary>
    private sealed class LinkFinder(string text)
    {
        private int _middle = -1;

        public (LinkInline Inline, int End)? At(int at)
        {
            if (_middle < at)
            {
                var found = text.IndexOf("](", at, StringComparison.Ordinal);
                _middle = found < 0 ? int.MaxValue : found;
            }
            if (_middle == int.MaxValue || _middle - at > LinkText) return null;
            var words = text.AsSpan(at + 1, _middle - at - 1);
            if (words.IsWhiteSpace() || words.IndexOfAny('[', '\n', MarkdownDocument.Chip) >= 0) return null;
            var from = _middle + 2;
            var rest = text.AsSpan(from, Math.Min(LinkAddress, text.Length - from));
            var end = rest.IndexOf(')');
            if (end < 0 || AddressOf(rest[..end]) is not { } address) return null;
            return (new LinkInline(words.ToString(), address), from + end + 1);
        }

        private static string? AddressOf(ReadOnlySpan<char> written)
        {
            // Only what reads the same as where it leads: no names before an @, no letters that look like others.
            foreach (var c in written)
                if (c is <= ' ' or >= '\x7f' or '\\' or '"' or '<' or '>') return null;
            return Uri.TryCreate(written.ToString(), UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                && uri is { UserInfo: "", Host.Length: > 0 } ? uri.AbsoluteUri : null;
        }
    }
}
