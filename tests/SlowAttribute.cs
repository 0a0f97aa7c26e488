using Xunit.v3;

namespace Molmo.Demo.Tests;

/// <summary>
/// A test that takes more than a second or so, as those that start programs do: <c>./test.sh --fast</c> leaves it out.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class SlowAttribute : Attribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("Speed", "slow")];
}
