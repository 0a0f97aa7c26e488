using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Client.Compare;

/// <summary>What the comparison and the ranking say.</summary>
public static class CompareWords
{
    public static string NoPhoto => T("Choose a photo first. Your questions are kept.");

    public static string NoQuestion => T("Write a question on both sides. They may be the same.");

    public static string Intro
        => T("One photo, two questions or two settings: see where the dots agree, and say which answer is better.");

    public static string BlindHint
        => T("The answers come in random order, and which is which is shown after your vote.");

    public static string Unrated
        => T("Both were asked in the same way, so there is nothing to vote on. "
            + "Change the settings of one side to vote.");

    public static string Ranked
        => T("Thank you. Your vote counts in the ranking, without your photo, your words or your name.");

    public static string Unvotable
        => T("One side has no answer, so there is nothing to vote on. You can run both again.");

    /// <summary>
    /// What is rated: model, precision and settings, but neither question nor seed. It is stored, so it is the same in
    /// every language.
    /// </summary>
    public static string Entrant(EngineStamp stamp, CompareSide side) => string.Create(CultureInfo.InvariantCulture,
        $"{stamp.Model} {stamp.Revision} · {stamp.Precision} · "
            + $"{Rated(side)}{(side.MaxCrops == PromptChoice.StandardCrops ? "" : $" · {side.MaxCrops} crops")}");

    /// <summary>
    /// What is rated, in the reader's language: its settings are, the model and the precision are names.
    /// </summary>
    public static string Shown(string entrant) => string.Join(" · ", entrant.Split(" · ").Select(ShownPart));

    /// <summary>How a side was asked, beside its question.</summary>
    public static string Settings(CompareSide side)
    {
        var crops = Plural(side.MaxCrops, "{0} crop", "{0} crops");
        return side.Temperature > 0
            ? T("temperature {0:0.##}, seed {1}, {2}", side.Temperature, side.Seed, crops)
            : T("greedy, {0}", crops);
    }

    /// <summary>How many have voted.</summary>
    public static string Votes(int count, int blind)
        => Plural(count, "{0} vote, {1} among them.", "{0} votes, {1} among them.",
            Plural(blind, "{0} blind vote", "{0} blind votes"));

    /// <summary>Button of a verdict on answers with these names.</summary>
    public static string Label(Verdict verdict, string first, string second) => verdict switch
    {
        Verdict.A => T("{0} is better", first),
        Verdict.B => T("{0} is better", second),
        Verdict.Tie => T("Equally good"),
        _ => T("Both are wrong"),
    };

    /// <summary>An interval of the ranking.</summary>
    public static string Interval(Standing standing) => T("{0:0} to {1:0}", standing.Low, standing.High);

    private static string ShownPart(string part) => part.Split(' ') switch
    {
        ["greedy"] => T("greedy"),
        ["temperature", var value] => T("temperature {0:0.##}", double.Parse(value, CultureInfo.InvariantCulture)),
        [var number, "crops"] => Plural(int.Parse(number, CultureInfo.InvariantCulture), "{0} crop", "{0} crops"),
        _ => part,
    };

    private static string Rated(CompareSide side)
        => side.Temperature == 0
            ? "greedy"
            : string.Create(CultureInfo.InvariantCulture, $"temperature {side.Temperature:0.##}");
}
