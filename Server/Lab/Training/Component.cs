using Molmo.Demo.Inference.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Molmo.Demo.Lab.Training;

/// <summary>
/// Parameters that share a learning rate and a clipped norm, with their float32 weights, gradient sums and AdamW's
/// moments, each one flat tensor. The network computes with its own copies, which may have fewer bits.
/// </summary>
internal sealed class Component : IDisposable
{
    // As published, for all components.
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.95;
    private const double Epsilon = 1e-6;

    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly Scalar _beta1 = Beta1;
    private readonly Scalar _beta2 = Beta2;
    private readonly Scalar _rest1 = 1 - Beta1;
    private readonly Scalar _rest2 = 1 - Beta2;
    private readonly Scalar _epsilon = Epsilon;

    /// <param name="name">For people and for the state's file.</param>
    /// <param name="parameters">With their values; training turns their gradients on.</param>
    public Component(string name, IReadOnlyList<Parameter> parameters)
    {
        Name = name;
        _parameters = parameters;
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var flat = cat([.. parameters.Select(parameter => parameter.flatten().to(ScalarType.Float32))], 0);
        Weights = flat.DetachFromDisposeScope();
        Gradient = zeros_like(flat).DetachFromDisposeScope();
        Mean = zeros_like(flat).DetachFromDisposeScope();
        Square = zeros_like(flat).DetachFromDisposeScope();
        foreach (var parameter in parameters) parameter.requires_grad = true;
    }

    public string Name { get; }

    /// <summary>[numbers], float32.</summary>
    public Tensor Weights { get; }

    /// <summary>[numbers], float32: the sum since the last step.</summary>
    public Tensor Gradient { get; }

    /// <summary>[numbers]: AdamW's first moment.</summary>
    public Tensor Mean { get; }

    /// <summary>[numbers]: AdamW's second moment.</summary>
    public Tensor Square { get; }

    /// <summary>Takes the gradients of a backward pass into the sum, and clears them.</summary>
    public void Collect()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var start = 0L;
        foreach (var parameter in _parameters)
        {
            var count = parameter.numel();
            // A parameter that took no part, such as a vision layer behind the last tapped one.
            if (parameter.grad is { } gradient)
            {
                using var part = Gradient.narrow(0, start, count);
                using var flat = gradient.flatten();
                using var wide = flat.to(ScalarType.Float32);
                part.add_(wide, Scalars.One);
                gradient.zero_();
            }

            start += count;
        }
    }

    /// <summary>Clips the gradient to a norm, moves the weights, and clears the gradient.</summary>
    /// <param name="rate">Learning rate.</param>
    /// <param name="step">From 1, of this component's moments.</param>
    /// <param name="clipNorm">Greatest norm.</param>
    /// <param name="weightDecay">Share of a weight that a step of rate one takes away.</param>
    /// <returns>The gradient's norm before clipping; where it is no number the weights stay as they are.</returns>
    public double Step(double rate, long step, double clipNorm, double weightDecay = 0)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var norm = (double)Gradient.norm().item<float>();
        if (double.IsFinite(norm) && rate > 0)
        {
            Scalar scale = norm > clipNorm ? clipNorm / (norm + 1e-6) : 1;
            Scalar size = -rate / (1 - Math.Pow(Beta1, step));
            Scalar root = 1 / Math.Sqrt(1 - Math.Pow(Beta2, step));
            Scalar kept = 1 - (rate * weightDecay);
            var gradient = Gradient.mul(scale);
            Mean.mul_(_beta1).add_(gradient, _rest1);
            Square.mul_(_beta2).addcmul_(gradient, gradient, _rest2);
            if (weightDecay > 0) Weights.mul_(kept);
            Weights.addcdiv_(Mean, Square.sqrt().mul_(root).add_(_epsilon, Scalars.One), size);
            GC.KeepAlive(scale);
            GC.KeepAlive(size);
            GC.KeepAlive(root);
            GC.KeepAlive(kept);
        }

        Gradient.zero_();
        CopyToNetwork();
        return norm;
    }

    /// <summary>Begins the moments anew, for a stage with a schedule of its own.</summary>
    public void Forget()
    {
        using var noGradient = no_grad();
        Mean.zero_();
        Square.zero_();
    }

    /// <summary>Gives the network the weights, in its own format.</summary>
    public void CopyToNetwork() => CopyTo(_parameters);

    /// <summary>Gives the weights to parameters of the same shapes, in their format and on their device.</summary>
    public void CopyTo(IEnumerable<Parameter> parameters)
    {
        using var noGradient = no_grad();
        var start = 0L;
        foreach (var parameter in parameters)
        {
            var count = parameter.numel();
            using var part = Weights.narrow(0, start, count);
            using var shaped = part.view(parameter.shape);
            parameter.copy_(shaped);
            start += count;
        }
    }

    public void Dispose()
    {
        foreach (var tensor in (Tensor[])[Weights, Gradient, Mean, Square]) tensor.Dispose();
    }
}
