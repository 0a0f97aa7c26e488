using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Shared.Tests.Comparison;

public sealed class BradleyTerryTests
{
    [Fact]
    public void Rate_TwoEntrantsWithoutPrior_IsTheLogarithmOfTheOdds()
    {
        var standings = BradleyTerry.Rate([.. Votes("a", "b", Verdict.A, 30), .. Votes("b", "a", Verdict.A, 10)], prior: 0);
        Assert.Equal(["a", "b"], standings.Select(standing => standing.Entrant));
        Assert.Equal(400 * Math.Log10(3), standings[0].Rating - standings[1].Rating, 6);
        Assert.Equal(2000, standings.Sum(standing => standing.Rating), 6);
        Assert.Equal((40, 30.0), (standings[0].Games, standings[0].Wins));
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
        Assert.All(standings, standing => Assert.True(standing.Low < standing.Rating && standing.Rating < standing.High && standing.High - standing.Low < 60));
        Assert.Equal(standings, BradleyTerry.Rate(votes, prior: 0));
        Assert.NotEqual(standings[0].Low, BradleyTerry.Rate(votes, prior: 0, seed: 2)[0].Low);
    }

    [Fact]
    public void Rate_TiesAndBothBad_AreHalfAWinEach()
    {
        var standings = BradleyTerry.Rate([.. Votes("a", "b", Verdict.Tie, 5), .. Votes("a", "b", Verdict.BothBad, 5)]);
        Assert.All(standings, standing => Assert.Equal((1000.0, 10, 5.0), (Math.Round(standing.Rating, 6), standing.Games, standing.Wins)));
        Assert.All(standings, standing => Assert.Equal(1000, standing.High, 6));
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
        var standings = BradleyTerry.Rate([.. Votes("a", "b", Verdict.A, 3), .. Votes("c", "d", Verdict.B, 3), .. Votes("x", "x", Verdict.A, 9)]);
        Assert.Equal(["a", "d", "b", "c"], standings.Select(standing => standing.Entrant));
        Assert.Equal(standings[0].Rating, standings[1].Rating, 6);
        Assert.Empty(BradleyTerry.Rate([]));
    }

    private static IEnumerable<Vote> Votes(string a, string b, Verdict verdict, int count) => Enumerable.Repeat(new Vote(a, b, verdict, IsBlind: true), count);
}
