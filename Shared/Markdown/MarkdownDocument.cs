using System.Buffers;
using Molmo.Demo.Shared.Markup;

namespace Molmo.Demo.Shared.Markdown;

/// <summary>
/// An answer as blocks while it grows. What has another block after it is settled: it stays the same object, so that a
/// page draws it once. Only the last block is read again, and the one before where that may still take it in.
/// </summary>
public sealed class MarkdownDocument
{
    /// <summary>
    /// Stands for a group of points in the text that is parsed; one that a model writes is replaced first.
    /// </summary>
    internal const char Chip = '\uFFFC';

    // Of the marks that begin the item of a list, and of what stands before them.
    private static readonly SearchValues<char> Markers = SearchValues.Create("-*+0123456789.) \t\r\n");

    private readonly List<MarkdownBlock> _blocks = [];
    private readonly List<int> _starts = [];
    private string _text = "";

    /// <summary>The blocks, in reading order.</summary>
    public IReadOnlyList<MarkdownBlock> Blocks => _blocks;

    /// <summary>The blocks of a whole answer.</summary>
    public static IReadOnlyList<MarkdownBlock> Parse(IReadOnlyList<AnswerSegment> segments)
    {
        var document = new MarkdownDocument();
        document.Update(segments);
        return document.Blocks;
    }

    /// <summary>Takes the answer as it is now.</summary>
    public void Update(IReadOnlyList<AnswerSegment> segments)
    {
        ArgumentNullException.ThrowIfNull(segments);
        var text = Flatten(segments, out var chips);
        var kept = Math.Max(0, _blocks.Count - 1);
        if (kept > 0 && MayJoin(_blocks[kept - 1], _blocks[kept], _text.AsSpan(_starts[kept]))) kept--;
        var from = kept < _starts.Count ? _starts[kept] : 0;
        if (text.Length < from || !text.AsSpan(0, from).SequenceEqual(_text.AsSpan(0, from)))
        {
            from = 0;
            _blocks.Clear();
            _starts.Clear();
        }
        else if (text == _text && _blocks.Count > 0)
        {
            return;
        }
        else
        {
            _blocks.RemoveRange(kept, _blocks.Count - kept);
            _starts.RemoveRange(kept, _starts.Count - kept);
        }
        _text = text;
        var settledChips = text.AsSpan(0, from).Count(Chip);
        foreach (var (start, block) in new MarkdownParser(text, chips, settledChips, _blocks.Count).Parse(from))
        {
            _starts.Add(start);
            _blocks.Add(block);
        }
    }

    /// <summary>
    /// Whether what is the last block by now may yet be a part of the one before: a marker that has only begun reads as
    /// words and may become the next item of a list, and a fence becomes words where its line goes on with a backtick.
    /// </summary>
    private static bool MayJoin(MarkdownBlock before, MarkdownBlock last, ReadOnlySpan<char> text)
        => last is CodeBlock ? !text.Contains('\n') : before is ListBlock && !text.ContainsAnyExcept(Markers);

    /// <summary>The text with one character for each group of points; beside it, which segments those are.</summary>
    private static string Flatten(IReadOnlyList<AnswerSegment> segments, out List<int> chips)
    {
        var text = new StringBuilder();
        chips = [];
        for (var index = 0; index < segments.Count; index++)
        {
            if (segments[index] is TextSegment prose)
            {
                text.Append(prose.Text.Contains(Chip, StringComparison.Ordinal) ? prose.Text.Replace(Chip, '\uFFFD')
                    : prose.Text);
            }
            else
            {
                text.Append(Chip);
                chips.Add(index);
            }
        }
        return text.ToString();
    }
}
