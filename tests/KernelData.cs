using Molmo.Demo.Inference;
using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Tests;

/// <summary>Inputs for kernels: reproducible, of both signs, of ordinary size.</summary>
internal static class KernelData
{
    public static float[] Floats(int count, int seed, float scale = 1)
    {
        var random = new Random(seed);
        var values = new float[count];
        foreach (ref var value in values.AsSpan()) value = scale * ((2 * random.NextSingle()) - 1);
        return values;
    }

    public static Tensor Tensor(int rows, int columns, int seed, float scale = 1)
    {
        var tensor = new Tensor(rows, columns);
        Floats(rows * columns, seed, scale).CopyTo(tensor.Span);
        return tensor;
    }

    public static PackedMatrix Pack(
        ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, int inputs,
        WeightPrecision precision = WeightPrecision.Float32)
    {
        var outputs = weight.Length / inputs;
        var packed = new PackedMatrix(outputs, inputs, !bias.IsEmpty, precision);
        for (var output = 0; output < outputs; output++)
        {
            if (!packed.SetRow(output, 0, weight.Slice(output * inputs, inputs)))
                throw new InvalidOperationException($"Row {output} has a weight that {precision} cannot hold.");
        }
        if (!bias.IsEmpty) packed.SetBias(0, bias);
        return packed;
    }
}
