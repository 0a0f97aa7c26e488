using System.Collections.Immutable;

namespace Molmo.Demo.Shared.Comparison;

/// <summary>How strong one entrant is.</summary>
/// <param name="Entrant">What was compared: model, precision and settings.</param>
/// <param name="Rating">On the scale of chess: 400 points are odds of ten to one. The mean of all entrants is 1000.</param>
/// <param name="Low">Lower end of the 95 % interval.</param>
/// <param name="High">Upper end of it.</param>
/// <param name="Games">Votes in which it took part.</param>
/// <param name="Wins">Won, ties counting half.</param>
public sealed record Standing(string Entrant, double Rating, double Low, double High, int Games, double Wins);

/// <summary>
/// Ratings from pairwise votes after Bradley and Terry, as Molmo's human evaluation computes them: the strengths under which
/// P(i beats j) = s_i / (s_i + s_j) makes the votes likeliest, found by minorisation and maximisation (Hunter 2004). Ties, and
/// pairs where both were bad, are half a win for each.
/// </summary>
public static class BradleyTerry
{
    /// <summary>Virtual games against an entrant of mean strength, half of them won: without them, one who never lost would be infinitely strong.</summary>
    public const double StandardPrior = 1;

    private const int MostRounds = 10_000;
    private const double Precision = 1e-12;
    private const int Resamples = 300;

    /// <summary>Standings, strongest first; votes between an entrant and itself say nothing and are left out.</summary>
    /// <param name="votes">The votes.</param>
    /// <param name="prior">Weight of the virtual games, 0 or more; 0 only where everyone has won and lost.</param>
    /// <param name="seed">Of the bootstrap that gives the intervals: the same votes and seed give the same.</param>
    public static ImmutableArray<Standing> Rate(IEnumerable<Vote> votes, double prior = StandardPrior, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(votes);
        ArgumentOutOfRangeException.ThrowIfNegative(prior);
        var counted = votes.Where(vote => vote.A != vote.B).ToArray();
        string[] names = [.. counted.SelectMany(vote => (string[])[vote.A, vote.B]).Distinct().Order(StringComparer.Ordinal)];
        if (names.Length == 0) return [];
        var numbers = names.Index().ToDictionary(name => name.Item, name => name.Index);
        var games = counted.Select(vote => (A: numbers[vote.A], B: numbers[vote.B], Won: vote.Verdict switch
        {
            Verdict.A => 1.0,
            Verdict.B => 0.0,
            _ => 0.5,
        })).ToArray();

        var ratings = Fit(games, names.Length, prior);
        var samples = Resample(games, names.Length, prior, seed);
        return
        [
            .. names.Index().Select(name => new Standing(
                name.Item, ratings[name.Index], Math.Min(Quantile(samples[name.Index], 0.025), ratings[name.Index]), Math.Max(Quantile(samples[name.Index], 0.975), ratings[name.Index]),
                games.Count(game => game.A == name.Index || game.B == name.Index),
                games.Sum(game => game.A == name.Index ? game.Won : game.B == name.Index ? 1 - game.Won : 0)))
                .OrderByDescending(standing => standing.Rating).ThenBy(standing => standing.Entrant, StringComparer.Ordinal)
        ];
    }

    private static double[] Fit((int A, int B, double Won)[] games, int count, double prior)
    {
        var wins = new double[count];
        var meetings = new double[count, count];
        foreach (var (a, b, won) in games)
        {
            wins[a] += won;
            wins[b] += 1 - won;
            meetings[a, b]++;
            meetings[b, a]++;
        }
        var strengths = new double[count];
        Array.Fill(strengths, 1);
        for (var round = 0; round < MostRounds; round++)
        {
            var change = 0.0;
            var next = new double[count];
            for (var i = 0; i < count; i++)
            {
                var expected = prior / (strengths[i] + 1);
                for (var j = 0; j < count; j++)
                    if (meetings[i, j] > 0) expected += meetings[i, j] / (strengths[i] + strengths[j]);
                next[i] = expected > 0 ? (wins[i] + prior / 2) / expected : 1;
            }
            // Without the prior only ratios are determined: the mean of the logarithms is held at zero.
            var mean = prior > 0 ? 1 : Math.Exp(next.Average(Math.Log));
            for (var i = 0; i < count; i++)
            {
                next[i] /= mean;
                change = Math.Max(change, Math.Abs(next[i] - strengths[i]) / strengths[i]);
                strengths[i] = next[i];
            }
            if (change < Precision) break;
        }
        var centre = strengths.Average(Math.Log10);
        return [.. strengths.Select(strength => 1000 + 400 * (Math.Log10(strength) - centre))];
    }

    /// <summary>Ratings of each entrant under votes drawn anew with replacement, sorted.</summary>
    private static double[][] Resample((int A, int B, double Won)[] games, int count, double prior, int seed)
    {
        var random = new Random(seed);
        var samples = new double[count][];
        for (var i = 0; i < count; i++) samples[i] = new double[Resamples];
        var drawn = new (int, int, double)[games.Length];
        for (var sample = 0; sample < Resamples; sample++)
        {
            for (var i = 0; i < drawn.Length; i++) drawn[i] = games[random.Next(games.Length)];
            // A draw may leave someone without a loss even where the votes do not.
            var ratings = Fit(drawn, count, Math.Max(prior, 0.01));
            for (var i = 0; i < count; i++) samples[i][sample] = ratings[i];
        }
        foreach (var sample in samples) Array.Sort(sample);
        return samples;
    }

    private static double Quantile(double[] sorted, double share)
    {
        var at = share * (sorted.Length - 1);
        var below = (int)at;
        return below + 1 < sorted.Length ? sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }
}
