namespace Molmo.Demo.Server.Tests.Lasting;

/// <summary>
/// Nothing acknowledged is lost when the program is killed. <c>MOLMO_KILLS</c> is how often; the seed is in the
/// output.
/// </summary>
[Slow]
public sealed class KillTests
{
    [Fact]
    public async Task Kill_AtRandomInstantsUnderLoad_LosesNothingAcknowledged()
    {
        const int few = 15;
        using var run = new KillRun(LastingSeed.Next());
        var kills = LastingSeed.Number("MOLMO_KILLS", few);
        // A busy machine makes fewer in the time that all tests together may take.
        var figures = await run.RunAsync(kills, kills > few ? TimeSpan.FromMinutes(60) : TimeSpan.FromSeconds(30));

        TestContext.Current.SendDiagnosticMessage($"Seed {figures.Seed}, {figures.Kills} kills in {figures.Duration}.");
        Assert.True(figures.Faults.Count == 0, $"Seed {figures.Seed}:\n{string.Join('\n', figures.Faults.Take(20))}");
        Assert.True(figures is { Pictures: > 0, Links: > 0, Conversations: > 0, Readers: > 0 },
            "Nothing was acknowledged: the test tests nothing.");
    }
}
