using Molmo.Demo.Inference.Model;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch.Modules;

/// <summary>
/// Angles of the half rotation: the first half of a head turns with the second. Computed in double, kept as float32.
/// </summary>
internal sealed class RotaryEmbedding : IDisposable
{
    private readonly Tensor _cos;
    private readonly Tensor _sin;

    /// <summary>[1, positions]: 0, 1, 2 and so on.</summary>
    public Tensor Positions { get; }

    public RotaryEmbedding(ModelConfig config, TensorFormat format)
    {
        using var scope = NewDisposeScope();
        var half = config.HeadSize / 2;
        var frequencies = pow(config.RopeTheta, arange(half, ScalarType.Float64) * (-2.0 / config.HeadSize));
        var angles = arange(config.MaxPositions, ScalarType.Float64).unsqueeze(1) * frequencies;
        Positions = arange(config.MaxPositions, ScalarType.Int64, format.Device).unsqueeze(0).DetachFromDisposeScope();
        _cos = angles.cos().to(ScalarType.Float32, format.Device).DetachFromDisposeScope();
        _sin = angles.sin().to(ScalarType.Float32, format.Device).DetachFromDisposeScope();
    }

    /// <param name="positions">[rows].</param>
    /// <returns>Both [rows, 1, headSize / 2].</returns>
    public (Tensor Cos, Tensor Sin) At(Tensor positions)
        => (_cos.index_select(0, positions).unsqueeze(1), _sin.index_select(0, positions).unsqueeze(1));

    /// <param name="x">[rows, heads, headSize].</param>
    /// <param name="cos">[rows, 1, headSize / 2].</param>
    /// <param name="sin">[rows, 1, headSize / 2].</param>
    /// <returns>As <paramref name="x"/>, in its format; computed in float32.</returns>
    public static Tensor Rotate(Tensor x, Tensor cos, Tensor sin)
    {
        var half = x.shape[^1] / 2;
        var wide = x.to(ScalarType.Float32);
        var (a, b) = (wide.narrow(-1, 0, half), wide.narrow(-1, half, half));
        return cat([(a * cos) - (b * sin), (b * cos) + (a * sin)], -1).to(x.dtype);
    }

    public void Dispose()
    {
        Positions.Dispose();
        _cos.Dispose();
        _sin.Dispose();
    }
}
