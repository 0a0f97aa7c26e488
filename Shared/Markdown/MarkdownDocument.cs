using System.Text;
using Molmo.Demo.Shared.Markup;

namespace Molmo.Demo.Shared.Markdown;

/// <summary>
/// An answer as blocks while it grows. What has another block after it is settled: it stays the same object, so that a page
/// draws it once. Only the last block is read again.
/// </summary>
public sealed class MarkdownDocument
{
    /// <summary>Stands for a group of points in the text that is parsed; one that a model writes is replaced first.</summary>
    internal const char Chip = '\uFFFC';

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
        var from = _starts.Count > 0 ? _starts[^1] : 0;
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
        else if (_blocks.Count > 0)
        {
            _blocks.RemoveAt(_blocks.Count - 1);
            _starts.RemoveAt(_starts.Count - 1);
        }
        _text = text;
        var settledChips = text.AsSpan(0, from).Count(Chip);
        foreach (var (start, block) in new MarkdownParser(text, chips, settledChips, _blocks.Count).Parse(from))
        {
            _starts.Add(start);
            _blocks.Add(block);
        }
    }

    /// <summary>The text with one character for each group of points; beside it, which segments those are.</summary>
    private static string Flatten(IReadOnlyList<AnswerSegment> segments, out List<int> chips)
    {
        var text = new StringBuilder();
        chips = [];
        for (var index = 0; index < segments.Count; index++)
        {
            if (segments[index] is TextSegment prose)
            {
                text.Append(prose.Text.Contains(Chip, StringComparison.Ordinal) ? prose.Text.Replace(Chip, '\uFFFD') : prose.Text);
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
