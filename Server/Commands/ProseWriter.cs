namespace Molmo.Demo.Server.Commands;

/// <summary>
/// Writes an answer's clean text while its events arrive: prose, and the inline text of point tags in their place.
/// </summary>
internal sealed class ProseWriter(TextWriter output)
{
    private bool _hasBegun;

    public void Write(GenerationEvent e)
    {
        var text = e switch
        {
            TextDelta prose => prose.Delta,
            PointGroupEnded { Text.Length: > 0 } group => group.Text,
            PointGroupEnded group => group.Alt,
            _ => "",
        };
        // The model begins its answers with a space.
        if (!_hasBegun) text = text.TrimStart();
        if (text.Length == 0) return;
        _hasBegun = true;
        output.Write(TerminalText.Printable(text));
        output.Flush();
    }
}
