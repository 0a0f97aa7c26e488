using Molmo.Demo.Inference.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Molmo.Demo.Lab.Training;

/// <summary>The losses of a part of a batch.</summary>
/// <param name="Answers">Mean cross-entropy of an answer's token, without weights.</param>
/// <param name="Patches">Of what patches show.</param>
/// <param name="Windows">Of what the connector's tokens show.</param>
/// <param name="Tokens">Tokens learned.</param>
internal readonly record struct LossParts(double Answers, ShownLoss Patches, ShownLoss Windows, int Tokens);

/// <summary>Cross-entropy of the next tokens.</summary>
internal static class TrainingLoss
{
    /// <param name="logits">[targets, vocabulary], float32.</param>
    /// <param name="targets">[targets].</param>
    /// <param name="weights">[targets].</param>
    /// <param name="zLoss">Weight of the squared log of the normaliser.</param>
    /// <returns>The weighted sum, to be divided by the caller; and the plain mean of the cross-entropy.</returns>
    public static (Tensor Sum, Tensor Mean) Of(Tensor logits, Tensor targets, Tensor weights, double zLoss)
    {
        var normaliser = logits.logsumexp(1);
        var chosen = logits.gather(1, targets.unsqueeze(1)).squeeze(1);
        var entropy = normaliser.Minus(chosen);
        Scalar z = zLoss;
        var sum = (entropy.Plus(normaliser.square().mul(z)) * weights).sum();
        GC.KeepAlive(z);
        return (sum, entropy.detach().mean());
    }
}
