using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Weights;

/// <summary>What a safetensors header says of one tensor, checked.</summary>
/// <param name="Name">As stored.</param>
/// <param name="Type">Number format.</param>
/// <param name="Shape">Axes, outermost first.</param>
/// <param name="Offset">First byte, counted from the end of the header.</param>
/// <param name="Length">Bytes: elements times their size.</param>
public sealed record TensorEntry(string Name, DType Type, Shape Shape, long Offset, long Length);
