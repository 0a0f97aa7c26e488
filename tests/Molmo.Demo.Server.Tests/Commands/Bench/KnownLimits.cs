using Molmo.Demo.Inference.Limits;
using Molmo.Demo.Server.Commands.Bench;

namespace Molmo.Demo.Server.Tests.Commands.Bench;

/// <summary>Limits with which a sum can be made by hand.</summary>
internal static class KnownLimits
{
    public static LimitsFile File { get; } = new(
        new BenchMachine("Some processor", 16, 16, 512, "Some system", ".NET 10"), DateTimeOffset.UnixEpoch,
        new MachineLimits(Both(100, 400), Both(200, 800), Both(250, 700), Both(400, 1600), Both(10, 40), null));

    private static ThreadLimits Both(double one, double all) => new(new(one, one - 1, 0.25), new(all, all - 1, null));
}
