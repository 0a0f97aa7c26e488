using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Weights;

/// <summary>What a file's table of contents says of one tensor, checked.</summary>
/// <param name="Name">As stored.</param>
/// <param name="Type">Number format.</param>
/// <param name="Shape">Axes, outermost first.</param>
/// <param name="Offset">First byte, counted from the start of the file's data.</param>
/// <param name="Length">Bytes: elements times their size.</param>
public sealed record TensorEntry(string Name, DType Type, Shape Shape, long Offset, long Length)
{
    /// <summary>Elements from one index of an axis to the next, where the tensor does not lie in one piece; null where it does.</summary>
    public IReadOnlyList<long>? Strides { get; init; }
}
