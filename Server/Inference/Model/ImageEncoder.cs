using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>From a picture's crops to the features that are added to its tokens: vision transformer, then connector.</summary>
internal sealed unsafe class ImageEncoder : IDisposable
{
    /// <summary>Positions that go through the transformer together: enough to use every weight often while it is near, few enough that activations stay in cache.</summary>
    private const int PositionsPerGroup = 2048;

    private readonly ModelConfig _config;
    private readonly VisionTransformer _transformer;
    private readonly Connector _connector;
    private readonly Tensor _features;
    private readonly Tensor _groupTokens;
    private readonly Tensor _tokens;

    public ImageEncoder(ModelConfig config, WeightScope root, WeightLoader loader, ThreadTeam team)
    {
        _config = config;
        var scope = root.Scope("model.vision_backbone");
        _transformer = new VisionTransformer(config.Vision, scope.Scope("image_vit"), loader, team);
        _connector = new Connector(config, scope, loader, team);
        _features = new Tensor(0, config.Vision.FeatureSize);
        _groupTokens = new Tensor(0, config.HiddenSize);
        _tokens = new Tensor(0, config.HiddenSize);
    }

    public ForwardTrace? Trace
    {
        set => _transformer.Trace = _connector.Trace = value;
    }

    /// <summary>Features of all crops: [crops * tokensPerCrop, hiddenSize], valid until the next picture.</summary>
    /// <exception cref="ArgumentException">The picture was cut for another network.</exception>
    public Tensor Encode(ImageInputs image, CancellationToken cancellationToken)
    {
        var vision = _config.Vision;
        image.CheckFor(vision);
        _tokens.Resize(image.CropCount * vision.TokensPerCrop);
        var perGroup = Math.Max(1, PositionsPerGroup / (vision.PatchCount + 1));
        fixed (float* patches = image.Patches)
        {
            for (var crop = 0; crop < image.CropCount; crop += perGroup)
            {
                var crops = Math.Min(perGroup, image.CropCount - crop);
                _features.Resize(crops * vision.PatchCount);
                _transformer.Forward(patches + ((nint)crop * vision.PatchCount * vision.PatchLength), crops, _features, cancellationToken);
                _groupTokens.Resize(crops * vision.TokensPerCrop);
                _connector.Forward(_features, image.Masks.AsSpan(crop * vision.PatchCount, crops * vision.PatchCount), _groupTokens);
                for (var token = 0; token < _groupTokens.Rows; token++)
                    _groupTokens.Row(token).CopyTo(_tokens.Row((crop * vision.TokensPerCrop) + token));
            }
        }

        return _tokens;
    }

    public void Dispose()
    {
        _transformer.Dispose();
        _connector.Dispose();
        _features.Dispose();
        _groupTokens.Dispose();
        _tokens.Dispose();
    }
}
