using TorchSharp;

namespace Molmo.Demo.Inference.Torch;

/// <summary>Where tensors lie and how their numbers are kept.</summary>
/// <param name="Device">GPU or processor.</param>
/// <param name="Type">Of large matrices, of what is multiplied by them, and of keys and values.</param>
/// <remarks>
/// The residual stream, norms and the tables that the managed engine keeps exact are float32 in every format.
/// </remarks>
internal sealed record TensorFormat(torch.Device Device, torch.ScalarType Type)
{
    public static torch.ScalarType TypeOf(TorchPrecision precision) => precision switch
    {
        TorchPrecision.Float32 => torch.ScalarType.Float32,
        TorchPrecision.BFloat16 => torch.ScalarType.BFloat16,
        TorchPrecision.Float16 => torch.ScalarType.Float16,
        _ => throw new ArgumentOutOfRangeException(nameof(precision), precision, "Unknown precision."),
    };

    /// <summary>Bytes of an element of large matrices.</summary>
    public static int SizeOf(torch.ScalarType type) => type == torch.ScalarType.Float32 ? 4 : 2;

    /// <summary>
    /// Of the residual stream, norms and exact tables: float32, or float64 where all is, which the gradients' tests
    /// use.
    /// </summary>
    public torch.ScalarType Exact
        => Type == torch.ScalarType.Float64 ? torch.ScalarType.Float64 : torch.ScalarType.Float32;

    /// <summary>
    /// Of what training's attention multiplies. libtorch's attention on a processor has no products of 16 bits of its
    /// own: it would prepare each of its many small ones anew.
    /// </summary>
    public torch.ScalarType TrainedAttention
        => Device.type == DeviceType.CPU && Type == torch.ScalarType.BFloat16 ? torch.ScalarType.Float32 : Type;

    /// <summary>A parameter without values. Training turns its gradient on.</summary>
    public TorchSharp.Modules.Parameter Parameter(params long[] dimensions)
        => new(torch.empty(dimensions, Type, Device), requires_grad: false);

    /// <summary>The same in the exact format.</summary>
    public TorchSharp.Modules.Parameter ExactParameter(params long[] dimensions)
        => new(torch.empty(dimensions, Exact, Device), requires_grad: false);
}
