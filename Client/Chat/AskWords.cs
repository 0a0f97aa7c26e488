using System.Globalization;
using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Client.Chat;

/// <summary>What the page says about how a question is asked.</summary>
public static class AskWords
{
    /// <summary>Tags worth a line of their own, with what they do.</summary>
    public static IReadOnlyList<(string Tag, string Words)> CommonStyles { get; } =
    [
        ("vqa2", "Short answer"),
        ("text_vqa", "Text in the photo"),
        ("doc_qa", "Document"),
        ("chart_qa", "Chart"),
        ("info_qa", "Infographic"),
        ("ai2_diagram", "Diagram"),
        ("a_okvqa_mc", "Multiple choice"),
        ("long_caption", "Long caption"),
    ];

    /// <summary>What departs from the plain way, piece by piece; empty where nothing does.</summary>
    public static IEnumerable<string> Departures(AskChoice choice)
    {
        if (choice.IsDocument) yield return $"Document, up to {choice.Prompt.MaxCrops} crops";
        else if (choice.Prompt.MaxCrops != PromptChoice.StandardCrops) yield return $"up to {AnswerWords.Count(choice.Prompt.MaxCrops, "crop")}";
        if (choice.Prompt.Style is { } style) yield return $"{style}:";
        if (choice.Sampling.Temperature > 0)
            yield return string.Create(CultureInfo.InvariantCulture, $"temperature {choice.Sampling.Temperature:0.##}{(choice.Sampling.Seed is { } seed ? $", seed {seed}" : "")}");
    }

    /// <summary>How long a caption with this hint becomes, roughly.</summary>
    public static string Length(int hint) => string.Create(CultureInfo.InvariantCulture, $"about {hint * 15:N0} characters");

    /// <summary>Offers to ask without old turns.</summary>
    public static string WithoutOldest(int count) => count == 1 ? "Ask without the oldest question" : $"Ask without the oldest {count} questions";
}
