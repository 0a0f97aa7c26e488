namespace Molmo.Demo.Server.OpenAi;

/// <summary>Lets text through up to the first of some sequences. What may still become one is held back.</summary>
internal sealed class StopSequences(IReadOnlyList<string> sequences)
{
    private readonly StringBuilder _held = new();

    /// <summary>Whether one was found; no text follows it.</summary>
    public bool IsFound { get; private set; }

    /// <returns>What is certainly before every sequence.</returns>
    public string Append(string text)
    {
        if (IsFound) return "";
        if (sequences.Count == 0) return text;
        _held.Append(text);
        var all = _held.ToString();
        var at = sequences.Select(sequence => all.IndexOf(sequence, StringComparison.Ordinal))
            .Where(place => place >= 0).DefaultIfEmpty(-1).Min();
        IsFound = at >= 0;
        var certain = IsFound ? at : all.Length - Open(all);
        _held.Remove(0, certain);
        return all[..certain];
    }

    /// <summary>What was held back and is text after all.</summary>
    public string Complete() => IsFound ? "" : _held.ToString();

    /// <summary>Length of the longest end of the text that is the beginning of a sequence.</summary>
    private int Open(string text) => sequences.Max(sequence =>
    {
        for (var length = Math.Min(sequence.Length - 1, text.Length); length > 0; length--)
            if (text.AsSpan(text.Length - length).SequenceEqual(sequence.AsSpan(0, length))) return length;
        return 0;
    });
}
