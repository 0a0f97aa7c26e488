using Molmo.Demo.Inference.Engine;

namespace Molmo.Demo.Inference.Tests.Engine;

/// <summary>How much goes through between two tokens of others' answers.</summary>
public sealed class StepBudgetTests
{
    [Fact]
    public void Positions_NothingLearned_AreFew()
        => Assert.Equal(32, new StepBudget().Positions(besideAnswers: false));

    [Fact]
    public void Positions_Learned_FitBesideAnswersAndAreMoreAlone()
    {
        var budget = new StepBudget();
        // A step of answers takes 100 ms; 20 positions beside it add another 100: 5 ms each.
        budget.Learn(0.1, 0);
        budget.Learn(0.2, 20);
        Assert.Equal(36, budget.Positions(besideAnswers: true));
        Assert.Equal(400, budget.Positions(besideAnswers: false));
    }

    [Theory]
    [InlineData(1e-6, StepBudget.MaxPositions)]
    [InlineData(1, 8)]
    public void Positions_FastOrSlowMachine_StayWithinBounds(double secondsEach, int expected)
    {
        var budget = new StepBudget();
        budget.Learn(100 * secondsEach, 100);
        Assert.Equal(expected, budget.Positions(besideAnswers: true));
    }

    [Theory]
    [InlineData(60, 60, true, true)]
    [InlineData(60, 120, true, true)]
    [InlineData(60, 121, true, false)]
    [InlineData(200, 0, true, false)]
    [InlineData(200, 1800, false, true)]
    [InlineData(200, 1801, false, false)]
    public void HasTimeFor_Step_DoesNotGoBeyondTheTurn(int step, int spent, bool besideAnswers, bool expected)
        => Assert.Equal(
            expected,
            StepBudget.HasTimeFor(
                TimeSpan.FromMilliseconds(step), TimeSpan.FromMilliseconds(spent), besideAnswers));
}
