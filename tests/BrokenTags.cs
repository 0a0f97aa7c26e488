namespace Molmo.Demo.Tests;

/// <summary>
/// What the hostile outputs do not count. They count the dots of tags, and a tag in whose opening the text ends is
/// none; but its dots were shown while it was being written, and a dot that was shown stays.
/// </summary>
internal static class BrokenTags
{
    /// <summary>Dots of the tag in whose opening the text ends; 0 where it ends elsewhere.</summary>
    public static int Dots(string text)
    {
        var parser = new PointMarkupParser();
        var found = new List<GenerationEvent>();
        parser.Append(text, found);
        parser.Complete(found);
        return found.OfType<Noted>().Any(note => note.Code == NoteCode.BrokenTag)
            && found.OfType<PointGroupEnded>().LastOrDefault() is { } broken
            ? found.OfType<PointFound>().Count(point => point.Group == broken.Group)
            : 0;
    }
}
