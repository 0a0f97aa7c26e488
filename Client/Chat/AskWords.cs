namespace Molmo.Demo.Client.Chat;

/// <summary>What the page says about how a question is asked.</summary>
public static class AskWords
{
    /// <summary>Tags worth a line of their own, with what they do.</summary>
    public static IReadOnlyList<(string Tag, string Words)> CommonStyles =>
    [
        ("vqa2", T("Short answer")),
        ("doc_qa", T("Document")),
        ("chart_qa", T("Chart")),
    ];

    /// <summary>What departs from the plain way, piece by piece; empty where nothing does.</summary>
    public static IEnumerable<string> Departures(AskChoice choice)
    {
        if (choice.IsDocument)
            yield return Plural(choice.Prompt.MaxCrops, "Document, up to {0} crop", "Document, up to {0} crops");
        else if (choice.Prompt.MaxCrops != PromptChoice.StandardCrops)
            yield return Plural(choice.Prompt.MaxCrops, "up to {0} crop", "up to {0} crops");
        if (choice.Prompt.Style is { } style) yield return $"{style}:";
        if (choice.Sampling.Temperature > 0)
        {
            yield return choice.Sampling.Seed is { } seed
                ? T("temperature {0:0.##}, seed {1}", choice.Sampling.Temperature, seed)
                : T("temperature {0:0.##}", choice.Sampling.Temperature);
        }
    }

    /// <summary>What asking again does; without any chance it would give the same answer.</summary>
    public static string Again(AskChoice choice) => choice.Sampling.Temperature > 0
        ? T("Ask again")
        : T("Ask again with temperature {0:0.##}, as the same way gives the same answer", AskChoice.AgainTemperature);

    /// <summary>How long a caption with this hint becomes, roughly.</summary>
    public static string Length(int hint) => Plural(hint * 15, "about {0:N0} character", "about {0:N0} characters");

    /// <summary>Offers to ask without old turns.</summary>
    public static string WithoutOldest(int count)
        => Plural(count, "Ask without the oldest question", "Ask without the oldest {0} questions");
}
