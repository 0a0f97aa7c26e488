namespace Molmo.Demo.Shared.Comparison;

/// <summary>How strong one entrant is.</summary>
/// <param name="Entrant">What was compared: model, precision and settings.</param>
/// <param name="Rating">On the scale of chess: 400 points are odds of ten to one. The mean of all entrants is
/// 1000.</param>
/// <param name="Low">Lower end of the 95 % interval.</param>
/// <param name="High">Upper end of it.</param>
/// <param name="Games">Votes in which it took part.</param>
/// <param name="Wins">Won, ties counting half.</param>
public sealed record Standing(string Entrant, double Rating, double Low, double High, int Games, double Wins);

/// <summary>
/// Ratings from pairwise votes after Bradley and Terry, as Molmo's human evaluation computes them: the strengths under
/// which P(i beats j) = s_i / (s_i + s_j) makes the votes likeliest, found by minorisation and maximisation (Hunter
/// 2004). Ties, and pairs where both were bad, are half a win for each. The intervals come from the curvature of the
/// likelihood.
/// </summary>
public static class BradleyTerry
{
    /// <summary>
    /// Virtual games against an entrant of mean strength, half of them won: without them, one who never lost would be
    /// infinitely strong.
    /// </summary>
    public const double StandardPrior = 1;

    private const int MostRounds = 10_000;
    private const double Precision = 1e-12;
    private const double Normal95 = 1.959964;

    /// <summary>Points of the scale for a natural logarithm of a strength.</summary>
    private static readonly double PointsPerNat = 400 / Math.Log(10);

    /// <summary>Standings, strongest first; votes between an entrant and itself say nothing and are left out.</summary>
    /// <param name="votes">The votes.</param>
    /// <param name="prior">Weight of the virtual games, 0 or more; 0 only where everyone has won and lost.</param>
    public static ImmutableArray<Standing> Rate(IEnumerable<Vote> votes, double prior = StandardPrior)
    {
        ArgumentNullException.ThrowIfNull(votes);
        ArgumentOutOfRangeException.ThrowIfNegative(prior);
        var counted = votes.Where(vote => vote.A != vote.B).ToArray();
        string[] names =
            [.. counted.SelectMany(vote => (string[])[vote.A, vote.B]).Distinct().Order(StringComparer.Ordinal)];
        if (names.Length == 0) return [];
        var numbers = names.Index().ToDictionary(name => name.Item, name => name.Index);
        var games = counted.Select(vote => (A: numbers[vote.A], B: numbers[vote.B], Won: vote.Verdict switch
        {
            Verdict.A => 1.0,
            Verdict.B => 0.0,
            _ => 0.5,
        })).ToArray();

        var (strengths, meetings) = Fit(games, names.Length, prior);
        var errors = Errors(strengths, meetings, prior);
        var centre = strengths.Average(Math.Log);
        double[] ratings = [.. strengths.Select(strength => 1000 + PointsPerNat * (Math.Log(strength) - centre))];
        return
        [
            .. names.Index().Select(name => new Standing(
                name.Item, ratings[name.Index], ratings[name.Index] - Normal95 * errors[name.Index], ratings[name.Index]
                    + Normal95 * errors[name.Index], games.Count(game => game.A == name.Index || game.B == name.Index),
                games.Sum(game => game.A == name.Index ? game.Won : game.B == name.Index ? 1 - game.Won : 0)))
                .OrderByDescending(standing => standing.Rating)
                .ThenBy(standing => standing.Entrant, StringComparer.Ordinal)
        ];
    }

    /// <summary>Strengths, and how often each met each.</summary>
    private static (double[] Strengths, double[,] Meetings) Fit(
        (int A, int B, double Won)[] games, int count, double prior)
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
        return (strengths, meetings);
    }

    /// <summary>
    /// Standard errors of the ratings: from the inverse of the information that the votes hold about the logarithms of
    /// the strengths, for each entrant against the mean of all.
    /// </summary>
    private static double[] Errors(double[] strengths, double[,] meetings, double prior)
    {
        var count = strengths.Length;
        var information = new double[count, count];
        for (var i = 0; i < count; i++)
        {
            information[i, i] += prior * strengths[i] / ((strengths[i] + 1) * (strengths[i] + 1));
            for (var j = 0; j < count; j++)
            {
                var known = meetings[i, j] * strengths[i] * strengths[j]
                    / ((strengths[i] + strengths[j]) * (strengths[i] + strengths[j]));
                information[i, i] += known;
                information[i, j] -= known;
                // The votes say nothing of the mean: this fixes it, and leaves differences as they are.
                information[i, j] += 1.0 / count;
            }
        }
        var covariance = Inverse(information);
        double[] rows =
            [.. Enumerable.Range(0, count).Select(i => Enumerable.Range(0, count).Average(j => covariance[i, j]))];
        var all = rows.Average();
        return [.. Enumerable.Range(0, count)
            .Select(i => PointsPerNat * Math.Sqrt(Math.Max(0, covariance[i, i] - 2 * rows[i] + all)))];
    }

    /// <summary>Gauss and Jordan, with the largest of the column as pivot. The matrix is positive definite.</summary>
    private static double[,] Inverse(double[,] matrix)
    {
        var count = matrix.GetLength(0);
        var inverse = new double[count, count];
        for (var i = 0; i < count; i++) inverse[i, i] = 1;
        for (var column = 0; column < count; column++)
        {
            var pivot = column;
            for (var row = column + 1; row < count; row++)
                if (Math.Abs(matrix[row, column]) > Math.Abs(matrix[pivot, column])) pivot = row;
            var by = matrix[pivot, column];
            for (var j = 0; j < count; j++)
            {
                (matrix[column, j], matrix[pivot, j]) =
                    (matrix[pivot, j] / by, pivot == column ? matrix[pivot, j] / by : matrix[column, j]);
                (inverse[column, j], inverse[pivot, j]) =
                    (inverse[pivot, j] / by, pivot == column ? inverse[pivot, j] / by : inverse[column, j]);
            }
            for (var row = 0; row < count; row++)
            {
                var factor = matrix[row, column];
                if (row == column || factor == 0) continue;
                for (var j = 0; j < count; j++)
                {
                    matrix[row, j] -= factor * matrix[column, j];
                    inverse[row, j] -= factor * inverse[column, j];
                }
            }
        }
        return inverse;
    }
}
