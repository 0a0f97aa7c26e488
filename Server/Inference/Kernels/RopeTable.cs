using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>Cosines and sines of rotary positions.</summary>
/// <remarks>
/// Angles are position * theta^(-2k / headSize), with every step rounded to float32 as the reference does: at position
/// 4,000 an exact angle already differs from the one that the checkpoints were trained with.
/// </remarks>
internal sealed unsafe class RopeTable : IDisposable
{
    private readonly Tensor _cosines;
    private readonly Tensor _sines;

    public RopeTable(int positions, int headSize, float theta)
    {
        Half = headSize / 2;
        _cosines = new Tensor(positions, Half);
        _sines = new Tensor(positions, Half);
        for (var k = 0; k < Half; k++)
        {
            var frequency = 1 / (float)Math.Pow(theta, (float)(2 * k) / headSize);
            for (var position = 0; position < positions; position++)
            {
                var (sine, cosine) = Math.SinCos(position * frequency);
                _cosines.Row(position)[k] = (float)cosine;
                _sines.Row(position)[k] = (float)sine;
            }
        }
    }

    /// <summary>Angles a position: half the head size.</summary>
    public int Half { get; }

    /// <summary>[Positions, Half].</summary>
    public float* Cosines => _cosines.Data;

    /// <summary>[Positions, Half].</summary>
    public float* Sines => _sines.Data;

    public void Dispose()
    {
        _cosines.Dispose();
        _sines.Dispose();
    }
}
