using System.Runtime.Intrinsics;

namespace Molmo.Demo.Inference.Tests.Kernels;

public sealed class VectorWidthTests
{
    /// <summary>Set by <see cref="NarrowVectorTests"/> in the processes that it starts.</summary>
    public const string WidestVariable = "MOLMO_WIDEST_VECTOR";

    [Fact]
    public void Width_WhenSwitchedOff_IsNoWider()
    {
        var widest = Environment.GetEnvironmentVariable(WidestVariable) ?? "512";
        var found = Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256
            : Vector128.IsHardwareAccelerated ? 128 : 0;
        Assert.True(found <= int.Parse(widest, CultureInfo.InvariantCulture),
            $"Expected at most {widest} bits, found {found}.");
    }
}
