using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Shared.Tests.Comparison;

public sealed class BradleyTerryTests
{
    [Fact]
    public void Rate_TwoEntrantsWithoutPrior_IsTheLogarithmOfTheOdds()
    {
        var standings =
            BradleyTerry.Rate([.. Votes("a", "b", Verdict.A, 30), .. Votes("b", "a", Verdict.A, 10)], prior: 0);
        Assert.Equal(["a", "b"], standings.Select(standing => standing.Entrant));
        Assert.Equal(400 * Math.Log10(3), standings[0].Rating - standings[1].Rating, 6);
        Assert.Equal(2000, standings.Sum(standing => standing.Rating), 6);
        Assert.Equal((40, 30.0), (standings[0].Games, standings[0].Wins));
        // The error of the log odds of 30 in 40 is 1 / sqrt(40 * 3/4 * 1/4); half of it is on either side of the mean.
        Assert.Equal(1.959964 * 400 / Math.Log(10) / 2 / Math.Sqrt(7.5), standings[0].High - standings[0].Rating, 6);
        Assert.Equal(standings[0].Rating - standings[0].Low, standings[1].High - standings[1].Rating, 6);
    }

    [Fact]
    public void Rate_VotesOfKnownStrengths_FindsThemWithinTheIntervals()
    {
        // Counts in exact proportion to s_i / (s_i + s_j) have the strengths themselves as their likeliest explanation.
        (string Name, double Strength)[] entrants = [("a", 8), ("b", 4), ("c", 2), ("d", 1)];
        var votes = new List<Vote>();
        foreach (var x in entrants)
            foreach (var y in entrants.Where(y => string.CompareOrdinal(x.Name, y.Name) < 0))
            {
                var won = (int)Math.Round(900 * x.Strength / (x.Strength + y.Strength));
                votes.AddRange(Votes(x.Name, y.Name, Verdict.A, won));
                votes.AddRange(Votes(x.Name, y.Name, Verdict.B, 900 - won));
            }
        var standings = BradleyTerry.Rate(votes, prior: 0);
        for (var i = 0; i < 3; i++)
            Assert.Equal(400 * Math.Log10(2), standings[i].Rating - standings[i + 1].Rating, 0.5);
        Assert.All(standings, standing => Assert.True(
            standing.Low < standing.Rating && standing.Rating < standing.High && standing.High - standing.Low < 60));
    }

    [Fact]
    public void Rate_ManyDrawsOfVotes_IntervalsHoldTheTruthAboutAsOftenAsTheySay()
    {
        double[] strengths = [3, 2, 1, 0.5];
        var centre = strengths.Average(Math.Log);
        var random = new Random(11);
        int held = 0, asked = 0;
        for (var round = 0; round < 250; round++)
        {
            var votes = new List<Vote>();
            for (var game = 0; game < 240; game++)
            {
                var (x, y) = (random.Next(4), random.Next(3));
                if (y >= x) y++;
                votes.Add(new Vote(
                    $"{x}", $"{y}",
                    random.NextDouble() < strengths[x] / (strengths[x] + strengths[y]) ? Verdict.A : Verdict.B,
                    IsBlind: true));
            }
            foreach (var standing in BradleyTerry.Rate(votes, prior: 0.01))
            {
                var truth = 1000 + 400 / Math.Log(10) * (Math.Log(strengths[standing.Entrant[0] - '0']) - centre);
                asked++;
                if (standing.Low <= truth && truth <= standing.High) held++;
            }
        }
        Assert.InRange((double)held / asked, 0.92, 0.98);
    }

    [Fact]
    public void Rate_TiesAndBothBad_AreHalfAWinEach()
    {
        var standings = BradleyTerry.Rate([.. Votes("a", "b", Verdict.Tie, 5), .. Votes("a", "b", Verdict.BothBad, 5)]);
        Assert.All(standings, standing =>
            Assert.Equal((1000.0, 10, 5.0), (Math.Round(standing.Rating, 6), standing.Games, standing.Wins)));
        var one = BradleyTerry.Rate(Votes("a", "b", Verdict.Tie, 1))[0];
        Assert.True(standings[0].High - standings[0].Low < one.High - one.Low);
    }

    [Fact]
    public void Rate_OneWhoNeverLost_IsStrongestAndFinite()
    {
        var few = BradleyTerry.Rate(Votes("a", "b", Verdict.A, 1));
        var many = BradleyTerry.Rate(Votes("a", "b", Verdict.A, 50));
        Assert.Equal("a", few[0].Entrant);
        Assert.True(few[0].Rating - few[1].Rating < many[0].Rating - many[1].Rating);
        Assert.True(double.IsFinite(many[0].High));
    }

    [Fact]
    public void Rate_GroupsThatNeverMet_AreRatedAllTheSame()
    {
        var standings = BradleyTerry.Rate(
            [.. Votes("a", "b", Verdict.A, 3), .. Votes("c", "d", Verdict.B, 3), .. Votes("x", "x", Verdict.A, 9)]);
        Assert.Equal(["a", "d", "b", "c"], standings.Select(standing => standing.Entrant));
        Assert.Equal(standings[0].Rating, standings[1].Rating, 6);
        Assert.Empty(BradleyTerry.Rate([]));
    }

    private static IEnumerable<Vote> Votes(string a, string b, Verdict verdict, int count)
        => Enumerable.Repeat(new Vote(a, b, verdict, IsBlind: true), count);
}
