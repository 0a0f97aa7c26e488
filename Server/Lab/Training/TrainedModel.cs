using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Torch;
using Molmo.Demo.Inference.Torch.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace Molmo.Demo.Lab.Training;

/// <summary>
/// The network of the inference runner with its gradients, in three components and two heads of what is shown.
/// </summary>
internal sealed class TrainedModel : IDisposable
{
    // Answers write places in percent.
    private const int PlaceBins = 100;

    private readonly ModelConfig _config;

    /// <param name="config">The network.</param>
    /// <param name="labels">Labels that may be shown.</param>
    /// <param name="format">Device and number format of the computation.</param>
    /// <param name="fill">Gives the network its first weights.</param>
    /// <param name="headSeed">Of the heads' first weights.</param>
    public TrainedModel(
        ModelConfig config, int labels, TensorFormat format, Action<MolmoModel> fill, long headSeed)
    {
        _config = config;
        Format = format;
        Network = new MolmoModel(config, format);
        PatchHead = new ShownHead(config.Vision.FeatureSize, labels, bins: 0, format);
        WindowHead = new ShownHead(config.HiddenSize, labels, PlaceBins, format);
        fill(Network);
        using (no_grad())
        {
            manual_seed(headSeed);
            using Scalar deviation = 0.02;
            foreach (var parameter in PatchHead.parameters().Concat(WindowHead.parameters()))
                parameter.copy_(randn(parameter.shape).mul(deviation));
        }

        Components =
        [
            Part("vision", Network.Vision), Part("connector", Network.Connector), Part("language", Network.Decoder),
            Part("patches", PatchHead), Part("windows", WindowHead),
        ];
    }

    public TensorFormat Format { get; }

    public MolmoModel Network { get; }

    /// <summary>On the vision features.</summary>
    public ShownHead PatchHead { get; }

    /// <summary>On the connector's tokens.</summary>
    public ShownHead WindowHead { get; }

    /// <summary>Vision, connector, language model, and the heads that are thrown away.</summary>
    public IReadOnlyList<Component> Components { get; }

    /// <summary>
    /// The network with the weights that training keeps, all in float32, on the processor: what it computes with may
    /// have fewer bits.
    /// </summary>
    public MolmoModel Whole()
    {
        var whole = new MolmoModel(_config, new TensorFormat(CPU, ScalarType.Float32));
        Components[0].CopyTo(whole.Vision.parameters());
        Components[1].CopyTo(whole.Connector.parameters());
        Components[2].CopyTo(whole.Decoder.parameters());
        return whole;
    }

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
        var answers = 0.0;
        var (patches, windows) = (default(ShownLoss), default(ShownLoss));
        var features = batch.Pictures is { } pixels
            ? Network.Vision.Forward(pixels.Patches, CancellationToken.None)
            : null;
        var isAnswered = stage.AnswerWeight > 0 && batch.TargetCount > 0;
        var tokens = features is not null && (isAnswered || stage.WindowWeight > 0)
            ? Network.Connector.forward(features.index_select(0, batch.Pictures!.CropSources), batch.Pictures.Masks)
            : null;
        if (features is not null && stage.PatchWeight > 0)
        {
            var overviews = features.index_select(0, batch.Pictures!.Overviews).flatten(0, 1);
            (var shown, patches) = PatchHead.Loss(overviews, batch.Pictures.PatchesShown);
            Add(shown, stage.PatchWeight / parts);
        }

        if (tokens is not null && stage.WindowWeight > 0)
        {
            var overviews = tokens.index_select(0, batch.Pictures!.OverviewTokens);
            (var shown, windows) = WindowHead.Loss(overviews, batch.Pictures.WindowsShown);
            Add(shown, stage.WindowWeight / parts);
        }

        if (isAnswered)
        {
            var hidden = Hidden(batch, tokens, stage).index_select(0, batch.TargetRows);
            var (sum, mean) = TrainingLoss.Of(
                Network.Decoder.Logits(hidden), batch.Targets, batch.Weights, stage.ZLoss);
            answers = mean.ToDouble();
            Add(sum, stage.AnswerWeight / totalWeight);
        }

        return (loss, new LossParts(answers, patches, windows, batch.TargetCount));

        void Add(Tensor part, double weight)
        {
            using Scalar factor = weight;
            loss = loss.Plus(part.mul(factor));
        }
    }

    /// <returns>[sequences * length, hiddenSize].</returns>
    internal Tensor Hidden(TrainingBatch batch, Tensor? tokens, TrainingStage stage)
    {
        var plan = StepPlan.Of(batch.TokenIds, batch.Positions, new PackedRows(
            batch.Sequences, batch.Mask, stage.Dropout, stage.TextOnlyDropout ? batch.AnswerRows : null));
        var x = Network.Decoder.Embed(plan);
        if (tokens is not null)
        {
            var pictures = batch.Pictures!;
            x = x.index_add(
                0, pictures.FeatureRows, tokens.index_select(0, pictures.Features).to(x.dtype), Scalars.One);
        }

        return Network.Decoder.Forward(x, plan, memory: null, lastRowsOnly: false, CancellationToken.None);
    }

    public void Dispose()
    {
        foreach (var component in Components) component.Dispose();
        PatchHead.Dispose();
        WindowHead.Dispose();
        Network.Dispose();
    }

    private static Component Part(string name, nn.Module module) => new(name, [.. module.parameters()]);
}
