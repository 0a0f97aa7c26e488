using Molmo.Demo.Inference.Engine;
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
    private const int PositionsPerGroup = 1024;

    private const string Scope = "model.vision_backbone";

    private readonly VisionTransformer _transformer =
        new(config.Vision, root.Scope(Scope).Scope("image_vit"), loader, team);
    private readonly Connector _connector = new(config, root.Scope(Scope), loader, team);
    private readonly Tensor _groupTokens = new(0, config.HiddenSize);

    // Whose crops are on their way through the transformer, and for which of their pooling windows.
    private PictureEncoding? _current;
    private readonly PinnedList<int> _windows = new();

    public ForwardTrace? Trace
    {
        set => _transformer.Trace = _connector.Trace = value;
    }

    /// <summary>Begins a picture; its steps do the work.</summary>
    /// <exception cref="ArgumentException">The picture was cut for another network.</exception>
    public PictureEncoding Begin(ImageInputs image)
    {
        image.CheckFor(config.Vision);
        return new PictureEncoding(this, image, config.HiddenSize);
    }

    /// <summary>
    /// Does a layer for the next crops of a picture, or what comes before or behind all layers. Where another picture
    /// came between, its crops begin anew.
    /// </summary>
    /// <returns>Whether these crops are done.</returns>
    private bool Step(PictureEncoding picture, int firstCrop, int crops)
    {
        var vision = config.Vision;
        if (_current != picture)
        {
            _current = null;
            ChooseWindows(
                picture.Image.ImageTokenPositions.AsSpan(
                    firstCrop * vision.TokensPerCrop, crops * vision.TokensPerCrop));
            if (_windows.Count == 0) return true;
            fixed (float* patches = picture.Image.Patches)
                _transformer.Begin(
                    patches + ((nint)firstCrop * vision.PatchCount * vision.PatchLength), crops, _windows.Span);
            _current = picture;
            return false;
        }

        if (_transformer.Step()) return false;
        _current = null;
        _connector.Forward(
            _transformer.Features,
            picture.Image.Masks.AsSpan(firstCrop * vision.PatchCount, crops * vision.PatchCount), _windows.Span,
            _groupTokens);
        for (var i = 0; i < _windows.Count; i++)
            _groupTokens.Row(i).CopyTo(picture.Tokens.Row((firstCrop * vision.TokensPerCrop) + _windows[i]));
        return true;
    }

    /// <summary>
    /// Lists the windows whose feature a token takes: not the margins of overlapping crops. A trace sees all.
    /// </summary>
    /// <param name="positions">Position of each window's token; below zero for none.</param>
    private void ChooseWindows(ReadOnlySpan<int> positions)
    {
        _windows.Clear();
        for (var window = 0; window < positions.Length; window++)
        {
            if (positions[window] >= 0 || _connector.Trace is not null) _windows.Add(window);
        }
    }

    public void Dispose()
    {
        _transformer.Dispose();
        _connector.Dispose();
        _groupTokens.Dispose();
    }

    /// <summary>Features of a picture on their way.</summary>
    internal sealed class PictureEncoding(ImageEncoder encoder, ImageInputs image, int hiddenSize) : IPictureFeatures
    {
        private readonly int _cropsPerGroup = Math.Max(1, PositionsPerGroup / (image.PatchCount + 1));
        private int _doneCrops;

        public ImageInputs Image { get; } = image;

        /// <summary>
        /// [crops * tokensPerCrop, hiddenSize], whole when all steps are done. Undefined where no token takes it.
        /// </summary>
        public Tensor Tokens { get; } = new(image.CropCount * image.TokensPerCrop, hiddenSize);

        public bool IsComplete => _doneCrops == Image.CropCount;

        public bool MayPause => encoder._current != this;

        public long Bytes => (long)Tokens.Rows * Tokens.Columns * sizeof(float);

        public void Step(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var crops = Math.Min(_cropsPerGroup, Image.CropCount - _doneCrops);
            if (encoder.Step(this, _doneCrops, crops)) _doneCrops += crops;
        }

        /// <summary>Does all steps.</summary>
        public PictureEncoding Complete(CancellationToken cancellationToken)
        {
            while (!IsComplete) Step(cancellationToken);
            return this;
        }

        public void Dispose()
        {
            if (encoder._current == this) encoder._current = null;
            Tokens.Dispose();
        }
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
