using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Preprocessing;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch.Modules;

/// <summary>The whole network, for answers and for training: vision transformer, connector, language model.</summary>
/// <remarks>
/// Made without values: <see cref="WeightReader"/> or a training's beginning fills it by <see cref="Weights"/>.
/// </remarks>
internal sealed class MolmoModel : nn.Module, IWeighted
{
    private const string VisionRoot = "model.vision_backbone";

    private readonly ModelConfig _config;

    public MolmoModel(ModelConfig config, TensorFormat format)
        : base(nameof(MolmoModel))
    {
        _config = config;
        Format = format;
        Decoder = new TextDecoder(config, format);
        Vision = new VisionTransformer(config.Vision, format, $"{VisionRoot}.image_vit");
        Connector = new Connector(config, format, VisionRoot);
        register_module("transformer", Decoder);
        register_module("image_vit", Vision);
        register_module("connector", Connector);
    }

    public TensorFormat Format { get; }

    public TextDecoder Decoder { get; }

    public VisionTransformer Vision { get; }

    public Connector Connector { get; }

    /// <summary>Sees intermediate values; tests only.</summary>
    public ForwardTrace? Trace
    {
        get => Decoder.Trace;
        set => Decoder.Trace = Vision.Trace = Connector.Trace = value;
    }

    /// <summary>Features of all crops of a picture, which go through together.</summary>
    /// <returns>[crops * tokensPerCrop, hiddenSize] in the network's format.</returns>
    public Tensor Encode(ImageInputs image, CancellationToken cancellationToken)
    {
        image.CheckFor(_config.Vision);
        return Encode(image, 0, image.CropCount, cancellationToken);
    }

    /// <summary>Features of some crops of a picture that was cut for this network.</summary>
    /// <returns>[crops * tokensPerCrop, hiddenSize] in the network's format.</returns>
    public Tensor Encode(ImageInputs image, int firstCrop, int crops, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var length = image.PatchCount * image.PatchSize;
        var patches = tensor(
            image.Patches[(firstCrop * length)..((firstCrop + crops) * length)],
            [crops, image.PatchCount, image.PatchSize], device: Format.Device);
        var masks = tensor(
            image.Masks[(firstCrop * image.PatchCount)..((firstCrop + crops) * image.PatchCount)],
            [crops, image.PatchCount], device: Format.Device);
        return Connector.forward(Vision.Forward(patches, cancellationToken), masks).MoveToOuterDisposeScope();
    }

    public IEnumerable<WeightPart> Weights() => [.. Decoder.Weights(), .. Vision.Weights(), .. Connector.Weights()];
}
