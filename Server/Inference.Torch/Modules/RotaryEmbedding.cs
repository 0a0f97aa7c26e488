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
        var (positions, half) = (config.MaxPositions, config.HeadSize / 2);
        var (cos, sin) = (new float[positions * half], new float[positions * half]);
        for (var position = 0; position < positions; position++)
        {
            for (var i = 0; i < half; i++)
            {
                var angle = position * Math.Pow(config.RopeTheta, -2.0 * i / config.HeadSize);
                cos[(position * half) + i] = (float)Math.Cos(angle);
                sin[(position * half) + i] = (float)Math.Sin(angle);
            }
        }

        Positions = tensor(
            [.. Enumerable.Range(0, positions).Select(position => (long)position)], [1, positions], device: format.Device);
        _cos = tensor(cos, [positions, half], device: format.Device);
        _sin = tensor(sin, [positions, half], device: format.Device);
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
        return cat([(a * cos).Minus(b * sin), (b * cos).Plus(a * sin)], -1).to(x.dtype);
    }

    public void Dispose()
    {
        Positions.Dispose();
        _cos.Dispose();
        _sin.Dispose();
    }
}
