using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Inference.Torch.Modules;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch;

/// <summary>
/// Features of a picture, made by some crops a step and kept in the memory of the processor: a device's is for keys and
/// values.
/// </summary>
internal sealed class TorchPicture(MolmoModel model, ModelConfig config, ImageInputs image) : IPictureFeatures
{
    /// <summary>A GPU takes all crops of a picture at once; a processor is wanted back after each.</summary>
    private readonly int _cropsPerStep = model.Format.Device.type == TorchSharp.DeviceType.CPU ? 1 : 16;

    private readonly List<Tensor> _parts = [];
    private Tensor? _tokens;
    private int _doneCrops;

    public bool IsComplete => _tokens is not null;

    public bool MayPause => true;

    public long Bytes
        => (long)image.CropCount * image.TokensPerCrop * config.HiddenSize * TensorFormat.SizeOf(model.Format.Type);

    public void Step(CancellationToken cancellationToken) => TorchModelRunner.Guarded(() =>
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var crops = Math.Min(_cropsPerStep, image.CropCount - _doneCrops);
        _parts.Add(model.Encode(image, _doneCrops, crops, cancellationToken).cpu().DetachFromDisposeScope());
        _doneCrops += crops;
        if (_doneCrops < image.CropCount) return true;
        _tokens = cat(_parts).DetachFromDisposeScope();
        DropParts();
        return true;
    });

    /// <summary>Rows of the features, on a device.</summary>
    /// <param name="tokens">Which.</param>
    /// <param name="device">Where they are wanted.</param>
    public Tensor Select(IReadOnlyCollection<long> tokens, Device device)
        => _tokens!.index_select(0, tensor(tokens.ToArray())).to(device);

    public void Dispose()
    {
        DropParts();
        _tokens?.Dispose();
    }

    private void DropParts()
    {
        foreach (var part in _parts) part.Dispose();
        _parts.Clear();
    }
}
