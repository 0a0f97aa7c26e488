using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch.Modules;

/// <summary>Part of a projection that is stacked from several stored ones.</summary>
/// <param name="Path">Published path, without <c>.weight</c> or <c>.bias</c>.</param>
/// <param name="Outputs">Rows of the part.</param>
internal readonly record struct ProjectionPart(string Path, int Outputs);

/// <summary>
/// x [.., inputs] times the weights [outputs, inputs] of one or of several stored matrices: one product serves them
/// all.
/// </summary>
internal sealed class Projection : nn.Module<Tensor, Tensor>, IWeighted
{
    private readonly ProjectionPart[] _parts;

    /// <param name="format">Of the weights.</param>
    /// <param name="inputs">Columns of every part.</param>
    /// <param name="hasBias">Whether the parts have biases.</param>
    /// <param name="parts">From the first outputs to the last.</param>
    public Projection(TensorFormat format, int inputs, bool hasBias, params ProjectionPart[] parts)
        : base(nameof(Projection))
    {
        _parts = parts;
        long outputs = parts.Sum(part => part.Outputs);
        Weight = format.Parameter(outputs, inputs);
        Bias = hasBias ? format.Parameter(outputs) : null;
        register_parameter("weight", Weight);
        if (Bias is not null) register_parameter("bias", Bias);
    }

    public Parameter Weight { get; }

    public Parameter? Bias { get; }

    public override Tensor forward(Tensor input) => nn.functional.linear(input, Weight, Bias);

    public IEnumerable<WeightPart> Weights()
    {
        long row = 0;
        foreach (var (path, outputs) in _parts)
        {
            yield return new($"{path}.weight", Weight.narrow(0, row, outputs));
            if (Bias is not null) yield return new($"{path}.bias", Bias.narrow(0, row, outputs));
            row += outputs;
        }
    }
}

/// <summary>A tensor of a checkpoint, and the part of a parameter that holds it.</summary>
/// <param name="Name">As published.</param>
/// <param name="Target">A parameter, or whole rows of one that several stored tensors share.</param>
internal readonly record struct WeightPart(string Name, torch.Tensor Target);

/// <summary>A module that knows under which published names its weights are stored.</summary>
internal interface IWeighted
{
    /// <summary>
    /// Every stored tensor of this module and of those below it; targets are views, to be disposed by the caller.
    /// </summary>
    IEnumerable<WeightPart> Weights();
}
