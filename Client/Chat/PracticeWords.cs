namespace Molmo.Demo.Client.Chat;

/// <summary>What is said of answers of a practice checkpoint, wherever they stand.</summary>
public static class PracticeWords
{
    /// <summary>Its name, as a sentence.</summary>
    public static string Name => T("Practice model.");

    /// <summary>What it knows, and what it takes to know more.</summary>
    /// <param name="things">How many things it was trained on.</param>
    public static string Knows(int things) => Plural(things,
        "It knows {0} drawn thing. Photos need real Molmo weights.",
        "It knows {0} things, most of them drawn. Photos need real Molmo weights.");

    /// <summary>Both in one line, for files; null for an answer of another checkpoint, or of an unknown one.</summary>
    public static string? Line(EngineStamp? stamp)
        => stamp is { Practice: { } things } ? $"{Name} {Knows(things)}" : null;
}
