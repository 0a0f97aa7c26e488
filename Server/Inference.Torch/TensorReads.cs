using Molmo.Demo.Inference.Model;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch;

/// <summary>Values of tensors, wherever these lie.</summary>
internal static class TensorReads
{
    /// <summary>All elements as float32, in their order.</summary>
    public static float[] Read(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.to(ScalarType.Float32, CPU).contiguous().data<float>().ToArray();
    }

    /// <summary>Shows intermediate values to a test; does nothing where nobody looks.</summary>
    public static void Report(this ForwardTrace? trace, string name, Tensor tensor)
        => trace?.Invoke(name, tensor.Read());
}
