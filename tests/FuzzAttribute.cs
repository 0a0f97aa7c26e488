using FsCheck.Xunit;

namespace Molmo.Demo.Tests;

#pragma warning disable xUnit3003 // A place in the source cannot be told to the base class.

/// <summary>
/// A property that FsCheck tries on made-up values, and on smaller ones where it does not hold. The values are the
/// same in every run, unless MOLMO_FUZZ says how many times as many are to be tried: then they are new each time, and
/// a failure names its seed.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FuzzAttribute : PropertyAttribute
{
    // Any number, and any odd one.
    private const string Seed = "20261127,11";

    /// <summary>A property that is tried so often.</summary>
    public FuzzAttribute(int tries = 500)
    {
        var asked = Environment.GetEnvironmentVariable("MOLMO_FUZZ");
        var times = int.TryParse(asked, out var given) && given > 0 ? given : (int?)null;
        MaxTest = tries * (times ?? 1);
        if (times is null) Replay = Seed;
        QuietOnSuccess = true;
    }
}
