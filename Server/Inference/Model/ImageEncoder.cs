using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>
/// From a picture's crops to the features that are added to its tokens: vision transformer, then connector.
/// </summary>
internal sealed unsafe class ImageEncoder(
    ModelConfig config, WeightScope root, WeightLoader loader, ThreadTeam team) : IDisposable
{
    /// <summary>
    /// Positions that go through the transformer together: enough to use every weight often while it is near, few
    /// enough that activations stay in cache.
    /// </summary>
    private const int PositionsPerGroup = 2048;

    private const string Scope = "model.vision_backbone";

    private readonly VisionTransformer _transformer =
        new(config.Vision, root.Scope(Scope).Scope("image_vit"), loader, team);
    private readonly Connector _connector = new(config, root.Scope(Scope), loader, team);
    private readonly Tensor _groupTokens = new(0, config.HiddenSize);
    private readonly Tensor _tokens = new(0, config.HiddenSize);
    private readonly PinnedList<int> _windows = new();

    public ForwardTrace? Trace
    {
        set => _transformer.Trace = _connector.Trace = value;
    }

    /// <summary>
    /// Features of all crops: [crops * tokensPerCrop, hiddenSize], valid until the next picture. Zero where no token
    /// takes one: margins of overlapping crops are not computed to the end.
    /// </summary>
    /// <exception cref="ArgumentException">The picture was cut for another network.</exception>
    public Tensor Encode(ImageInputs image, CancellationToken cancellationToken)
    {
        var vision = config.Vision;
        image.CheckFor(vision);
        _tokens.Resize(image.CropCount * vision.TokensPerCrop);
        var perGroup = Math.Max(1, PositionsPerGroup / (vision.PatchCount + 1));
        fixed (float* patches = image.Patches)
        {
            for (var crop = 0; crop < image.CropCount; crop += perGroup)
            {
                var crops = Math.Min(perGroup, image.CropCount - crop);
                var positions = image.ImageTokenPositions.AsSpan(
                    crop * vision.TokensPerCrop, crops * vision.TokensPerCrop);
                var windows = WindowsOf(positions);
                _transformer.Forward(
                    patches + ((nint)crop * vision.PatchCount * vision.PatchLength), crops, windows, cancellationToken);
                _connector.Forward(
                    _transformer.Features, image.Masks.AsSpan(crop * vision.PatchCount, crops * vision.PatchCount),
                    windows, _groupTokens);
                for (var token = 0; token < positions.Length; token++)
                    _tokens.Row((crop * vision.TokensPerCrop) + token).Clear();
                for (var i = 0; i < windows.Length; i++)
                    _groupTokens.Row(i).CopyTo(_tokens.Row((crop * vision.TokensPerCrop) + windows[i]));
            }
        }

        return _tokens;
    }

    /// <summary>Pooling windows whose feature a token takes; all where they are traced.</summary>
    /// <param name="positions">Position of each window's token; below zero for none.</param>
    private ReadOnlySpan<int> WindowsOf(ReadOnlySpan<int> positions)
    {
        _windows.Clear();
        for (var window = 0; window < positions.Length; window++)
        {
            if (positions[window] >= 0 || _connector.Trace is not null) _windows.Add(window);
        }

        return new ReadOnlySpan<int>(_windows.Pointer, _windows.Count);
    }

    public void Dispose()
    {
        _transformer.Dispose();
        _connector.Dispose();
        Tensor.Dispose(_groupTokens, _tokens);
    }
}

/// <summary>Whether an image was cut for a network.</summary>
internal static class ImageInputsCheck
{
    /// <exception cref="ArgumentException">The picture was cut for another network.</exception>
    public static void CheckFor(this ImageInputs image, VisionConfig vision)
    {
        if (image.PatchCount != vision.PatchCount || image.PatchSize != vision.PatchLength
            || image.TokensPerCrop != vision.TokensPerCrop)
        {
            throw new ArgumentException(
                $"The picture has {image.PatchCount} patches of {image.PatchSize} values and "
                    + $"{image.TokensPerCrop} tokens a crop; "
                + $"the network takes {vision.PatchCount}, {vision.PatchLength} and {vision.TokensPerCrop}.",
                nameof(image));
        }

        var patches = (long)image.CropCount * image.PatchCount;
        if (image.Patches.LongLength != patches * image.PatchSize || image.Masks.LongLength != patches
            || image.ImageTokenPositions.LongLength != (long)image.CropCount * image.TokensPerCrop)
            throw new ArgumentException(
                $"The picture's arrays do not have the lengths of {image.CropCount} crops.", nameof(image));
    }
}
