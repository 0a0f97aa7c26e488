namespace Molmo.Demo.Client.Chat;

/// <summary>
/// Prose cut where it grew, so that a longer text differs from a shorter one by new pieces only: what was drawn is not
/// sent to the browser again.
/// </summary>
public sealed class GrowingText
{
    private readonly List<string> _pieces = [];
    private string _text = "";

    /// <summary>Together the whole text.</summary>
    public IReadOnlyList<string> Pieces => _pieces;

    /// <summary>Takes the text as it is now.</summary>
    public void Update(string text)
    {
        if (text.Length == _text.Length && text == _text) return;
        if (!text.StartsWith(_text, StringComparison.Ordinal))
        {
            _pieces.Clear();
            _text = "";
        }
        // Half a surrogate pair waits in the last piece for its other half.
        if (_pieces.Count > 0 && char.IsHighSurrogate(_text[^1])) _pieces[^1] += text[_text.Length..];
        else _pieces.Add(text[_text.Length..]);
        _text = text;
    }
}
