namespace Molmo.Demo.Server.Commands;

/// <summary>Writes an answer's clean text while it arrives: prose, and the inline text of point tags in their place.</summary>
internal sealed class ProseWriter(TextWriter output)
{
    private readonly PointMarkupParser _parser = new();
    private readonly List<GenerationEvent> _found = [];
    private bool _hasBegun;

    public void Append(string text)
    {
        _parser.Append(text, _found);
        Write();
    }

    public void Complete()
    {
        _parser.Complete(_found);
        Write();
        output.WriteLine();
    }

    private void Write()
    {
        foreach (var e in _found)
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
            _hasBegun |= text.Length > 0;
            output.Write(TerminalText.Printable(text));
        }
        _found.Clear();
        output.Flush();
    }
}
