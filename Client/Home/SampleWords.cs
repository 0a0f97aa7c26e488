namespace Molmo.Demo.Client.Home;

/// <summary>What is said of the gallery's pictures, so that nobody takes a drawing for a photograph.</summary>
public static class SampleWords
{
    /// <summary>Its question, and what it is where that cannot be seen at once.</summary>
    public static string Title(SampleScene sample)
        => Note(sample.Subject) is { } note ? $"{sample.Question} ({note})" : sample.Question;

    /// <summary>What kind of picture it is.</summary>
    public static string Of(SampleSubject subject) => Note(subject) ?? T("A drawn scene to practise on");

    /// <summary>What kind of picture it is, where that cannot be seen at once; else null.</summary>
    public static string? Note(SampleSubject subject)
        => subject is SampleSubject.Microscope ? T("A drawn microscope picture") : null;
}
