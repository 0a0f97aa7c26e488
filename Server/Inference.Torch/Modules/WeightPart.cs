using TorchSharp;

namespace Molmo.Demo.Inference.Torch.Modules;

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
