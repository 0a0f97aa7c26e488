using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Torch;
using Molmo.Demo.Inference.Torch.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace Molmo.Demo.Lab.Training;

/// <summary>
/// The network of the inference runner with its gradients, in three components and the patches' head.
/// </summary>
internal sealed class TrainedModel : IDisposable
{
    /// <param name="config">The network.</param>
    /// <param name="labels">Labels that patches may show.</param>
    /// <param name="format">Device and number format of the computation.</param>
    /// <param name="fill">Gives the network its first weights.</param>
    /// <param name="headSeed">Of the head's first weights.</param>
    public TrainedModel(
        ModelConfig config, int labels, TensorFormat format, Action<MolmoModel> fill, long headSeed)
    {
        Format = format;
        Network = new MolmoModel(config, format);
        Head = new PatchHead(config.Vision.FeatureSize, labels, format);
        fill(Network);
        using (no_grad())
        {
            manual_seed(headSeed);
            using Scalar deviation = 0.02;
            foreach (var parameter in Head.parameters()) parameter.copy_(randn(parameter.shape).mul(deviation));
        }

        Components =
        [
            Part("vision", Network.Vision), Part("connector", Network.Connector), Part("language", Network.Decoder),
            Part("patches", Head),
        ];
    }

    public TensorFormat Format { get; }

    public MolmoModel Network { get; }

    public PatchHead Head { get; }

    /// <summary>Vision, connector, language model, and the head that is thrown away.</summary>
    public IReadOnlyList<Component> Components { get; }

    /// <summary>Adds a batch's gradient to the sums.</summary>
    /// <inheritdoc cref="Loss"/>
    public LossParts Accumulate(TrainingBatch batch, TrainingStage stage, double totalWeight, int parts)
    {
        using var scope = NewDisposeScope();
        var (loss, shown) = Loss(batch, stage, totalWeight, parts);
        if (loss.requires_grad) loss.backward();
        foreach (var component in Components) component.Collect();
        return shown;
    }

    /// <summary>
    /// The loss of a part of an update. That of the answers is divided by the mean weight of a device's targets and the
    /// devices' gradients are averaged, which is the sum over all divided by the weight of all.
    /// </summary>
    /// <param name="batch">Items on the device.</param>
    /// <param name="stage">Weights of the losses, dropout.</param>
    /// <param name="totalWeight">Weight of the targets of the whole update.</param>
    /// <param name="parts">Batches of the whole update.</param>
    public (Tensor Loss, LossParts Shown) Loss(TrainingBatch batch, TrainingStage stage, double totalWeight, int parts)
    {
        var loss = zeros(1, Format.Exact, Format.Device).sum();
        var (answers, patches) = (0.0, 0.0);
        var (named, covered) = (0L, 0L);
        var features = batch.Patches is { } pixels
            ? Network.Vision.Forward(pixels, CancellationToken.None)
            : null;
        if (features is not null && stage.PatchWeight > 0)
        {
            (var patchLoss, named, covered) = Head.Loss(features, batch);
            patches = patchLoss.ToDouble();
            using Scalar weight = stage.PatchWeight / parts;
            loss = loss.Plus(patchLoss.mul(weight));
        }

        if (stage.AnswerWeight > 0 && batch.TargetCount > 0)
        {
            var logits = Network.Decoder.Logits(Hidden(batch, features, stage).index_select(0, batch.TargetRows));
            var (sum, mean) = TrainingLoss.Of(logits, batch.Targets, batch.Weights, stage.ZLoss);
            answers = mean.ToDouble();
            using Scalar weight = stage.AnswerWeight / totalWeight;
            loss = loss.Plus(sum.mul(weight));
        }

        return (loss, new LossParts(answers, patches, named, covered, batch.TargetCount));
    }

    /// <returns>[sequences * length, hiddenSize].</returns>
    private Tensor Hidden(TrainingBatch batch, Tensor? features, TrainingStage stage)
    {
        var plan = StepPlan.Of(batch.TokenIds, batch.Positions, new PackedRows(
            batch.Sequences, batch.Mask, stage.Dropout, stage.TextOnlyDropout ? batch.AnswerRows : null));
        var x = Network.Decoder.Embed(plan);
        if (features is not null)
        {
            var tokens = Network.Connector.forward(features.index_select(0, batch.CropSources!), batch.Masks!);
            x = x.index_add(
                0, batch.FeatureRows!, tokens.index_select(0, batch.Features!).to(x.dtype), Scalars.One);
        }

        return Network.Decoder.Forward(x, plan, memory: null, lastRowsOnly: false, CancellationToken.None);
    }

    public void Dispose()
    {
        foreach (var component in Components) component.Dispose();
        Head.Dispose();
        Network.Dispose();
    }

    private static Component Part(string name, nn.Module module) => new(name, [.. module.parameters()]);
}
