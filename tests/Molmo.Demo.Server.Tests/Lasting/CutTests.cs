namespace Molmo.Demo.Server.Tests.Lasting;

/// <summary>
/// No reader misses or sees twice anything when the network is cut. <c>MOLMO_CUTS</c> is how often; the seed is in
/// the output.
/// </summary>
[Slow]
public sealed class CutTests
{
    [Fact]
    public async Task Cut_AtRandomPlacesOfAnswers_LeavesNoGapAndNoDouble()
    {
        var cuts = LastingSeed.Number("MOLMO_CUTS", 40);

        var figures = await new CutRun(LastingSeed.Next()).RunAsync(cuts, longCuts: 0, TimeSpan.FromMinutes(10));

        TestContext.Current.SendDiagnosticMessage($"Seed {figures.Seed}, {figures.Cuts} cuts in {figures.Duration}.");
        Assert.True(figures.Faults.IsEmpty, $"Seed {figures.Seed}:\n{string.Join('\n', figures.Faults.Take(20))}");
        Assert.True(figures is { Gaps: 0, Doubles: 0 } && figures.Cuts >= cuts && !figures.Backs.IsEmpty,
            $"{figures.Cuts} cuts, {figures.Backs.Count} times back.");
    }
}
