using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Model;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch.Modules;

/// <summary>
/// Angles of the half rotation: the first half of a head turns with the second. They are the managed network's, rounded
/// as the reference rounds them.
/// </summary>
internal sealed unsafe class RotaryEmbedding : IDisposable
{
    private readonly Tensor _cos;
    private readonly Tensor _sin;

    /// <summary>[1, positions]: 0, 1, 2 and so on.</summary>
    public Tensor Positions { get; }

    public RotaryEmbedding(ModelConfig config, TensorFormat format)
    {
        var (positions, half) = (config.MaxPositions, config.HeadSize / 2);
        using var table = new RopeTable(positions, config.HeadSize, config.RopeTheta);
        long[] numbers = [.. Enumerable.Range(0, positions).Select(position => (long)position)];
        Positions = tensor(numbers, [1, positions], device: format.Device);
        _cos = tensor(Values(table.Cosines), [positions, half], device: format.Device).to(format.Exact);
        _sin = tensor(Values(table.Sines), [positions, half], device: format.Device).to(format.Exact);

        float[] Values(float* first) => new Span<float>(first, positions * half).ToArray();
    }

    /// <param name="positions">[rows].</param>
    /// <returns>Both [rows, 1, headSize / 2].</returns>
    public (Tensor Cos, Tensor Sin) At(Tensor positions)
        => (_cos.index_select(0, positions).unsqueeze(1), _sin.index_select(0, positions).unsqueeze(1));

    /// <param name="x">[rows, heads, headSize].</param>
    /// <param name="cos">[rows, 1, headSize / 2].</param>
    /// <param name="sin">[rows, 1, headSize / 2].</param>
    /// <returns>As <paramref name="x"/>, in its format; computed in that of the angles.</returns>
    public static Tensor Rotate(Tensor x, Tensor cos, Tensor sin)
    {
        var half = x.shape[^1] / 2;
        var wide = x.to(cos.dtype);
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
