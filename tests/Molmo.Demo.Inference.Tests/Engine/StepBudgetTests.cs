using Molmo.Demo.Inference.Engine;

namespace Molmo.Demo.Inference.Tests.Engine;

/// <summary>How much goes through between two tokens of others' answers.</summary>
public sealed class StepBudgetTests
{
    [Fact]
    public void Positions_NothingLearned_AreFew()
        => Assert.Equal(32, new StepBudget().Positions(isShared: false));

    [Fact]
    public void Positions_Learned_FitBesideAnswersAndAreMoreAlone()
    {
        var budget = new StepBudget();
        // A step of answers takes 100 ms; 20 positions beside it add another 100: 5 ms each.
        budget.Learn(0.1, 0);
        budget.Learn(0.2, 20);
        Assert.Equal(36, budget.Positions(isShared: true));
        Assert.Equal(400, budget.Positions(isShared: false));
    }

    [Theory]
    [InlineData(1e-6, StepBudget.MaxPositions)]
    [InlineData(1, 8)]
    public void Positions_FastOrSlowMachine_StayWithinBounds(double secondsEach, int expected)
    {
        var budget = new StepBudget();
        budget.Learn(100 * secondsEach, 100);
        Assert.Equal(expected, budget.Positions(isShared: true));
    }

    [Theory]
    [InlineData(60, 60, true)]
    [InlineData(60, 120, true)]
    [InlineData(60, 121, false)]
    [InlineData(200, 0, false)]
    public void HasTimeFor_Step_DoesNotGoBeyondWhatAnswersMayWait(int step, int spent, bool expected)
        => Assert.Equal(
            expected,
            StepBudget.HasTimeFor(TimeSpan.FromMilliseconds(step), TimeSpan.FromMilliseconds(spent)));
}
