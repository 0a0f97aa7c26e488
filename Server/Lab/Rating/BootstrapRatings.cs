using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Lab.Rating;

/// <summary>
/// The page's ratings with intervals from draws of votes instead of the curvature of the likelihood: as many votes are
/// drawn with replacement and rated, many times over, and the middle 95 % of an entrant's ratings are its interval. It
/// supposes nothing of the ratings' distribution. One who won everything, or nothing, does so in every draw: it keeps
/// the interval of the curvature.
/// </summary>
internal static class BootstrapRatings
{
    public const int Draws = 1000;

    /// <summary>The same votes give the same intervals.</summary>
    public const int Seed = 1;

    /// <summary>Standings, strongest first.</summary>
    /// <param name="votes">The votes; their order does not matter but for which are drawn.</param>
    /// <param name="prior">See <see cref="BradleyTerry.Rate"/>.</param>
    /// <param name="cancellationToken">Ends the drawing.</param>
    public static ImmutableArray<Standing> Rate(
        ImmutableArray<Vote> votes, double prior, CancellationToken cancellationToken)
    {
        var standings = BradleyTerry.Rate(votes, prior);
        var drawn = new ImmutableArray<Standing>[Draws];
        Parallel.For(0, Draws, new ParallelOptions { CancellationToken = cancellationToken }, draw =>
        {
            var random = new Random(Seed + draw);
            drawn[draw] = BradleyTerry.Rate(votes.Select(_ => votes[random.Next(votes.Length)]), prior);
        });
        // A draw without any vote on an entrant says nothing of it.
        var ratings = drawn.SelectMany(one => one).ToLookup(one => one.Entrant, one => one.Rating);
        return
        [
            .. standings.Select(standing =>
            {
                if (standing.Wins == 0 || standing.Wins == standing.Games) return standing;
                double[] sorted = [.. ratings[standing.Entrant].Order()];
                return standing with { Low = Quantile(sorted, 0.025), High = Quantile(sorted, 0.975) };
            }),
        ];
    }

    /// <summary>Between two values in proportion.</summary>
    /// <param name="sorted">At least one, ascending.</param>
    /// <param name="share">0 to 1.</param>
    internal static double Quantile(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
