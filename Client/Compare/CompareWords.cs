using System.Globalization;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Client.Compare;

/// <summary>What the comparison and the ranking say.</summary>
public static class CompareWords
{
    public const string NoPhoto = "Choose a photo first. Your questions are kept.";

    public const string NoQuestion = "Write a question on both sides. They may be the same.";

    public const string Intro = "One photo, two questions or two settings: see where the dots agree, and say which answer is better.";

    public const string BlindHint = "The answers come in random order, and which is which is shown after your vote.";

    public const string Unrated = "Both had the same settings, so this vote says nothing about them and is not in the ranking.";

    public const string Ranked = "Thank you. Your vote counts in the ranking, without your photo, your words or your name.";

    public const string Unvotable = "One side has no answer, so there is nothing to vote on. You can run both again.";

    /// <summary>What is rated: model, precision and settings, but neither question nor seed.</summary>
    public static string Entrant(EngineStamp stamp, CompareSide side) => string.Create(CultureInfo.InvariantCulture,
        $"{stamp.Model} {stamp.Revision} · {stamp.Precision} · {Sampling(side)}{(side.MaxCrops == PromptChoice.StandardCrops ? "" : $" · {side.MaxCrops} crops")}");

    /// <summary>How a side was asked, beside its question.</summary>
    public static string Settings(CompareSide side) => string.Create(CultureInfo.InvariantCulture,
        $"{Sampling(side)}{(side.Temperature > 0 ? $", seed {side.Seed}" : "")}, {side.MaxCrops} crops");

    /// <summary>Button of a verdict on answers with these names.</summary>
    public static string Label(Verdict verdict, string first, string second) => verdict switch
    {
        Verdict.A => $"{first} is better",
        Verdict.B => $"{second} is better",
        Verdict.Tie => "Equally good",
        _ => "Both are wrong",
    };

    /// <summary>An interval of the ranking.</summary>
    public static string Interval(Standing standing) => string.Create(CultureInfo.InvariantCulture, $"{standing.Low:0} to {standing.High:0}");

    private static string Sampling(CompareSide side)
        => side.Temperature == 0 ? "greedy" : string.Create(CultureInfo.InvariantCulture, $"temperature {side.Temperature:0.##}");
}
