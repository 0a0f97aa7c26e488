namespace Molmo.Demo.Inference.Limits;

/// <summary>
/// Multiplications that each wait for the one before. x86 takes three cycles for one, so that their rate tells the
/// clock.
/// </summary>
/// <remarks>Work is counted in cycles.</remarks>
internal sealed class MultiplyChain : IProbe
{
    private const int Length = 3000;
    private const ulong Factor = 6364136223846793005;

    private ulong _product = 1, _started = 1;
    private long _passes;

    public double Work => 3.0 * Length;

    public void Run(long passes)
    {
        _started = _product;
        _passes = passes;
        _product = Multiply(_product, Factor, passes * (Length / 10));
    }

    public bool IsRight() => _product == unchecked(_started * Power(Factor, (ulong)_passes * Length));

    public void Dispose()
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ulong Multiply(ulong value, ulong factor, long tens)
    {
        for (var i = 0L; i < tens; i++)
        {
            value *= factor;
            value *= factor;
            value *= factor;
            value *= factor;
            value *= factor;
            value *= factor;
            value *= factor;
            value *= factor;
            value *= factor;
            value *= factor;
        }

        return value;
    }

    private static ulong Power(ulong value, ulong exponent)
    {
        var result = 1UL;
        for (; exponent > 0; exponent >>= 1, value *= value)
            if ((exponent & 1) != 0) result *= value;
        return result;
    }
}
