using TorchSharp;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch;

/// <summary>Numbers that operations take, kept for good.</summary>
/// <remarks>
/// TorchSharp hands a <see cref="Scalar"/>'s address to native code and keeps nothing alive meanwhile: a number that is
/// made for one call, as <c>x * 2</c> and even <c>x + y</c> do, can be freed by the collector while libtorch reads it.
/// So operators that make one are not used here.
/// </remarks>
internal static class Scalars
{
    public static readonly Scalar Zero = 0;
    public static readonly Scalar One = 1;
    public static readonly Scalar MinusOne = -1;
    public static readonly Scalar MinusInfinity = double.NegativeInfinity;

    /// <summary>Slope of quick-gelu's sigmoid.</summary>
    public static readonly Scalar QuickGelu = 1.702;

    /// <summary>x + y.</summary>
    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, One);

    /// <summary>x - y.</summary>
    public static Tensor Minus(this Tensor x, Tensor y) => x.add(y, MinusOne);
}
